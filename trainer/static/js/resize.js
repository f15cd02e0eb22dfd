/**
 * Ask the LMS for a frame as high as the page. Canvas and those after it listen to `lti.frameResize`, others to the name
 * that 1EdTech gave it; some read an object, some a string. Nobody has to answer, and the page works at any height.
 */

import { tellCourse } from "./surroundings.js";

const SUBJECTS = ["lti.frameResize", "org.imsglobal.lti.frameResize"];
const LOWEST = 450;
const REST_MS = 150;
/** A page that measures itself by its frame could push it up for ever: small differences are left alone. */
const TOLERANCE = 4;
/** Room for such a difference, and for a border that the LMS counts in the height it gives: else a scroll bar appears. */
const ROOM = TOLERANCE + 2;

/** @type {ResizeObserver | null} */
let observer = null;

/** Tell now, and again when the page's height changes. */
export function tellHeight() {
  let told = 0;
  let timer = 0;
  const tell = () => {
    const height = Math.max(LOWEST, Math.ceil(document.body.getBoundingClientRect().height) + ROOM);
    if (Math.abs(height - told) <= TOLERANCE) return;
    told = height;
    for (const subject of SUBJECTS) {
      const message = { subject, height };
      // The height of a page is no secret, and an LMS may sit on any origin.
      tellCourse(message);
      tellCourse(JSON.stringify(message));
    }
  };
  observer = new ResizeObserver(() => {
    window.clearTimeout(timer);
    timer = window.setTimeout(tell, REST_MS);
  });
  observer.observe(document.body);
}

/** Leave it to the page in this one. */
export const tellNoMore = () => observer?.disconnect();
