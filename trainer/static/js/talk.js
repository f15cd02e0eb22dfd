/**
 * How a page talks to its own server: JSON there, JSON back, and a few kinds of failure that a page can act on.
 */

import { around, ask } from "./surroundings.js";

/** @typedef {"offline" | "busy" | "signed-out" | "conflict" | "refused"} Trouble */

/** Longer than a slow phone needs, shorter than anybody waits. */
const PATIENCE_MS = 20_000;
/** Of what may outlive its page a browser takes 64 KiB, everything that is under way together. */
const OUTLIVES_BYTES = 60_000;

export class TalkFailed extends Error {
  /**
   * @param {Trouble} trouble offline: nothing came back; busy: the server cannot now; signed-out: the session is over;
   *   conflict: something newer stands there; refused: this will never do
   * @param {any} [answer] what the server said, if it was JSON
   * @param {number} [retryAfter] seconds
   */
  constructor(trouble, answer = null, retryAfter = 0) {
    super(trouble);
    this.trouble = trouble;
    this.answer = answer;
    this.retryAfter = retryAfter;
  }
}

const token = () => document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/**
 * @param {string} url
 * @param {unknown} body
 * @param {{ keepalive?: boolean, leaving?: boolean }} [how] keepalive: the request may outlive the page, unless it is too
 *   long for that; leaving: so, and nobody will be here to lose patience with it
 * @returns {Promise<any>} what the server answered
 * @throws {TalkFailed}
 */
export async function post(url, body, { keepalive = false, leaving = false } = {}) {
  const text = JSON.stringify(body);
  let response;
  try {
    response = await ask(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token() },
      body: text,
      keepalive: (keepalive || leaving) && new Blob([text]).size < OUTLIVES_BYTES,
      signal: leaving ? undefined : AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new TalkFailed("offline");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  if (response.status === 401) throw new TalkFailed("signed-out", answer);
  if (response.status === 409) throw new TalkFailed("conflict", answer);
  if (response.ok || response.status >= 500 || response.status === 429 || response.status === 408) {
    throw new TalkFailed("busy", answer, Number(response.headers.get("Retry-After")) || 0);
  }
  throw new TalkFailed("refused", answer);
}

/**
 * Say something while the page goes away; nobody will hear the answer.
 * @param {string} url
 * @param {object} body
 */
export function farewell(url, body) {
  if ("keepalive" in Request.prototype || around) {
    post(url, body, { leaving: true }).catch(() => {});
    return;
  }
  // A beacon carries no headers of its own, so the token travels in the body. The session travels in its cookie: where there is
  // none, the page around this one lives on and sends as ever.
  const blob = new Blob([JSON.stringify({ ...body, csrf_token: token() })], { type: "application/json" });
  navigator.sendBeacon(url, blob);
}

/**
 * The data that the server put into this page.
 * @param {string} id of the script element
 * @returns {any}
 */
export const pageData = (id) => JSON.parse(document.getElementById(id)?.textContent || "null");

/**
 * A text with its %(names)s filled in, as gettext writes them.
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
export const fill = (text, values = {}) => text.replace(/%\((\w+)\)[sd]/g, (_, name) => String(values[name] ?? "")).replaceAll("%%", "%");

/**
 * "1:05" for 65 seconds.
 * @param {number} seconds
 */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const tail = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
