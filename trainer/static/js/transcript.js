/**
 * What is said, line by line: the line that is spoken now is marked and kept in view, lines that were not watched are marked
 * too, and a click goes there.
 */

import { without } from "./ranges.js";

/** @typedef {import("./ranges.js").Range} Range */

/** After scrolling by hand the list leaves the reader alone for a while. */
const LET_BE_MS = 6000;

export class Transcript {
  /**
   * @param {HTMLElement} box the part that scrolls
   * @param {(seconds: number) => void} onChoose
   */
  constructor(box, onChoose) {
    this.box = box;
    this.lines = [...box.querySelectorAll("[data-start]")].map((element) => ({
      element: /** @type {HTMLElement} */ (element),
      start: Number(/** @type {HTMLElement} */ (element).dataset.start),
      end: Number(/** @type {HTMLElement} */ (element).dataset.end),
    }));
    /** @type {HTMLElement | null} */
    this.current = null;
    this.touchedAt = -Infinity;
    box.addEventListener("click", (event) => {
      const line = /** @type {HTMLElement} */ (event.target).closest("[data-start]");
      if (line) onChoose(Number(/** @type {HTMLElement} */ (line).dataset.start));
    });
    for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      box.addEventListener(name, () => (this.touchedAt = performance.now()), { passive: true });
    }
  }

  /** The film stands here. @param {number} seconds */
  follow(seconds) {
    const line = this.lines.findLast(({ start }) => start <= seconds + 0.05)?.element ?? null;
    if (line === this.current) return;
    this.current?.removeAttribute("aria-current");
    line?.setAttribute("aria-current", "true");
    this.current = line;
    if (line && performance.now() - this.touchedAt > LET_BE_MS) this.#show(line);
  }

  /** Only the list scrolls, never the page under somebody's eyes. */
  #show(/** @type {HTMLElement} */ line) {
    const { box } = this;
    const top = line.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.scrollTo({ top: top - box.clientHeight / 3, behavior: calm ? "auto" : "smooth" });
  }

  /**
   * These seconds were not watched. What lies after the last watched second was not missed: it is still to come.
   * @param {Range[]} gaps
   * @param {number} length seconds of the film
   */
  mark(gaps, length) {
    const last = gaps.at(-1);
    const reached = last && last[1] >= length ? last[0] : length;
    for (const { element, start, end } of this.lines) {
      const range = /** @type {Range} */ ([Math.floor(start), Math.max(Math.ceil(end), Math.floor(start) + 1)]);
      const seconds = range[1] - range[0];
      const left = without([range], without([range], gaps)).reduce((sum, [a, b]) => sum + b - a, 0);
      const missing = start < reached && left * 2 > seconds;
      element.classList.toggle("gap", missing);
      const note = element.querySelector(".aside-text");
      if (note) /** @type {HTMLElement} */ (note).hidden = !missing;
    }
  }
}
