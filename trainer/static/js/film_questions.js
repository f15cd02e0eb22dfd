/**
 * Questions inside the film: the film pauses, the question lies over the picture, keyboard and screen reader land in it, and
 * after the answer one button goes on. It may be skipped: it helps to think and weighs nothing.
 */

import { chosenIn, say, showMarked } from "./marking.js";
import { post, TalkFailed } from "./talk.js";

/** @typedef {{ key: string, at: number, answered: boolean }} FilmQuestion */

/** A timeupdate comes four times a second; a leap beyond this is a seek, and a seek asks nothing. */
const ONE_LOOK = 2.5;

export class FilmQuestions {
  /**
   * @param {any} player
   * @param {object} options
   * @param {FilmQuestion[]} options.questions
   * @param {string} options.url
   * @param {Record<string, string>} options.texts
   */
  constructor(player, { questions, url, texts }) {
    this.player = player;
    this.url = url;
    this.texts = texts;
    this.open = questions.filter(({ answered }) => !answered);
    this.seen = 0;
    /** @type {HTMLElement | null} */
    this.panel = null;
    player.on("timeupdate", () => this.#look());
    player.on("seeked", () => (this.seen = player.currentTime()));
    player.on("play", () => this.close());
  }

  #look() {
    const now = this.player.currentTime();
    const before = this.seen;
    this.seen = now;
    if (this.player.paused() || this.player.seeking() || this.panel || now < before || now - before > ONE_LOOK) return;
    const due = this.open.find(({ at }) => before < at && at <= now);
    if (due) this.#ask(due);
  }

  #ask(/** @type {FilmQuestion} */ question) {
    const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById(`film-question-${question.key}`));
    if (!template) return;
    this.player.pause();
    this.panel = document.createElement("div");
    this.panel.className = "film-question";
    this.panel.setAttribute("role", "dialog");
    this.panel.setAttribute("aria-label", template.dataset.name ?? "");
    this.panel.append(template.content.cloneNode(true));
    this.player.el().append(this.panel);
    this.player.addClass("asks");
    const form = /** @type {HTMLFormElement} */ (this.panel.querySelector("form"));
    // The player's keys are for the film; a digit or an arrow in here is about the question.
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Tab") event.stopPropagation();
      if (event.key === "Escape") this.goOn();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#answer(question, form);
    });
    form.querySelector("[data-skip]")?.addEventListener("click", () => this.goOn());
    const heading = /** @type {HTMLElement} */ (form.querySelector("h2"));
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    this.open = this.open.filter((one) => one !== question);
  }

  /**
   * @param {FilmQuestion} question
   * @param {HTMLFormElement} form
   */
  async #answer(question, form) {
    const chosen = chosenIn(form);
    if (!chosen.length) {
      say(form, this.texts.choose, true);
      return;
    }
    const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
    submit.disabled = true;
    try {
      const marked = await post(this.url, { question: question.key, chosen });
      say(form, "");
      showMarked(form, marked);
      submit.hidden = true;
      form.querySelector("[data-skip]")?.remove();
      const goOn = document.createElement("button");
      goOn.type = "button";
      goOn.className = "button";
      goOn.textContent = this.texts.go_on;
      goOn.addEventListener("click", () => this.goOn());
      submit.after(goOn);
      goOn.focus({ preventScroll: true });
    } catch (problem) {
      submit.disabled = false;
      const signedOut = problem instanceof TalkFailed && problem.trouble === "signed-out";
      say(form, signedOut ? this.texts.signed_out : this.texts.answer_not_saved, true);
    }
  }

  /** Back to the film. */
  goOn() {
    this.close();
    this.player.controlBar.playToggle.el().focus({ preventScroll: true });
    this.player.play();
  }

  close() {
    this.panel?.remove();
    this.panel = null;
    this.player.removeClass("asks");
  }
}
