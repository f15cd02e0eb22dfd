/**
 * The vertaalslag: what is typed is saved as a draft, on this device first and then on the server; a lost connection is waited
 * out, and a text from another window is never written over without asking.
 */

import { drawer } from "./keep.js";
import { go } from "./surroundings.js";
import { fill, pageData, post, TalkFailed } from "./talk.js";

const AFTER_TYPING_MS = 1200;
const AT_LEAST_EVERY_MS = 8000;
const RETRY_MS = [2000, 4000, 8000, 15_000, 30_000];
/** The module may be opened again in another tab meanwhile, and then this page is signed in again. */
const SIGNED_OUT_MS = 60_000;

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
/** What talks to the server now; it never fails. @type {Promise<void> | null} */
let underway = null;
/** What this page sent since it last heard that something was saved: no text of another window. @type {Set<string>} */
const sentSince = new Set();
/** @type {{ revision: number, texts: Record<string, string> } | null} */
let other = null;

function current() {
  return Object.fromEntries(areas.map((area) => [area.name, area.value]));
}

const isSaved = () => JSON.stringify(current()) === savedText;

/** As `current` would write it. */
const written = (/** @type {Record<string, string>} */ found) => JSON.stringify(Object.fromEntries(areas.map(({ name }) => [name, found[name] ?? ""])));

/** What is not saved stays on this device. */
function keep() {
  kept.write(isSaved() ? null : { revision, texts: current(), sent: [...sentSince].slice(-2) });
}

/** The server has this text now. */
function heard(/** @type {number} */ now, /** @type {string} */ text) {
  revision = now;
  savedText = text;
  failures = 0;
  unsavedSince = 0;
  sentSince.clear();
  keep();
}

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

/** Save now, unless something is on its way: then after it. */
function save() {
  window.clearTimeout(timer);
  if (underway || other || isSaved()) return;
  underway = saveDraft().finally(() => (underway = null));
}

async function saveDraft() {
  const sent = current();
  const text = JSON.stringify(sent);
  sentSince.add(text);
  keep();
  try {
    const answer = await post(data.urls.draft, { revision, texts: sent }, { keepalive: true });
    heard(answer.revision, text);
    if (!isSaved()) later();
    tell(answer.saved);
    showHints(answer.hints ?? {});
  } catch (problem) {
    failed(problem);
  }
}

/** The page is hidden or goes away: what was typed goes now, even beside a save that is under way. */
function leave() {
  if (!underway) {
    save();
    return;
  }
  const text = JSON.stringify(current());
  if (other || isSaved() || sentSince.has(text)) return;
  const unheard = JSON.parse([...sentSince].at(-1) ?? "null");
  sentSince.add(text);
  keep();
  // Nobody may be here to hear the answer; if somebody is, the next save hears it.
  post(data.urls.draft, { revision, texts: current(), unheard }, { leaving: true }).catch(() => {});
}

/**
 * The server has a text with another number than ours, but this page sent it itself: only the answer was lost.
 * @param {unknown} problem
 */
function isOurOwn(problem) {
  if (!(problem instanceof TalkFailed) || problem.trouble !== "conflict" || !problem.answer?.texts) return false;
  const text = written(problem.answer.texts);
  if (!sentSince.has(text)) return false;
  heard(problem.answer.revision, text);
  return true;
}

/** @param {unknown} problem */
function failed(problem) {
  const { trouble, answer } = problem instanceof TalkFailed ? problem : { trouble: "offline", answer: null };
  if (isOurOwn(problem)) {
    later(0);
  } else if (trouble === "conflict" && answer?.texts) {
    showConflict(answer.revision, answer.texts);
  } else if (trouble === "offline" || trouble === "busy") {
    tell(texts.kept_here, true);
    later(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  } else if (trouble === "signed-out") {
    tell(texts.signed_out, true);
    later(SIGNED_OUT_MS);
  } else {
    tell(answer?.error?.message ?? texts.not_saved, true);
  }
}

/**
 * @param {number} itsRevision
 * @param {Record<string, string>} itsTexts
 */
function showConflict(itsRevision, itsTexts) {
  other = { revision: itsRevision, texts: itsTexts };
  sentSince.clear();
  conflict.hidden = false;
  tell("");
  conflict.querySelector("button")?.scrollIntoView({ block: "nearest" });
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
  keep();
  unsavedSince ||= performance.now();
  if (performance.now() - unsavedSince > AT_LEAST_EVERY_MS) save();
  else later();
});
form.addEventListener("focusout", () => save());
document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? leave() : save()));
window.addEventListener("pagehide", () => leave());
window.addEventListener("online", () => save());

document.getElementById("use-other")?.addEventListener("click", () => {
  if (!other) return;
  fillIn(other.texts);
  heard(other.revision, JSON.stringify(current()));
  other = null;
  conflict.hidden = true;
  areas[0]?.focus();
});
document.getElementById("use-this")?.addEventListener("click", () => {
  if (!other) return;
  heard(other.revision, written(other.texts));
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
  // A save that is under way makes the number that this one goes on from.
  await underway;
  underway = handIn(submit).finally(() => (underway = null));
});

/**
 * @param {HTMLButtonElement} submit
 * @returns {Promise<void>}
 */
async function handIn(submit) {
  window.clearTimeout(timer);
  const sent = current();
  const text = JSON.stringify(sent);
  try {
    if (other) throw new TalkFailed("conflict", other);
    sentSince.add(text);
    keep();
    const answer = await post(data.urls.hand_in, { revision, texts: sent });
    // What was typed meanwhile follows as a draft when this page goes away.
    if (JSON.stringify(current()) === text) heard(revision, text);
    go(answer.next);
  } catch (problem) {
    if (isOurOwn(problem)) return handIn(submit);
    submit.disabled = false;
    const answer = problem instanceof TalkFailed ? problem.answer : null;
    if (!answer?.too_short) {
      failed(problem);
      return;
    }
    heard(answer.revision, text);
    if (!isSaved()) later();
    tooShort(answer.too_short);
  }
}

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
if (data.newer) {
  // A form that was sent without this script met a newer text: the same choice, with buttons.
  for (const element of form.querySelectorAll("#newer, [data-newer]")) element.remove();
  savedText = "";
  showConflict(revision, data.newer);
} else if (left?.texts && written(left.texts) !== savedText) {
  fillIn(left.texts);
  if (Number.isInteger(left.revision)) ({ revision } = left);
  for (const text of Array.isArray(left.sent) ? left.sent : []) sentSince.add(text);
  save();
} else {
  kept.write(null);
}
areas.forEach(countWords);
