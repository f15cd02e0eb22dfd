/** An invitation's page looks whether the LMS has registered, and says so as soon as it has. */

const EVERY = 3000;

const now = document.querySelector("#now[data-awaits]");

async function look() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(now.dataset.awaits, { headers: { Accept: "text/html" } });
      if (answer.redirected || !answer.ok) return; // signed out, or forgotten: nothing more will come
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const later = page.querySelector("#now");
      if (!("awaits" in later.dataset)) {
        now.replaceChildren(...later.childNodes);
        now.className = later.className;
        return;
      }
    } catch {
      // no network for a moment
    }
  }
  setTimeout(look, EVERY);
}

if (now) setTimeout(look, EVERY);
