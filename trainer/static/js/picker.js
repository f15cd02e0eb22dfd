/** The catalogue searches while one types, says how much is chosen, and remembers it for who looks at a module and comes back. */

const form = /** @type {HTMLFormElement} */ (document.getElementById("choice"));
const search = /** @type {HTMLInputElement} */ (document.getElementById("q"));
const nothing = /** @type {HTMLElement} */ (document.getElementById("nothing"));
const count = /** @type {HTMLElement} */ (document.getElementById("count"));
const offered = /** @type {HTMLElement[]} */ ([...form.querySelectorAll(".offered")]);

/** @param {HTMLElement} one */
const pickOf = (one) => /** @type {HTMLInputElement} */ (one.querySelector("[name=module]"));

/** In small letters without accents, as the server writes `data-words`. @param {string} text */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function show() {
  const words = plain(search.value).split(/\s+/).filter(Boolean);
  const fitting = offered.filter((one) => words.every((word) => one.dataset.words?.includes(word)));
  // What is chosen stays in sight: it would be placed unseen
  for (const one of offered) one.hidden = !fitting.includes(one) && !pickOf(one).checked;
  nothing.hidden = fitting.length > 0;
}

function tell() {
  const chosen = offered.filter((one) => pickOf(one).checked).length;
  const { none, one, more } = count.dataset;
  count.textContent = (chosen === 0 ? none : chosen === 1 ? one : more?.replace("{n}", String(chosen))) ?? "";
}

/** The address says what is chosen: a page that is loaded again, also by the back button, shows it. */
function remember() {
  const said = new URLSearchParams();
  if (search.value) said.set("q", search.value);
  for (const one of offered) {
    const pick = pickOf(one);
    const column = /** @type {HTMLInputElement | null} */ (one.querySelector("[name=column]"));
    if (pick.checked) said.append("module", pick.value);
    if (column && !column.checked) said.append("bare", pick.value);
  }
  history.replaceState(null, "", `${location.pathname}?${said}`);
}

search.form?.addEventListener("submit", (event) => event.preventDefault());
search.form?.querySelector("button")?.remove();
search.addEventListener("input", () => { show(); remember(); });
form.addEventListener("change", () => { tell(); remember(); });
tell();
