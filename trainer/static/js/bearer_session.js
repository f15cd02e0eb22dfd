/**
 * A session in a browser that keeps no cookie of ours. The bearer is known in this module and nowhere else: not in an address, not
 * in a storage, not in any page. Each page is fetched with it and written into a frame of its own, an empty page that the
 * server names and whose headers are the page's; links, forms and the scripts' requests inside come back here.
 *
 * A new frame for each page: nothing of the page before is left in it, and the history gets no entries but those made here.
 */

import { tellNoMore } from "./resize.js";

/**
 * @typedef {object} Around what a page in the frame finds as `window.around`
 * @property {(url: string | URL, options?: RequestInit) => Promise<Response>} ask `fetch` with the session, of our own addresses only
 * @property {(url: string) => void} go
 * @property {Map<string, string>} drawers what pages keep (`keep.js`), as long as this one stands
 * @property {boolean} inCourse
 * @property {(message: unknown) => void} tellCourse
 */

/** @typedef {{ method?: string, body?: BodyInit, keepsAddress?: boolean, isBack?: boolean }} How */

/**
 * Show the session's pages in the place of this one, beginning with the one at `start`.
 * @param {string} bearer
 * @param {string} start
 */
export function beginSession(bearer, start) {
  const { origin } = window.location;
  const place = /** @type {HTMLElement} */ (document.querySelector("main"));
  const trouble = /** @type {HTMLElement} */ (document.getElementById("trouble"));
  const inCourse = window.parent !== window;
  /** @type {HTMLIFrameElement | null} */
  let shown = null;
  /** Counts what was asked for: an answer that comes after somebody asked for something else is not shown. */
  let asked = 0;

  /** @type {Around["ask"]} */
  async function ask(url, options = {}) {
    const address = new URL(url, window.location.href);
    if (address.origin !== origin) throw new TypeError("not an address of ours");
    const headers = new Headers(options.headers);
    headers.set("Authorization", `Bearer ${bearer}`);
    return fetch(address, { ...options, headers, credentials: "omit" });
  }

  const around = Object.freeze({
    ask,
    go: (/** @type {string} */ url) => void go(url),
    drawers: new Map(),
    inCourse,
    tellCourse: (/** @type {unknown} */ message) => window.parent.postMessage(message, "*"),
  });

  /**
   * @param {string} url
   * @param {How} how
   */
  async function go(url, how = {}) {
    asked += 1;
    const mine = asked;
    place.setAttribute("aria-busy", "true");
    try {
      const response = await ask(url, { method: how.method, body: how.body, headers: { Accept: "text/html" } });
      if (!response.headers.get("Content-Type")?.startsWith("text/html")) {
        await save(response);
        return;
      }
      const frame = response.headers.get("Page-Frame");
      const page = await response.text();
      if (mine === asked && frame) await show(page, frame, how.keepsAddress && !response.redirected ? null : landed(response, url), how);
    } catch {
      if (mine === asked) complain(() => go(url, how));
    } finally {
      if (mine === asked) place.removeAttribute("aria-busy");
    }
  }

  /**
   * @param {string} page
   * @param {string} frameUrl
   * @param {URL | null} address none: that of the page before
   * @param {How} how
   */
  async function show(page, frameUrl, address, { isBack = false }) {
    const mine = asked;
    const frame = document.createElement("iframe");
    frame.className = "coming";
    frame.allowFullscreen = true;
    frame.src = frameUrl;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    place.append(frame);
    await loaded;
    if (mine !== asked) {
      frame.remove();
      return;
    }
    const inner = /** @type {Window} */ (frame.contentWindow);
    if (!isEmptyPage(inner)) {
      frame.remove();
      throw new Error("the frame may not stand here");
    }
    const hadFocus = document.hasFocus();
    remember(address, isBack);
    inner.document.open();
    // The page has its own address, so that what it reads there and what points into it is as ever
    inner.history.replaceState(null, "", window.location.href);
    Object.defineProperty(inner, "around", { value: around });
    for (const name of ["click", "auxclick"]) inner.addEventListener(name, (event) => follow(inner, /** @type {MouseEvent} */ (event)));
    inner.addEventListener("submit", (event) => hand(inner, /** @type {SubmitEvent} */ (event)));
    inner.document.write(page);
    inner.document.close();
    shown?.remove();
    shown = frame;
    trouble.hidden = true;
    frame.title = document.title = inner.document.title;
    document.documentElement.lang = inner.document.documentElement.lang;
    document.documentElement.classList.add("holds-session");
    frame.classList.remove("coming");
    if (hadFocus) frame.focus({ preventScroll: true });
  }

  /**
   * The history gets the page's address, and where the page before stood when it was left.
   * @param {URL | null} address
   * @param {boolean} isBack
   */
  function remember(address, isBack) {
    const left = shown?.contentWindow?.location.href;
    if (!isBack && left) window.history.replaceState({ page: left }, "", left);
    if (!address) return;
    const state = { page: address.href };
    if (isBack || !left || left === address.href) window.history.replaceState(state, "", address);
    else window.history.pushState(state, "", address);
  }

  /**
   * @param {Window} inner
   * @param {MouseEvent} event
   */
  function follow(inner, event) {
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[href]"));
    if (event.defaultPrevented || event.button > 1 || !link || isElsewhere(link.target)) return;
    const url = new URL(link.href);
    if (url.origin !== origin || isInPage(url, inner.location)) return;
    // In a tab of its own it would have no session, so it opens here, whatever keys are held
    event.preventDefault();
    void go(url.href);
  }

  /**
   * @param {Window} inner
   * @param {SubmitEvent} event
   */
  function hand(inner, event) {
    if (event.defaultPrevented) return;
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { submitter } = event;
    /** A field may be called "action": only the attribute is the form's own. */
    const said = (/** @type {string} */ name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
    const url = new URL(said("action"), inner.location.href);
    if (isElsewhere(said("target"))) return;
    if (url.origin !== origin) {
      // On to the LMS, which stands in no frame of ours
      form.target = "_parent";
      return;
    }
    event.preventDefault();
    const fields = new URLSearchParams(/** @type {any} */ (new FormData(form, submitter)));
    if (said("method").toLowerCase() === "post") {
      void go(url.href, { method: "POST", body: fields, keepsAddress: true });
    } else {
      url.search = String(fields);
      void go(url.href);
    }
  }

  /** Not there, or not allowed to be shown here: say so, and try again when asked. */
  function complain(/** @type {() => void} */ again) {
    trouble.hidden = false;
    trouble.scrollIntoView({ block: "nearest" });
    const button = /** @type {HTMLButtonElement} */ (trouble.querySelector("button"));
    button.onclick = again;
    if (!shown) button.focus();
  }

  window.addEventListener("popstate", ({ state }) => {
    if (typeof state?.page === "string") void go(state.page, { isBack: true });
  });
  tellNoMore();
  void go(start);
}

/** @param {string} target of a link or form */
const isElsewhere = (target) => target !== "" && target !== "_self";

/** @param {URL} url @param {Location} here */
const isInPage = (url, here) => url.hash !== "" && url.pathname === here.pathname && url.search === here.search;

/** Where an answer comes from; a place in the page, which the server does not hear of, goes along. @param {Response} response @param {string} url */
function landed(response, url) {
  const address = new URL(response.url);
  address.hash = new URL(url, window.location.href).hash;
  return address;
}

/** Whether the browser shows it: not where its headers say that it may not be framed. @param {Window} inner */
function isEmptyPage(inner) {
  try {
    return inner.document.querySelector("meta[name=page-frame]") !== null;
  } catch {
    return false;
  }
}

/** What is no page is a file to keep. @param {Response} response */
async function save(response) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  const named = /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition") ?? "");
  link.download = named?.[1] ?? decodeURIComponent(new URL(response.url).pathname.split("/").at(-1) ?? "");
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
