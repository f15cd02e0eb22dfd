// The frame grows and shrinks with the module when the module asks for it, in any of the ways tools ask.
const SUBJECTS = ["lti.frameResize", "org.imsglobal.lti.frameResize"];
const LEAST = 450; // px
const MOST = 6000;

const frame = document.getElementById("tool");

function read(message) {
  if (typeof message !== "string") return message;
  try {
    return JSON.parse(message); // Sakai's dialect
  } catch {
    return null;
  }
}

window.addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.origin) return;
  const message = read(event.data);
  if (message === null || typeof message !== "object" || !SUBJECTS.includes(message.subject)) return;
  const height = Number(message.height);
  if (!Number.isFinite(height) || height <= 0) return;
  frame.style.height = `${Math.min(Math.max(Math.ceil(height), LEAST), MOST)}px`;
});
