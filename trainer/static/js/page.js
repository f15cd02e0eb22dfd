/**
 * What every page does: tell the LMS how high it is, offer a window of its own when it stands in a frame, and send what is clicked
 * twice once.
 */

import { wasJustSent } from "./once.js";
import { tellHeight } from "./resize.js";
import { inCourse } from "./surroundings.js";

const framed = inCourse();
document.documentElement.classList.toggle("framed", framed);
for (const element of document.querySelectorAll("[data-when-framed]")) {
  /** @type {HTMLElement} */ (element).hidden = !framed;
}
if (framed) tellHeight();

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.getAttribute("method") !== "post" || form.getAttribute("target") === "_blank") return;
  if (wasJustSent(event)) event.preventDefault();
});
