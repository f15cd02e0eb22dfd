/** Buttons that copy a value; hidden where the browser cannot. */

const BACK_AFTER = 2000;

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  const said = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return; // refused: the value stands beside it, to be selected
    }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = said; }, BACK_AFTER);
  });
}
