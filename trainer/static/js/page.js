/** What every page does: tell the LMS how high it is, and offer a window of its own when it stands in a frame. */

import { tellHeight } from "./resize.js";

const framed = window.parent !== window;
document.documentElement.classList.toggle("framed", framed);
for (const element of document.querySelectorAll("[data-when-framed]")) {
  /** @type {HTMLElement} */ (element).hidden = !framed;
}
if (framed) tellHeight();
