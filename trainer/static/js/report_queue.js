/**
 * What was played and is not yet known to the server. Pure: no page, no network, no clock.
 *
 * A second leaves the queue only when the server says that it has it (or that it is no second of this film). What it wants
 * offered again stays; what was on its way when the line broke comes back. Sending twice does no harm: the server keeps a set.
 */

import { count, joined, union, without } from "./ranges.js";

/** @typedef {import("./ranges.js").Range} Range */
/** @typedef {{ accepted: Range[], again: Range[] }} Verdict */

/** So many ranges fit in one report. */
const RANGES_PER_REPORT = 200;
/** Seconds between reports while the film plays. */
export const BEAT = 12;
/** Seconds until what was over budget is offered again: in that time at least some of it is earned. */
const OFFER_AGAIN = 4;
const FIRST_RETRY = 2;
const LONGEST_RETRY = 60;

export class ReportQueue {
  /** @param {Range[]} unsent what an earlier page left behind */
  constructor(unsent = []) {
    /** @type {Range[]} */
    this.unsent = joined(unsent);
    /** @type {Range[]} */
    this.underway = [];
    /** Reports that failed in a row. */
    this.failures = 0;
    /** The server said it has too little time on its clock for some of it. */
    this.overBudget = false;
  }

  /** Everything the server may not have. @returns {Range[]} */
  get waiting() {
    return union(this.unsent, this.underway);
  }

  get isEmpty() {
    return this.unsent.length === 0 && this.underway.length === 0;
  }

  /** How many seconds wait. */
  get seconds() {
    return count(this.waiting);
  }

  /** @param {Range[]} ranges */
  add(ranges) {
    if (ranges.length) this.unsent = union(this.unsent, ranges);
  }

  /** The next report's ranges; they are under way until `settle` or `fail`. @returns {Range[]} */
  take() {
    const taken = this.unsent.slice(0, RANGES_PER_REPORT);
    this.unsent = this.unsent.slice(RANGES_PER_REPORT);
    this.underway = union(this.underway, taken);
    return taken;
  }

  /**
   * The server answered a report of `sent`.
   * @param {Range[]} sent
   * @param {Verdict} verdict
   */
  settle(sent, verdict) {
    this.failures = 0;
    this.underway = without(this.underway, sent);
    this.unsent = union(without(this.unsent, verdict.accepted), verdict.again);
    this.overBudget = verdict.again.length > 0;
  }

  /**
   * The report did not arrive, or nobody can tell.
   * @param {Range[]} sent
   */
  fail(sent) {
    this.failures += 1;
    this.underway = without(this.underway, sent);
    this.unsent = union(this.unsent, sent);
  }

  /**
   * A report left by a way that brings no answer: it is offered again, as the server may not have it.
   * @param {Range[]} sent
   */
  unanswered(sent) {
    this.underway = without(this.underway, sent);
    this.unsent = union(this.unsent, sent);
  }

  /**
   * Seconds until the next report, or null when there is nothing to say until something is played.
   * @param {boolean} playing
   * @param {number} chance between 0 and 1: spreads the retries of many browsers after a failure of the server
   * @param {number} beat seconds between reports, as the server asked
   * @returns {number | null}
   */
  delay(playing, chance, beat = BEAT) {
    if (this.failures > 0) {
      const pause = Math.min(FIRST_RETRY * 2 ** (this.failures - 1), LONGEST_RETRY);
      return pause * (0.75 + chance / 2);
    }
    if (playing) return beat;
    if (this.unsent.length === 0) return null;
    return this.overBudget ? OFFER_AGAIN : 1;
  }
}
