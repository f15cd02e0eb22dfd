/**
 * What was watched and what was not: the strip, the same in words, and each gap as a button that goes there.
 * Dark is what the server has; lighter is what was played and is on its way; hatched is what is missing.
 */

import { count, without } from "./ranges.js";
import { clockTime, fill } from "./talk.js";

/** @typedef {import("./ranges.js").Range} Range */

/** Up to here a film is told in seconds. */
const SHORT_FILM = 180;
const SVG = "http://www.w3.org/2000/svg";

export class Strip {
  /**
   * @param {HTMLElement} section
   * @param {object} options
   * @param {number} options.length whole seconds of the film
   * @param {Record<string, string>} options.texts
   * @param {(seconds: number) => void} options.onChoose
   */
  constructor(section, { length, texts, onChoose }) {
    this.section = section;
    this.length = length;
    this.texts = texts;
    this.drawing = /** @type {SVGElement} */ (section.querySelector(".strip"));
    this.words = /** @type {HTMLElement} */ (section.querySelector("[data-words]"));
    this.gaps = /** @type {HTMLElement} */ (section.querySelector("[data-gaps]"));
    this.stepLine = document.querySelector("[data-film-step] .small");
    this.shown = "";
    this.#placeChapters();
    section.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("[data-seek]");
      if (button) onChoose(Number(/** @type {HTMLElement} */ (button).dataset.seek));
    });
  }

  /** Each chapter gets the width of its part of the film. */
  #placeChapters() {
    const list = /** @type {HTMLElement | null} */ (this.section.querySelector(".chapters"));
    if (!list) return;
    const starts = [...list.querySelectorAll("[data-seek]")].map((button) => Number(/** @type {HTMLElement} */ (button).dataset.seek));
    const widths = starts.map((start, index) => Math.max((starts[index + 1] ?? this.length) - start, 1));
    list.style.setProperty("--columns", widths.map((width) => `minmax(0, ${width}fr)`).join(" "));
  }

  /**
   * @param {Range[]} gaps what the server misses
   * @param {Range[]} pending what was played and waits to be reported
   */
  show(gaps, pending) {
    const watched = without([[0, this.length]], gaps);
    const underway = without(pending, watched);
    const missing = without(gaps, pending);
    const now = JSON.stringify([watched, underway]);
    if (now === this.shown) return;
    this.shown = now;
    this.drawing.replaceChildren(
      ...watched.map((range) => bar(range, "watched")),
      ...underway.map((range) => bar(range, "underway")),
    );
    const seconds = count([...watched, ...underway]);
    const amount = this.#amount(seconds);
    this.words.textContent = fill(this.texts.watched, { amount });
    if (this.stepLine) this.stepLine.textContent = amount;
    this.#list(missing);
  }

  /** A short film is told in seconds, a long one in minutes. */
  #amount(/** @type {number} */ seconds) {
    const { texts, length } = this;
    if (length <= SHORT_FILM) return fill(texts.seconds_of, { seconds, length });
    return fill(texts.minutes_of, { time: clockTime(seconds), length: clockTime(length) });
  }

  #list(/** @type {Range[]} */ missing) {
    const list = /** @type {HTMLElement} */ (this.gaps.querySelector("ul"));
    const known = new Map([...list.children].map((item) => [item.getAttribute("data-gap"), item]));
    // The button that has the focus must not vanish from under somebody: items that stay are kept.
    list.replaceChildren(
      ...missing.map(([from, to]) => {
        const key = `${from}-${to}`;
        const item = known.get(key) ?? document.createElement("li");
        if (!known.has(key)) {
          item.setAttribute("data-gap", key);
          const button = document.createElement("button");
          button.type = "button";
          button.className = "chip";
          button.dataset.seek = String(from);
          button.textContent = fill(this.texts.gap, { from: clockTime(from), to: clockTime(to) });
          item.append(button);
        }
        return item;
      }),
    );
    const isAll = missing.length === 1 && missing[0][0] === 0 && missing[0][1] === this.length;
    this.gaps.hidden = missing.length === 0 || isAll;
  }
}

/**
 * @param {Range} range
 * @param {string} kind
 */
function bar([from, to], kind) {
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("x", String(from));
  rect.setAttribute("y", "0");
  rect.setAttribute("width", String(to - from));
  rect.setAttribute("height", "1");
  rect.setAttribute("class", kind);
  return rect;
}
