/** What every page does: tell the LMS how high it is, and offer a window of its own when it stands in a frame. */

import { tellHeight } from "./resize.js";
import { inCourse } from "./surroundings.js";

const framed = inCourse();
document.documentElement.classList.toggle("framed", framed);
for (const element of document.querySelectorAll("[data-when-framed]")) {
  /** @type {HTMLElement} */ (element).hidden = !framed;
}
if (framed) tellHeight();
