/**
 * Reading the whole text instead of watching: which parts were on the screen is reported, and the server counts them at a
 * calm reading pace. What went too fast stays waiting here and counts a little later.
 */

import { drawer } from "./keep.js";
import { areRanges, count, holds, union, without } from "./ranges.js";
import { fill, pageData, post, TalkFailed } from "./talk.js";

/** @typedef {import("./ranges.js").Range} Range */

const EVERY_MS = 4000;
const LONGEST_MS = 60_000;
/** The module may be opened again in another tab; then this page is signed in again. */
const SIGNED_OUT_MS = 60_000;
/** A passage is shown when most of it, or most of the window, is it. */
const SHOWN = 0.6;

const data = pageData("text-data");
const { texts } = data;
const passages = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".passage"))];
const meter = /** @type {HTMLProgressElement} */ (document.getElementById("read-meter"));
const words = /** @type {HTMLElement} */ (document.getElementById("read-words"));
const said = /** @type {HTMLElement} */ (document.getElementById("connection"));
const onward = /** @type {HTMLElement | null} */ (document.getElementById("onward"));
const kept = drawer(`text:${data.enrolment}:${data.film}:${data.language}`);

/** Cues that the server has. @type {Range[]} */
let read = data.read;
const found = kept.read();
/** Cues that were on the screen and wait. @type {Range[]} */
let waiting = without(areRanges(found) ? found : [], read);
let finished = Boolean(data.finished);
let failures = 0;
let underway = false;
let timer = 0;
let tooFast = false;

/** @returns {Range} */
const cuesOf = (/** @type {HTMLElement} */ passage) => [Number(passage.dataset.first), Number(passage.dataset.first) + Number(passage.dataset.cues)];

function show() {
  for (const passage of passages) {
    const [from, to] = cuesOf(passage);
    let all = true;
    for (let cue = from; cue < to; cue += 1) all &&= holds(read, cue);
    passage.classList.toggle("read", all);
  }
  const done = finished ? passages.length : passages.filter((passage) => passage.classList.contains("read")).length;
  meter.value = done;
  words.textContent = finished ? texts.finished : fill(texts.read, { read: done, all: passages.length });
  if (onward) onward.hidden = !finished;
}

function later(/** @type {number} */ ms) {
  window.clearTimeout(timer);
  timer = window.setTimeout(report, ms);
}

async function report() {
  window.clearTimeout(timer);
  if (underway || finished || !waiting.length) return;
  underway = true;
  const sent = waiting.slice(0, 200);
  let pause = EVERY_MS;
  try {
    const answer = await post(data.urls.reading, { language: data.language, shown: sent }, { keepalive: true });
    const accepted = areRanges(answer.accepted) ? answer.accepted : sent;
    read = union(read, accepted);
    waiting = without(waiting, accepted);
    finished = Boolean(answer.finished);
    tooFast = count(answer.again ?? []) > 0;
    failures = 0;
    said.textContent = tooFast && !finished ? texts.calm : "";
    said.classList.remove("waits");
  } catch (problem) {
    failures += 1;
    pause = Math.min(EVERY_MS * 2 ** failures, LONGEST_MS);
    const trouble = problem instanceof TalkFailed ? problem.trouble : "offline";
    said.textContent = trouble === "signed-out" ? texts.connection_signed_out : texts.connection_offline;
    said.classList.add("waits");
    if (trouble === "signed-out") pause = SIGNED_OUT_MS;
  } finally {
    underway = false;
    kept.write(waiting.length ? waiting : null);
    show();
  }
  if (waiting.length) later(pause);
}

const observer = new IntersectionObserver(
  (entries) => {
    if (document.visibilityState === "hidden") return;
    const before = waiting.length;
    for (const entry of entries) {
      const fills = entry.rootBounds ? entry.intersectionRect.height >= entry.rootBounds.height * SHOWN : false;
      if (!entry.isIntersecting || (entry.intersectionRatio < SHOWN && !fills)) continue;
      waiting = without(union(waiting, [cuesOf(/** @type {HTMLElement} */ (entry.target))]), read);
    }
    kept.write(waiting.length ? waiting : null);
    if (waiting.length && !before) later(EVERY_MS / 4);
  },
  { threshold: [0, 0.2, 0.4, SHOWN, 0.8, 1] },
);
if (!finished) passages.forEach((passage) => observer.observe(passage));
document.addEventListener("visibilitychange", () => report());
window.addEventListener("online", () => report());
show();
if (waiting.length) report();
