/** An invitation's page looks what became of it, and shows that in its place as soon as it changes. */

const EVERY = 3000;
const GONE = [401, 403, 404];

const now = document.querySelector("#now[data-awaits]");
const address = now?.dataset.awaits;

async function look() {
  let goesOn = true;
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (answer.redirected || GONE.includes(answer.status)) return; // signed out, or forgotten: nothing more will come
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      goesOn = answer.ok ? show(page.querySelector("#now")) : true;
    } catch {
      // no network for a moment
    }
  }
  if (goesOn) setTimeout(look, EVERY);
}

/** Put it in the place of what is there, unless it says the same; gives whether more may come. */
function show(later) {
  const headings = [now, later].map((section) => section.querySelector("h2").textContent);
  if (headings[0] !== headings[1]) {
    now.replaceChildren(...later.childNodes);
    now.className = later.className;
  }
  return "awaits" in later.dataset;
}

if (now) setTimeout(look, EVERY);
