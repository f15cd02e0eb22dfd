/**
 * A launch without our cookie: this page asks the LMS for the secret of the login and hands it to the server. Only then
 * there is a session, and the module opens; where the session's own cookie does not come back either, in this page.
 */

import { beginSession } from "./bearer_session.js";
import { fetchKept } from "./platform_storage.js";
import { pageData } from "./talk.js";

const launch = pageData("launch");
await fetchKept(launch.storage)
  .then((secret) => confirm(secret ?? ""))
  .catch(() => reveal("failed"));

/** @param {string} secret */
async function confirm(secret) {
  const response = await fetch(launch.address, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "text/html, application/json;q=0.9" },
    body: JSON.stringify({ state: launch.state, secret, token: launch.token }),
  });
  if (response.headers.get("Content-Type")?.startsWith("text/html")) {
    show(await response.text());
    return;
  }
  const { location, bearer } = await response.json();
  if (await keepsSession()) window.location.replace(location);
  else beginSession(bearer, location);
}

/** Whether this browser sends the session cookie that it was just given. */
async function keepsSession() {
  return (await fetch("/api/v1/me", { credentials: "same-origin" })).ok;
}

/**
 * Put a page of the server in the place of this one.
 * @param {string} html
 */
function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.title = page.title;
  for (const part of ["main", "footer"]) {
    const [mine, theirs] = [document.querySelector(part), page.querySelector(part)];
    if (mine && theirs) mine.replaceWith(document.adoptNode(theirs));
  }
  document.querySelector("main")?.focus();
}

/** @param {string} id of the part of this page that is shown now, in the place of what stood there */
function reveal(id) {
  for (const part of document.querySelectorAll("main > .card")) part.toggleAttribute("hidden", part.id !== id);
  document.querySelector("main")?.focus();
}
