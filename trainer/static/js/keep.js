/**
 * A small drawer that outlives a reload of the page. sessionStorage where it works; in an iframe whose cookies are blocked
 * it throws, and anywhere it may be full, and then the entry of this page in the browser's history holds the drawer. A private window may refuse both:
 * then the drawer lives as long as the page, and hiding the page sends what is in it. Where a page stands in another of ours, that one
 * holds the drawer in the history's place: the frame of a page, and its history, go with the page.
 */

import { around } from "./surroundings.js";

/** @typedef {{ read: () => unknown, write: (value: unknown) => void }} Drawer */

/** @returns {Storage | null} */
function workingStorage() {
  try {
    const probe = "buddy-trainer:probe";
    window.sessionStorage.setItem(probe, "1");
    window.sessionStorage.removeItem(probe);
    return window.sessionStorage;
  } catch {
    return null;
  }
}

const storage = workingStorage();

/** Whether this browser lets the page remember anything beyond its own history. */
export const remembers = storage !== null;

/**
 * @param {string} key says whose drawer it is: never read one's own things on another's page
 * @returns {Drawer}
 */
export function drawer(key) {
  const name = `buddy-trainer:${key}`;
  /** @type {unknown} */
  let held = null;

  const readHistory = () => {
    if (around) return JSON.parse(around.drawers.get(name) ?? "null");
    const state = window.history.state;
    return state && typeof state === "object" ? (state[name] ?? null) : null;
  };

  return {
    read() {
      if (!storage) return readHistory();
      try {
        const text = storage.getItem(name);
        return text === null ? readHistory() : JSON.parse(text);
      } catch {
        return held;
      }
    },
    write(value) {
      held = value;
      const isStored = store(name, value);
      if (around) {
        if (isStored) around.drawers.delete(name);
        else around.drawers.set(name, JSON.stringify(value));
        return;
      }
      try {
        const { [name]: old, ...others } = window.history.state ?? {};
        if (!isStored) window.history.replaceState({ ...others, [name]: value }, "");
        else if (old !== undefined) window.history.replaceState(others, "");
      } catch {
        // Refused too: the page's own memory has to do.
      }
    },
  };
}

/**
 * @param {string} name
 * @param {unknown} value null: nothing is to be kept any more
 * @returns {boolean} whether nothing is left for the history to hold
 */
function store(name, value) {
  try {
    if (value === null) storage?.removeItem(name);
    else storage?.setItem(name, JSON.stringify(value));
    return value === null || storage !== null;
  } catch {
    // Full, or refused since: the history may still take it, and what lies in the storage is older.
    try {
      storage?.removeItem(name);
    } catch {
      // Then it stays where it cannot be read either.
    }
    return false;
  }
}
