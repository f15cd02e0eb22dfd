/** What the keys do while the focus is in the player, and nowhere else (WCAG 2.1.4). */

import { toggleCaptions } from "./player_skin.js";

const LONG_STEP = 10;
const SHORT_STEP = 5;

/**
 * @param {any} player
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key meant something
 */
export function pressKey(player, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = /** @type {HTMLElement} */ (event.target);
  const onSlider = target.getAttribute?.("role") === "slider";
  const inMenu = Boolean(target.closest?.(".vjs-menu"));
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const seek = (/** @type {number} */ to) => player.currentTime(Math.min(Math.max(to, 0), (player.duration() || 0) - 0.1));
  const speed = (/** @type {1 | -1} */ step) => {
    const rates = player.playbackRates();
    // Asked of the film itself: the player learns of a new speed a moment later, and two quick presses would be one.
    const at = rates.indexOf(player.tech(true).playbackRate());
    const wanted = rates[Math.min(Math.max(at + step, 0), rates.length - 1)];
    if (wanted) player.playbackRate(wanted);
  };
  /** @type {Record<string, () => void>} */
  const deeds = {
    k: () => (player.paused() ? player.play() : player.pause()),
    j: () => seek(player.currentTime() - LONG_STEP),
    l: () => seek(player.currentTime() + LONG_STEP),
    m: () => player.muted(!player.muted()),
    c: () => toggleCaptions(player),
    f: () => {
      if (!document.fullscreenEnabled) return;
      if (player.isFullscreen()) player.exitFullscreen();
      else player.requestFullscreen();
    },
    "<": () => speed(-1),
    ">": () => speed(1),
  };
  deeds[" "] = deeds.k;
  if (!onSlider && !inMenu) {
    deeds.ArrowLeft = () => seek(player.currentTime() - SHORT_STEP);
    deeds.ArrowRight = () => seek(player.currentTime() + SHORT_STEP);
    deeds.ArrowUp = () => player.volume(Math.min(player.volume() + 0.1, 1));
    deeds.ArrowDown = () => player.volume(Math.max(player.volume() - 0.1, 0));
  }
  if (/^[0-9]$/.test(key)) deeds[key] = () => seek(((player.duration() || 0) * Number(key)) / 10);
  const deed = deeds[key];
  if (!deed) return false;
  event.preventDefault();
  deed();
  return true;
}
