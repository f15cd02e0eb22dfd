// Asks every three seconds what has come in, and shows it when it differs.
const EVERY = 3000; // ms

const gradebook = document.getElementById("gradebook");
const news = document.getElementById("gradebook-news");
let shown = null;

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(gradebook.dataset.rows);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const rows = await answer.text();
    if (shown !== null && rows !== shown) {
      gradebook.innerHTML = rows;
      news.textContent = "Er kwam net iets binnen.";
    } else if (news.dataset.lost) {
      news.textContent = "";
    }
    delete news.dataset.lost;
    shown = rows;
  } catch {
    news.dataset.lost = "true";
    news.textContent = "Het leerplatform antwoordt even niet.";
  }
}

look();
setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
