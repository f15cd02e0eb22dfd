/**
 * The storage that an LMS keeps for the tools in its frames: LTI Platform Storage (https://www.imsglobal.org/spec/lti-pm-s/v0p1).
 * Messages go to the LMS's origin and nowhere else, and only its own answers are believed.
 */

/**
 * @typedef {object} Storage as lti/storage.py writes it
 * @property {string} frame `_parent`, or the name of a frame of the LMS's page
 * @property {string} origin of the LMS
 * @property {string} key
 * @property {string[]} put_subjects the standard's name first
 * @property {string[]} get_subjects
 * @property {boolean} as_text send each message as JSON text, too
 * @property {number} patience how long an answer may take, in milliseconds
 */

/** @param {Storage} storage @param {string} value @returns {Promise<boolean>} whether the LMS says that it keeps it */
export const keep = async (storage, value) => (await ask(storage, storage.put_subjects, { key: storage.key, value })) !== null;

/** @param {Storage} storage @returns {Promise<string | null>} what the LMS keeps; null for nothing, and for no answer in time */
export const fetchKept = (storage) => ask(storage, storage.get_subjects, { key: storage.key });

/**
 * The first answer with a value to any of these subjects; null as soon as all of them were answered without.
 * @param {Storage} storage
 * @param {string[]} subjects
 * @param {object} fields
 * @returns {Promise<string | null>}
 */
function ask(storage, subjects, fields) {
  const keeper = findKeeper(storage.frame);
  if (keeper === null) return Promise.resolve(null);
  const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const open = new Set(subjects.map((subject) => `${subject}.response`));
  return new Promise((resolve) => {
    /** @param {string | null} value */
    const end = (value) => {
      window.removeEventListener("message", hear);
      window.clearTimeout(timer);
      resolve(value);
    };
    /** @param {MessageEvent} event */
    const hear = (event) => {
      if (event.origin !== storage.origin || event.source !== keeper) return;
      const answer = read(event.data);
      if (answer?.message_id !== id || !open.has(answer.subject)) return;
      if (!answer.error && typeof answer.value === "string") {
        end(answer.value);
        return;
      }
      open.delete(answer.subject);
      if (open.size === 0) end(null);
    };
    const timer = window.setTimeout(end, storage.patience, null);
    window.addEventListener("message", hear);
    for (const subject of subjects) {
      const message = { subject, message_id: id, ...fields };
      keeper.postMessage(message, storage.origin);
      if (storage.as_text) keeper.postMessage(JSON.stringify(message), storage.origin);
    }
  });
}

/**
 * The window that keeps things: the LMS's page, or a frame in it.
 * @param {string} frame
 * @returns {Window | null}
 */
function findKeeper(frame) {
  const page = window.parent === window ? window.opener : window.parent;
  if (page === null || frame === "_parent") return page;
  try {
    // Of another origin's window nothing may be read but its frames by name; a name that is none throws
    return page.frames[frame] ?? null;
  } catch {
    return null;
  }
}

/** @param {unknown} message @returns {any} an object, also where it came as text */
function read(message) {
  if (typeof message !== "string") return message;
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}
