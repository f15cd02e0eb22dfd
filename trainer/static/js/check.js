/** A question of the knowledge check: the answer is saved at once and marked in place. Without this script the form does it. */

import { chosenIn, say, showMarked } from "./marking.js";
import { reload } from "./surroundings.js";
import { pageData, post, TalkFailed } from "./talk.js";

const RETRY_MS = [2000, 4000, 8000, 15_000];

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-question]"));
if (form && !form.classList.contains("answered")) {
  const { texts } = pageData("check-data");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (chosenIn(form).length) answer(form, texts, 0);
    else say(form, texts.choose, true);
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} texts
 * @param {number} tries
 */
async function answer(form, texts, tries) {
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  submit.disabled = true;
  try {
    const { question, attempt } = form.dataset;
    const marked = await post(form.action, { question, attempt: Number(attempt), chosen: chosenIn(form) });
    say(form, "");
    showMarked(form, marked);
    const next = document.createElement("a");
    next.className = "button";
    next.href = marked.next.url;
    next.textContent = marked.next.label;
    submit.replaceWith(next);
    next.focus({ preventScroll: true });
    document.querySelector(".pearls .now")?.classList.add("done");
  } catch (problem) {
    const trouble = problem instanceof TalkFailed ? problem.trouble : "offline";
    if (trouble === "offline" || trouble === "busy") {
      say(form, texts.answer_waits, true);
      window.setTimeout(() => answer(form, texts, tries + 1), RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    } else if (trouble === "signed-out") {
      say(form, texts.signed_out, true);
      submit.disabled = false;
    } else {
      // Another tab was first, or the attempt is closed: the page as the server sees it says it best.
      reload();
    }
  }
}
