/**
 * The player's own skin on video.js: a bar under the picture with play, time, sound, chapters, captions, speed, full screen.
 * Captions have a switch on the bar itself, beside play (EN 301 549, 7.3); the menu next to it holds languages and looks (7.1.4).
 */

import { remembers } from "./keep.js";
import { clockTime, fill } from "./talk.js";

/** @typedef {{ start: number, title: string }} Chapter */

const { videojs } = /** @type {any} */ (window);

const Button = videojs.getComponent("Button");
const SubsCapsButton = videojs.getComponent("SubsCapsButton");
const PlaybackRateMenuButton = videojs.getComponent("PlaybackRateMenuButton");

const speedText = (/** @type {number} */ rate) => `${new Intl.NumberFormat(document.documentElement.lang).format(rate)}×`;

/** The player's caption tracks. @returns {any[]} */
const captionTracks = (/** @type {any} */ player) =>
  Array.from(player.textTracks()).filter((track) => track.kind === "captions" || track.kind === "subtitles");

/** Show or hide captions; the language that was last shown comes back. */
export function toggleCaptions(/** @type {any} */ player) {
  const tracks = captionTracks(player);
  const showing = tracks.find((track) => track.mode === "showing");
  if (showing) {
    player.lastCaptions = showing.language;
    showing.mode = "disabled";
  } else {
    const wanted = tracks.find((track) => track.language === player.lastCaptions) ?? tracks[0];
    if (wanted) wanted.mode = "showing";
  }
}

class CaptionsSwitch extends Button {
  /**
   * @param {any} player
   * @param {any} options
   */
  constructor(player, options) {
    super(player, options);
    this.controlText(player.localize("Captions"));
    this.el().append("CC");
    const update = () => this.el().setAttribute("aria-pressed", String(captionTracks(player).some((t) => t.mode === "showing")));
    const tracks = player.textTracks();
    tracks.addEventListener("change", update);
    this.on("dispose", () => tracks.removeEventListener("change", update));
    update();
  }

  buildCSSClass() {
    return `bar-captions ${super.buildCSSClass()}`;
  }

  handleClick() {
    toggleCaptions(this.player_);
  }
}

class CaptionsMenu extends SubsCapsButton {
  /**
   * @param {any} player
   * @param {any} options
   */
  constructor(player, options) {
    super(player, options);
    // Not the name of the switch beside it.
    this.menuButton_.controlText(player.localize("Language and look of captions"));
  }

  buildCSSClass() {
    return `bar-captions-menu ${super.buildCSSClass()}`;
  }
}

class SpeedMenu extends PlaybackRateMenuButton {
  updateLabel() {
    if (this.labelEl_) this.labelEl_.textContent = speedText(this.player().playbackRate());
  }

  createItems() {
    const items = super.createItems();
    for (const item of items) {
      const text = item.el().querySelector(".vjs-menu-item-text");
      if (text) text.textContent = speedText(item.rate);
    }
    return items;
  }
}

videojs.registerComponent("CaptionsSwitch", CaptionsSwitch);
videojs.registerComponent("CaptionsMenu", CaptionsMenu);
videojs.registerComponent("SpeedMenu", SpeedMenu);

/** The usual speeds, as far as the author allows. @returns {number[]} */
const speedsUpTo = (/** @type {number} */ fastest) => {
  const speeds = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4].filter((speed) => speed <= fastest);
  return speeds.includes(fastest) ? speeds : [...speeds, fastest];
};

/**
 * @param {HTMLVideoElement} element
 * @param {object} options
 * @param {string} options.language "nl" or "en"
 * @param {Record<string, string>} options.texts the player's own words, on top of those of video.js
 * @param {number} options.duration seconds
 * @param {number} options.maxSpeed
 * @param {(event: KeyboardEvent) => void} options.onKey
 * @returns {any} the video.js player
 */
export function makePlayer(element, { language, texts, duration, maxSpeed, onKey }) {
  // 80.8 seconds are "1:21" everywhere on the page, and the film's end is where it stands then.
  videojs.time.setFormatTime((/** @type {number} */ seconds) => clockTime(Math.abs(seconds - duration) < 0.1 ? Math.ceil(seconds) : seconds));
  videojs.addLanguage(language, { ...videojs.options.languages[language], ...texts });
  const captions = element.querySelectorAll("track").length > 0;
  const chosen = element.querySelector("track[default]")?.getAttribute("srclang");
  const player = videojs(element, {
    controls: true,
    language,
    preload: "metadata",
    playbackRates: speedsUpTo(maxSpeed),
    bigPlayButton: false,
    loadingSpinner: true,
    userActions: { hotkeys: onKey, doubleClick: true },
    inactivityTimeout: 0,
    enableSmoothSeeking: true,
    html5: { nativeTextTracks: false },
    persistTextTrackSettings: remembers,
    controlBar: {
      children: [
        "playToggle",
        "currentTimeDisplay",
        "timeDivider",
        "durationDisplay",
        "progressControl",
        "volumePanel",
        "customControlSpacer",
        "chaptersButton",
        ...(captions ? ["CaptionsSwitch", "CaptionsMenu"] : []),
        "SpeedMenu",
        ...(document.fullscreenEnabled ? ["fullscreenToggle"] : []),
      ],
      volumePanel: { inline: true },
    },
  });
  player.lastCaptions = chosen;
  // The menu from which the dialog was opened is closed again: its button gets the focus back, or nothing would have it.
  player.ready(() => {
    player.getChild("textTrackSettings")?.on("modalclose", () => player.controlBar.getChild("CaptionsMenu")?.menuButton_.focus());
  });
  return player;
}

/**
 * Give the player its chapters: a menu on the bar.
 * @param {any} player
 * @param {Chapter[]} chapters
 * @param {number} duration seconds
 * @param {string} label
 */
export function addChapters(player, chapters, duration, label) {
  if (!chapters.length) return;
  const { track } = player.addRemoteTextTrack({ kind: "chapters", label, srclang: player.language() }, false);
  chapters.forEach(({ start, title }, index) => {
    track.addCue(new window.VTTCue(start, chapters[index + 1]?.start ?? duration, title));
  });
  player.controlBar.getChild("chaptersButton")?.update();
}

/**
 * Say the position in words to who cannot see the bar: "1:20 van 3:00".
 * @param {any} player
 * @param {string} text with %(position)s and %(duration)s
 */
export function sayPosition(player, text) {
  const bar = player.controlBar.progressControl?.seekBar?.el();
  if (!bar) return;
  const say = () =>
    bar.setAttribute("aria-valuetext", fill(text, { position: clockTime(player.currentTime()), duration: clockTime(player.duration() || 0) }));
  player.on(["timeupdate", "seeked", "durationchange"], say);
}
