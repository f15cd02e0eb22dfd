/**
 * From "the film stands at so many seconds", said now and then, to the whole seconds that were played.
 * Pure: the times are handed in, so it can be run without a page and without waiting.
 *
 * A second [n, n+1) counts when at least half of it was played; of the last, partial one: half of what there is of it.
 * What was played is measured in the film's own time, from one sighting to the next. Timers of a hidden tab are held back
 * and sightings then lie a minute apart; that is still playing. A leap further than the time that passed can explain is not.
 */

/** @typedef {import("./ranges.js").Range} Range */

/** Sightings wobble: a film may be this much further than the clock says, in seconds of film. */
const SLACK = 1;
/** 0.1 + 0.4 must be a half. */
const EPSILON = 1e-6;

export class PlayedSeconds {
  /** @param {number} duration of the film, in seconds */
  constructor(duration) {
    this.duration = duration;
    this.length = Math.ceil(duration);
    /** Seconds already counted. @type {Uint8Array} */
    this.counted = new Uint8Array(this.length);
    /** Of a second not yet counted: which parts were played. @type {Map<number, [number, number][]>} */
    this.parts = new Map();
    /** Whole seconds counted since the last `take`. @type {Set<number>} */
    this.fresh = new Set();
    /** The last sighting of this run. @type {{ at: number, clock: number } | null} */
    this.last = null;
  }

  /**
   * The film plays and stands at `at`. The first sighting after `stop` only opens a run.
   * @param {number} at seconds of film
   * @param {number} clock seconds on any steady clock
   * @param {number} rate at most this speed was played since the last sighting
   */
  see(at, clock, rate) {
    if (!Number.isFinite(at)) return;
    const last = this.last;
    this.last = { at, clock };
    if (last && at > last.at && at - last.at <= (clock - last.clock) * rate + SLACK) this.add(last.at, at);
  }

  /**
   * The run ends (pause, seek, end). `ranges` is what the browser itself says was played (`video.played`): it knows to the
   * millisecond where a run ended, so the last bit after the last sighting is taken from there.
   * @param {number} clock seconds
   * @param {number} rate
   * @param {[number, number][]} ranges
   */
  stop(clock, rate, ranges = []) {
    const last = this.last;
    this.last = null;
    if (!last) return;
    const around = ranges.find(([from, to]) => from <= last.at + EPSILON && to >= last.at);
    if (!around) return;
    this.add(last.at, Math.min(around[1], last.at + (clock - last.clock) * rate + EPSILON));
  }

  /**
   * These seconds of film were played.
   * @param {number} from
   * @param {number} to
   */
  add(from, to) {
    const start = Math.max(from, 0);
    const end = Math.min(to, this.duration);
    for (let second = Math.floor(start); second < end; second += 1) {
      if (this.counted[second]) continue;
      const parts = merge(this.parts.get(second) ?? [], [Math.max(start, second), Math.min(end, second + 1)]);
      const played = parts.reduce((sum, [a, b]) => sum + b - a, 0);
      if (played + EPSILON >= Math.min(1, this.duration - second) / 2) {
        this.counted[second] = 1;
        this.parts.delete(second);
        this.fresh.add(second);
      } else {
        this.parts.set(second, parts);
      }
    }
  }

  /**
   * The whole seconds that came to count since the last time this was asked.
   * @returns {Range[]}
   */
  take() {
    /** @type {Range[]} */
    const ranges = [];
    for (const second of [...this.fresh].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last && last[1] === second) last[1] += 1;
      else ranges.push([second, second + 1]);
    }
    this.fresh.clear();
    return ranges;
  }
}

/**
 * @param {[number, number][]} parts in order
 * @param {[number, number]} part
 * @returns {[number, number][]}
 */
function merge(parts, part) {
  /** @type {[number, number][]} */
  const result = [];
  for (const [from, to] of [...parts, part].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
