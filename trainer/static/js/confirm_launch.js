/**
 * A launch without our cookie: this page asks the LMS for the secret of the login and hands it to the server. Only then
 * there is a session, and the module opens; where the session's own cookie does not come back either, in this page.
 */

import { beginSession } from "./bearer_session.js";
import { wasJustSent } from "./once.js";
import { fetchKept } from "./platform_storage.js";
import { pageData } from "./talk.js";

const launch = pageData("launch");
await fetchKept(launch.storage)
  .then((secret) => confirm(secret ?? ""))
  .catch(() => reveal("failed"));

/** @param {string} secret */
async function confirm(secret) {
  const said = JSON.stringify({ state: launch.state, secret, token: launch.token });
  await open(launch.address, said, { "Content-Type": "application/json" });
}

/**
 * Ask for what opens a session; what comes is that, or a page to show.
 * @param {string} url
 * @param {BodyInit} body
 * @param {Record<string, string>} headers
 */
async function open(url, body, headers = {}) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { ...headers, Accept: "text/html, application/json;q=0.9" },
    body,
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
  const kept = ["failed", "trouble"].flatMap((id) => document.getElementById(id) ?? []);
  for (const part of ["main", "footer"]) {
    const [mine, theirs] = [document.querySelector(part), page.querySelector(part)];
    if (mine && theirs) mine.replaceWith(document.adoptNode(theirs));
  }
  document.querySelector("main")?.append(...kept);
  for (const form of document.querySelectorAll("main form")) form.addEventListener("submit", goOn);
  document.querySelector("main")?.focus();
}

/**
 * A page that was put here signs nobody in; what its form opens does.
 * @param {SubmitEvent} event
 */
function goOn(event) {
  event.preventDefault();
  if (wasJustSent(event)) return;
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const filled = new FormData(form);
  filled.set("by", "script");
  void open(form.action, filled).catch(() => reveal("failed"));
}

/** @param {string} id of the part of this page that is shown now, in the place of what stood there */
function reveal(id) {
  for (const part of document.querySelectorAll("main > .card")) part.toggleAttribute("hidden", part.id !== id);
  document.querySelector("main")?.focus();
}
