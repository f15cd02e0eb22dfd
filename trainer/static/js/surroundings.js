/**
 * What a page stands in: the course's page, or a window of its own; and where the browser keeps no cookie of ours, between the
 * two, the page that holds the session (`bearer_session.js`). Then requests and moves go by way of that one.
 */

/** @typedef {import("./bearer_session.js").Around} Around */

/** The page around this one, if there is one of ours. @type {Around | null} */
export const around = /** @type {any} */ (window).around ?? null;

/**
 * `fetch`, in this person's name.
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export const ask = (url, options) => (around ? around.ask(url, options) : window.fetch(url, options));

/** On to another page of ours. @param {string} url */
export function go(url) {
  if (around) around.go(url);
  else window.location.assign(url);
}

/** This page, as the server sees it now. */
export function reload() {
  if (around) around.go(window.location.href);
  else window.location.reload();
}

/** Whether we stand in somebody else's page. */
export const inCourse = () => (around ? around.inCourse : window.parent !== window);

/** Say something to the page in which we stand. @param {unknown} message no secret: it may be anybody's page */
export function tellCourse(message) {
  if (around) around.tellCourse(message);
  else window.parent.postMessage(message, "*");
}
