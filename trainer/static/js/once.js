/** Clicked twice where once would do: of two requests the browser shows the answer of the second, and that one says "done already". */

/** How long an answer is waited for before the same button sends again, in milliseconds. */
const PATIENCE = 5000;

/** @type {WeakMap<Element, number>} */
const sent = new WeakMap();

/**
 * Whether this form was sent just now; else it counts as sent from here on. A button with a name asks for something of its own.
 * @param {SubmitEvent} event
 */
export function wasJustSent({ target, submitter }) {
  const what = submitter?.hasAttribute("name") ? submitter : /** @type {HTMLFormElement} */ (target);
  const at = sent.get(what);
  const now = performance.now();
  if (at !== undefined && now - at < PATIENCE) return true;
  sent.set(what, now);
  return false;
}
