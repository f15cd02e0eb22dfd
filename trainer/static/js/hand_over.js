/** The answer to the LMS goes by itself; the button is for who has no script. */

const form = /** @type {HTMLFormElement} */ (document.getElementById("hand-over"));
form.requestSubmit();
