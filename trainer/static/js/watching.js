/**
 * Reports what was played: every 12 seconds, at pause, seek and end, and when the page is hidden or goes away.
 *
 * The seconds come from `played.js`, wait in `report_queue.js` until the server says it has them, and lie in a drawer
 * (`keep.js`) meanwhile, so that a lost connection, a reload or an ended session cost nothing.
 */

import { PlayedSeconds } from "./played.js";
import { areRanges } from "./ranges.js";
import { BEAT, ReportQueue } from "./report_queue.js";
import { farewell, post, TalkFailed } from "./talk.js";

/** @typedef {import("./ranges.js").Range} Range */
/** @typedef {import("./keep.js").Drawer} Drawer */
/** @typedef {"well" | "offline" | "busy" | "signed-out" | "refused"} Connection */
/** @typedef {{ watched: number, length: number, gaps: Range[], enough: boolean, complete: boolean }} Progress */

const LONGEST_BEAT = 15;
/** Moving about without playing is told too, for whoever goes on elsewhere, but not at every nudge. */
const WORTH_TELLING = 1;
/** The module may be opened again in another tab; then this page is signed in again and goes on where it was. */
const SIGNED_OUT_RETRY = 60;

export class Watching {
  /**
   * @param {HTMLVideoElement} video
   * @param {object} options
   * @param {string} options.url where reports go
   * @param {string} options.film its hash
   * @param {number} options.duration seconds
   * @param {number} options.position where the server thinks this buddy is, seconds
   * @param {Drawer} options.drawer
   * @param {(progress: Progress) => void} options.onProgress the server's word on what was watched
   * @param {(connection: Connection) => void} options.onConnection whether reports arrive
   * @param {() => void} options.onPending what waits to be reported has changed
   */
  constructor(video, { url, film, duration, position, drawer, onProgress, onConnection, onPending }) {
    this.video = video;
    this.url = url;
    this.film = film;
    this.drawer = drawer;
    this.onProgress = onProgress;
    this.onConnection = onConnection;
    this.onPending = onPending;
    this.played = new PlayedSeconds(duration);
    const left = this.#leftBehind();
    this.queue = new ReportQueue(left.unsent);
    /** @type {Connection} */
    this.connection = "well";
    this.beat = BEAT;
    this.rate = 1;
    /** Where the film stands, or stood when this page was left. */
    this.position = left.position ?? position;
    this.positionTold = position;
    this.inFlight = 0;
    this.timer = 0;
    this.#listen();
    if (!this.queue.isEmpty) this.send();
  }

  /** Seconds played that the server has not confirmed. @returns {Range[]} */
  get pending() {
    return this.queue.waiting;
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  /**
   * What the page before this one could not tell any more, or told without knowing whether it arrived.
   * @returns {{ unsent: Range[], position?: number }}
   */
  #leftBehind() {
    const found = /** @type {any} */ (this.drawer.read());
    if (found?.film !== this.film || !areRanges(found.unsent)) return { unsent: [] };
    return { unsent: found.unsent, position: Number.isFinite(found.position) ? found.position : undefined };
  }

  #listen() {
    const on = (/** @type {string} */ name, /** @type {() => void} */ act) => this.video.addEventListener(name, act);
    on("timeupdate", () => this.#see());
    on("playing", () => {
      this.#see();
      this.#schedule();
    });
    on("ratechange", () => {
      this.rate = Math.max(this.rate, this.video.playbackRate);
    });
    on("seeking", () => {
      this.#stop();
      if (this.playing) this.send();
      else this.#schedule();
    });
    on("seeked", () => this.#see());
    on("pause", () => {
      this.#stop();
      this.send();
    });
    on("ended", () => {
      this.#stop();
      this.send();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave();
      else this.#comeBack();
    });
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("pageshow", () => this.#comeBack());
    window.addEventListener("online", () => this.#comeBack());
  }

  /** Somebody looks again, or the network is back: no need to wait any longer. */
  #comeBack() {
    if (this.connection === "well") this.#schedule();
    else this.send();
  }

  #see() {
    const { video } = this;
    // A film that is loaded anew stands at its beginning, and nobody put it there
    if (video.seeking || video.readyState === 0) return;
    this.position = video.currentTime;
    if (this.playing) this.played.see(video.currentTime, performance.now() / 1000, this.rate);
    this.rate = video.playbackRate;
    this.#collect();
  }

  #stop() {
    const { played } = this.video;
    const ranges = Array.from({ length: played.length }, (_, i) => /** @type {Range} */ ([played.start(i), played.end(i)]));
    this.played.stop(performance.now() / 1000, this.rate, ranges);
    if (!this.video.seeking && this.video.readyState > 0) this.position = this.video.currentTime;
    this.#collect();
  }

