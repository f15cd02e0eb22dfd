/** Shows in a question's form what the server said of the answer. */

/**
 * @typedef {object} Marked
 * @property {boolean} right
 * @property {string} verdict one sentence
 * @property {string} saved when it was saved
 * @property {{ option: string, text: string, right: boolean, chosen: boolean, word: string }[]} feedback
 */

/** The keys of the options that are ticked. @returns {string[]} */
export const chosenIn = (/** @type {HTMLFormElement} */ form) =>
  [...form.querySelectorAll("input[name=option]:checked")].map((input) => /** @type {HTMLInputElement} */ (input).value);

/**
 * @param {HTMLFormElement} form
 * @param {Marked} marked
 */
export function showMarked(form, marked) {
  form.classList.add("answered");
  for (const { option, text, right, chosen, word } of marked.feedback) {
    const input = [...form.querySelectorAll("input[name=option]")].find((one) => /** @type {HTMLInputElement} */ (one).value === option);
    const label = input?.closest(".option");
    if (!label) continue;
    if (right) label.classList.add("right");
    else if (chosen) label.classList.add("wrong");
    const note = document.createElement("small");
    const verdict = document.createElement("b");
    verdict.textContent = word;
    note.append(verdict, " ", text);
    label.querySelector("[data-label]")?.append(note);
  }
  for (const input of form.querySelectorAll("input[name=option]")) /** @type {HTMLInputElement} */ (input).disabled = true;
  const said = form.querySelector("[data-said]");
  if (said) said.textContent = `${marked.verdict} ${marked.saved}`;
}

/** Say something beside the form's buttons. */
export function say(/** @type {HTMLFormElement} */ form, /** @type {string} */ text, waits = false) {
  const said = form.querySelector("[data-said]");
  if (!said) return;
  said.textContent = text;
  said.classList.toggle("waits", waits);
}
