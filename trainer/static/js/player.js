/** The player page: the film, what is said, what was watched, and the reports of it. */

import { keepAddress } from "./film_address.js";
import { FilmQuestions } from "./film_questions.js";
import { drawer } from "./keep.js";
import { OnScreen } from "./on_screen.js";
import { pressKey } from "./player_keys.js";
import { addChapters, makePlayer, sayPosition } from "./player_skin.js";
import { holds, nextAfter, without } from "./ranges.js";
import { Strip } from "./strip.js";
import { clockTime, fill, pageData } from "./talk.js";
import { Transcript } from "./transcript.js";
import { Watching } from "./watching.js";

/** @typedef {import("./ranges.js").Range} Range */

/** How long "the connection is back" stays. */
const GOOD_NEWS_MS = 6000;

const data = pageData("player-data");
const { texts } = data;
const element = /** @type {HTMLVideoElement} */ (document.getElementById("film"));
const section = /** @type {HTMLElement} */ (document.getElementById("coverage"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("go-on"));
const onward = /** @type {HTMLAnchorElement | null} */ (document.getElementById("onward"));
const connectionLine = /** @type {HTMLElement} */ (document.getElementById("connection"));

// The player's own words come with its library; ours go over them.  Without them it speaks English.
const libraryWords = await fetch(data.urls.player_words).then((answer) => answer.json()).catch(() => ({}));

const player = makePlayer(element, {
  language: data.language,
  texts: { ...libraryWords, ...data.player_texts },
  duration: data.film.duration,
  maxSpeed: data.film.max_speed,
  onKey: (event) => {
    if (!player.hasClass("asks") && pressKey(player, event)) event.stopPropagation();
  },
});
const video = /** @type {HTMLVideoElement} */ (player.el().querySelector("video"));

/** @type {Range[]} what the server misses */
let gaps = data.gaps;
let enough = Boolean(data.enough);

const watching = new Watching(video, {
  url: data.urls.progress,
  film: data.film.sha256,
  duration: data.film.duration,
  position: data.position,
  drawer: drawer(`watching:${data.enrolment}:${data.film.sha256}`),
  onProgress: (progress) => {
    gaps = progress.gaps;
    if (progress.enough) enough = true;
    show();
  },
  onConnection: tellConnection,
  onPending: () => show(),
});

const stoodAt = watching.position;
const strip = new Strip(section, { length: data.film.seconds, texts, onChoose: playFrom });
const box = /** @type {HTMLElement | null} */ (document.getElementById("lines"));
const transcript = box ? new Transcript(box, playFrom) : null;
const shown = document.getElementById("on-screen");
const onScreen = shown ? new OnScreen(shown) : null;
new FilmQuestions(player, { questions: data.questions, url: data.urls.film_answer, texts });

player.ready(() => {
  addChapters(player, data.chapters, data.film.duration, texts.chapters);
  sayPosition(player, texts.position);
});

/** Where one goes on: here if this was not watched, else at the next gap. */
function goOnAt() {
  const missing = without(gaps, watching.pending);
  const here = Math.floor(player.currentTime() || startAt());
  if (holds(missing, here)) return player.currentTime() || startAt();
  return nextAfter(missing, here)?.[0] ?? null;
}

/** Where the film stands when the page opens: a place that the address names, else where this buddy was. */
function startAt() {
  const named = /^#t=(\d+)$/.exec(window.location.hash);
  const at = named ? Number(named[1]) : stoodAt;
  return at < data.film.duration - 1 ? at : 0;
}

/** What goes along with the film. @param {number} seconds where it stands */
function follow(seconds) {
  transcript?.follow(seconds);
  onScreen?.follow(seconds);
}

/** @param {number} seconds */
function playFrom(seconds) {
  player.currentTime(seconds);
  player.play()?.catch(() => {});
}

function show() {
  strip.show(gaps, watching.pending);
  transcript?.mark(without(gaps, watching.pending), data.film.seconds);
  const playing = !video.paused && !video.ended;
  const at = goOnAt();
  if (playing) button.textContent = texts.pause;
  else if (at === null) button.textContent = texts.watch_again;
  else if (at < 1 && gaps.length === 1 && gaps[0][1] - gaps[0][0] === data.film.seconds) button.textContent = texts.start;
  else button.textContent = fill(texts.go_on_from, { position: clockTime(at) });
  button.classList.toggle("quiet", enough && !playing);
  if (onward) onward.hidden = !enough;
  section.classList.toggle("enough", enough);
  document.querySelector("[data-film-step]")?.classList.toggle("done", enough);
}

/** @param {import("./watching.js").Connection} connection */
function tellConnection(connection) {
  const good = connection === "well";
  connectionLine.textContent = good ? texts.connection_back : texts[`connection_${connection.replace("-", "_")}`];
  connectionLine.classList.toggle("waits", !good);
  connectionLine.hidden = false;
  const reopen = document.getElementById("reopen");
  if (reopen) reopen.hidden = connection !== "signed-out";
  if (good) {
    window.setTimeout(() => {
      if (watching.connection === "well") connectionLine.textContent = "";
    }, GOOD_NEWS_MS);
  }
}

button.addEventListener("click", () => {
  if (!video.paused && !video.ended) player.pause();
  else playFrom(goOnAt() ?? 0);
});

let placed = false;
player.on("loadedmetadata", () => {
  if (placed) return;
  placed = true;
  if (startAt() > 0) player.currentTime(startAt());
  follow(startAt());
  show();
});
player.on("timeupdate", () => follow(player.currentTime()));
player.on(["play", "pause", "seeked", "ended"], show);
window.addEventListener("hashchange", () => playFrom(startAt()));
// An error of the film itself is told by the player; what was watched before it is safe.
player.on("error", () => watching.send());
if (data.urls.film) keepAddress(player, video, data.urls.film);

follow(startAt());
show();
