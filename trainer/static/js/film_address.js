/**
 * Where the session is a bearer the film's address is good for an hour at most, and then the browser's next request for a part of
 * it brings an error. With a fresh address the film goes on where it was, and nobody needs to notice.
 */

import { ask } from "./surroundings.js";

/** An error this soon after the last one has another reason. */
const AT_MOST_EVERY_MS = 20_000;

/**
 * @param {any} player
 * @param {HTMLVideoElement} video
 * @param {string} url where the film's address is to be had
 */
export function keepAddress(player, video, url) {
  let renewedAt = -Infinity;
  /** Whether it would play if it could: an error pauses it, too. */
  let goes = false;

  async function renew() {
    if (performance.now() - renewedAt < AT_MOST_EVERY_MS) return;
    renewedAt = performance.now();
    const { currentTime, playbackRate } = video;
    const answer = await ask(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    player.error(null);
    video.addEventListener("loadedmetadata", () => {
      video.currentTime = currentTime;
      video.playbackRate = playbackRate;
      if (goes) video.play().catch(() => {});
    }, { once: true });
    video.src = (await answer.json()).url;
  }

  player.on("play", () => { goes = true; });
  player.on("pause", () => { goes &&= player.error() !== null; });
  player.on("error", () => renew().catch(() => {}));
}