  #collect() {
    const fresh = this.played.take();
    if (!fresh.length) return;
    this.queue.add(fresh);
    this.#save();
    this.onPending();
  }

  #save() {
    this.drawer.write(this.queue.isEmpty ? null : { film: this.film, unsent: this.queue.waiting, position: this.position });
  }

  #schedule() {
    window.clearTimeout(this.timer);
    let delay = this.queue.delay(this.playing, Math.random(), this.beat);
    if (delay === null && Math.abs(this.position - this.positionTold) >= WORTH_TELLING) delay = BEAT / 4;
    if (this.connection === "signed-out") delay = SIGNED_OUT_RETRY;
    if (delay !== null) this.timer = window.setTimeout(() => this.send(), delay * 1000);
  }

  #body(/** @type {Range[]} */ ranges) {
    this.positionTold = this.position;
    return { film: this.film, played: ranges, position: Math.round(this.position * 10) / 10 };
  }

  /** Report now, unless a report is under way: then right after it. */
  async send() {
    window.clearTimeout(this.timer);
    if (this.inFlight > 0) return;
    if (this.playing) this.#see();
    const moved = Math.abs(this.position - this.positionTold) >= WORTH_TELLING;
    const ranges = this.queue.take();
    if (!ranges.length && !moved && !this.queue.failures) {
      this.#schedule();
      return;
    }
    this.inFlight += 1;
    try {
      this.#heard(ranges, await post(this.url, this.#body(ranges)));
    } catch (problem) {
      this.#failed(ranges, problem);
    } finally {
      this.inFlight -= 1;
      this.#save();
      this.onPending();
      this.#schedule();
    }
  }

  /** The page is hidden or goes away: what is left goes now, even beside a report that is under way. */
  leave() {
    if (this.playing) this.#see();
    for (let ranges = this.queue.take(); ranges.length; ranges = this.queue.take()) {
      farewell(this.url, this.#body(ranges));
      this.sentBlind = [...(this.sentBlind ?? []), ...ranges];
    }
    // Nobody may be here to hear the answer: they stay in the drawer and are offered again.
    if (this.sentBlind) this.queue.unanswered(this.sentBlind);
    this.sentBlind = undefined;
    this.#save();
  }

  /**
   * @param {Range[]} sent
   * @param {any} answer
   */
  #heard(sent, answer) {
    this.queue.settle(sent, {
      accepted: areRanges(answer.accepted) ? answer.accepted : sent,
      again: areRanges(answer.again) ? answer.again : [],
    });
    this.beat = Math.min(Math.max(Number(answer.next_after) || BEAT, BEAT / 2), LONGEST_BEAT);
    this.#connected("well");
    this.onProgress(answer);
  }

  /**
   * @param {Range[]} sent
   * @param {unknown} problem
   */
  #failed(sent, problem) {
    this.queue.fail(sent);
    const trouble = problem instanceof TalkFailed ? problem.trouble : "offline";
    this.#connected(trouble === "conflict" ? "refused" : trouble);
  }

  /** @param {Connection} connection */
  #connected(connection) {
    if (connection === this.connection) return;
    this.connection = connection;
    this.onConnection(connection);
  }
}
