/**
 * The vertaalslag: what is typed is saved as a draft, on this device first and then on the server; a lost connection is waited
 * out, and a text from another window is never written over without asking.
 */

import { drawer } from "./keep.js";
import { fill, pageData, post, TalkFailed } from "./talk.js";

const AFTER_TYPING_MS = 1200;
const AT_LEAST_EVERY_MS = 8000;
const RETRY_MS = [2000, 4000, 8000, 15_000, 30_000];

const data = pageData("vertaalslag-data");
const { texts } = data;
const form = /** @type {HTMLFormElement} */ (document.getElementById("vertaalslag"));
const areas = [...form.querySelectorAll("textarea")];
const said = /** @type {HTMLElement} */ (document.getElementById("saved"));
const conflict = /** @type {HTMLElement} */ (document.getElementById("conflict"));
const kept = drawer(`vertaalslag:${data.enrolment}:${data.step}`);

let revision = /** @type {number} */ (data.revision);
let savedText = JSON.stringify(current());
let timer = 0;
let unsavedSince = 0;
let failures = 0;
let underway = false;
/** @type {{ revision: number, texts: Record<string, string> } | null} */
let other = null;

function current() {
  return Object.fromEntries(areas.map((area) => [area.name, area.value]));
}

const isSaved = () => JSON.stringify(current()) === savedText;

/** @param {string} text */
function tell(text, waits = false) {
  said.textContent = text;
  said.classList.toggle("waits", waits);
}

/** @param {HTMLTextAreaElement} area */
function countWords(area) {
  const line = document.getElementById(`words-${area.name}`);
  if (!line) return;
  const words = (area.value.match(/[\p{L}\p{N}_]+(?:[’'-][\p{L}\p{N}_]+)*/gu) ?? []).length;
  const short = data.min_words - words;
  line.classList.toggle("enough", short <= 0);
  const some = words === 1 ? texts.one_word : fill(texts.words, { n: words });
  if (words === 0) line.textContent = fill(texts.at_least, { n: data.min_words });
  else if (short > 0) line.textContent = `${some}, ${fill(texts.still, { n: short })}`;
  else line.textContent = some;
}

/** @param {Record<string, string>} hints field key → sentence */
function showHints(hints) {
  for (const area of areas) {
    const line = document.getElementById(`hint-${area.name}`);
    if (!line) continue;
    line.textContent = hints[area.name] ?? "";
    line.hidden = !hints[area.name];
  }
}

function later(ms = AFTER_TYPING_MS) {
  window.clearTimeout(timer);
  timer = window.setTimeout(save, ms);
}

async function save() {
  window.clearTimeout(timer);
  if (underway || other || isSaved()) return;
  underway = true;
  const sent = current();
  try {
    const answer = await post(data.urls.draft, { revision, texts: sent }, { keepalive: document.visibilityState === "hidden" });
    failures = 0;
    revision = answer.revision;
    savedText = JSON.stringify(sent);
    unsavedSince = 0;
    if (isSaved()) kept.write(null);
    else later();
    tell(answer.saved);
    showHints(answer.hints ?? {});
  } catch (problem) {
    failed(problem);
  } finally {
    underway = false;
  }
}

/** @param {unknown} problem */
function failed(problem) {
  const { trouble, answer } = problem instanceof TalkFailed ? problem : { trouble: "offline", answer: null };
  if (trouble === "conflict" && answer?.texts) {
    other = { revision: answer.revision, texts: answer.texts };
    conflict.hidden = false;
    tell("");
    conflict.querySelector("button")?.scrollIntoView({ block: "nearest" });
  } else if (trouble === "offline" || trouble === "busy") {
    tell(texts.kept_here, true);
    later(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  } else if (trouble === "signed-out") {
    tell(texts.signed_out, true);
  } else {
    tell(answer?.error?.message ?? texts.not_saved, true);
  }
}

/** @param {Record<string, string>} found */
function fillIn(found) {
  for (const area of areas) {
    area.value = found[area.name] ?? "";
    countWords(area);
  }
}

form.addEventListener("input", (event) => {
  countWords(/** @type {HTMLTextAreaElement} */ (event.target));
  kept.write({ revision, texts: current() });
  unsavedSince ||= performance.now();
  if (performance.now() - unsavedSince > AT_LEAST_EVERY_MS) save();
  else later();
});
form.addEventListener("focusout", () => save());
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
window.addEventListener("pagehide", () => save());
window.addEventListener("online", () => save());

document.getElementById("use-other")?.addEventListener("click", () => {
  if (!other) return;
  fillIn(other.texts);
  ({ revision } = other);
  savedText = JSON.stringify(current());
  other = null;
  kept.write(null);
  conflict.hidden = true;
  areas[0]?.focus();
});
document.getElementById("use-this")?.addEventListener("click", () => {
  if (!other) return;
  ({ revision } = other);
  savedText = JSON.stringify(other.texts);
  other = null;
  conflict.hidden = true;
  areas[0]?.focus();
  save();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  window.clearTimeout(timer);
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  submit.disabled = true;
  try {
    const answer = await post(data.urls.hand_in, { revision, texts: current() });
    kept.write(null);
    savedText = JSON.stringify(current());
    window.location.assign(answer.next);
  } catch (problem) {
    submit.disabled = false;
    const answer = problem instanceof TalkFailed ? problem.answer : null;
    if (answer?.too_short) tooShort(answer.too_short);
    else failed(problem);
  }
});

/** @param {Record<string, string>} sentences field key → what it lacks */
function tooShort(sentences) {
  tell(texts.too_short, true);
  for (const area of areas) {
    const line = document.getElementById(`wrong-${area.name}`);
    area.toggleAttribute("aria-invalid", false);
    if (sentences[area.name]) area.setAttribute("aria-invalid", "true");
    if (line) {
      line.textContent = sentences[area.name] ?? "";
      line.hidden = !sentences[area.name];
    }
  }
  areas.find((area) => sentences[area.name])?.focus();
}

const left = /** @type {any} */ (kept.read());
if (left?.texts && JSON.stringify(left.texts) !== savedText) {
  fillIn(left.texts);
  if (Number.isInteger(left.revision)) ({ revision } = left);
  save();
}
areas.forEach(countWords);
