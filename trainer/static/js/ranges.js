/**
 * Sets of whole seconds, as sorted half-open ranges `[from, to)`. Pure: no page, no clock.
 *
 * @typedef {[number, number]} Range
 */

/**
 * The ranges in order, overlapping and touching ones made one, empty ones gone.
 * @param {Iterable<Range>} ranges
 * @returns {Range[]}
 */
export function joined(ranges) {
  const sorted = [...ranges].filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0]);
  /** @type {Range[]} */
  const result = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/**
 * What is in `a` or in `b`.
 * @param {Range[]} a
 * @param {Range[]} b
 */
export const union = (a, b) => joined([...a, ...b]);

/**
 * What is in `a` and not in `b`.
 * @param {Range[]} a
 * @param {Range[]} b
 * @returns {Range[]}
 */
export function without(a, b) {
  const holes = joined(b);
  /** @type {Range[]} */
  const result = [];
  for (const [from, to] of joined(a)) {
    let start = from;
    for (const [holeFrom, holeTo] of holes) {
      if (holeTo <= start || holeFrom >= to) continue;
      if (holeFrom > start) result.push([start, holeFrom]);
      start = Math.max(start, holeTo);
    }
    if (start < to) result.push([start, to]);
  }
  return result;
}

/**
 * How many seconds the ranges hold.
 * @param {Range[]} ranges
 */
export const count = (ranges) => joined(ranges).reduce((sum, [from, to]) => sum + to - from, 0);

/**
 * Whether a second is in the ranges.
 * @param {Range[]} ranges
 * @param {number} second
 */
export const holds = (ranges, second) => ranges.some(([from, to]) => from <= second && second < to);

/**
 * The range in which one goes on from `position`: the first that ends after it, else the first of all.
 * @param {Range[]} ranges in order
 * @param {number} position seconds
 * @returns {Range | undefined}
 */
export const nextAfter = (ranges, position) => ranges.find(([, to]) => to > position + 0.5) ?? ranges[0];

/**
 * Whether a value that came from elsewhere is a list of ranges of whole seconds.
 * @param {unknown} value
 * @returns {value is Range[]}
 */
export const areRanges = (value) =>
  Array.isArray(value) &&
  value.every(
    (range) =>
      Array.isArray(range) && range.length === 2 && range.every((n) => Number.isSafeInteger(n) && n >= 0) && range[1] > range[0],
  );
