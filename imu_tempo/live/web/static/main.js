// The page: which screen is shown, and what changes on it.

import { setIcon, text, attribute } from "./dom.js";
import { drawBarsChoice, hideLive, showLive, shownBars, updateLive } from "./live.js";
import { showPast } from "./past.js";
import { onPref, pref } from "./prefs.js";
import { hideSet, showSet, updateSet } from "./set.js";
import { openSettings, showNames } from "./settings.js";
import { toast } from "./sheet.js";
import { hear, heardSounds, soundOn, startSound, stopSound } from "./sound.js";
import { connect, isOnline, onChange, paints, state, whyOffline } from "./store.js";
import { hideToday, showToday, updateToday } from "./today.js";

const main = document.getElementById("main");
const offline = document.getElementById("offline");
const sound = document.getElementById("sound");
const choice = document.getElementById("bars-choice");
let ready = false;

function route(event) {
  if (!ready) return;
  const [page, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(plain);
  hideLive();
  hideToday();
  hideSet();
  if (event) for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  if (page === "today") showToday(main);
  else if (page === "past") showPast(main);
  else if (page === "set" && rest.length === 2) showSet(main, ...rest);
  else showLive(main);
  const shown = ["today", "past", "set"].includes(page) ? page : "live";
  document.body.dataset.page = shown;
  for (const link of document.querySelectorAll(".tabs a")) {
    attribute(link, "aria-current", link.dataset.page === shown ? "page" : null);
  }
  drawBarsChoice(choice);
  window.scrollTo(0, 0);
}

// An address may have been typed, or made by somebody: what is no text leads nowhere.
function plain(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

onChange((changed, whole) => {
  if (changed.has("online")) drawOnline();
  if (!state.bars) return;
  if (!ready) {
    ready = true;
    route();
  } else {
    updateLive(whole ? null : changed);
    updateToday(changed);
    updateSet(changed);
  }
  drawBarsChoice(choice);
  for (const id of shownBars()) hear(id, changed);
  if (changed.has("notice") && state.notice && !whole) toast(state.notice.text, { alarm: true });
  document.body.toggleAttribute("data-simulated", Boolean(state.simulated));
});

function drawOnline() {
  offline.hidden = isOnline();
  text(offline, isOnline() ? "" : whyOffline());
  document.body.toggleAttribute("data-offline", !isOnline());
}

function drawSound() {
  setIcon(sound.querySelector(".icon"), soundOn() ? "sound-on" : "sound-off");
  attribute(sound, "aria-pressed", String(soundOn()));
}

sound.addEventListener("click", async () => {
  if (soundOn()) await stopSound();
  else if (!(await startSound())) toast("This browser has no sound.", { alarm: true });
  drawSound();
});

onPref((name) => {
  if (name === "theme") drawTheme();
  if (name === "focus") {
    drawBarsChoice(choice);
    updateLive(new Set());
  } else if (name === "unit" || name === "names") route();
});

function drawTheme() {
  document.documentElement.dataset.theme = pref("theme");
}

// A screen that is on for coaching stays on, where the browser knows how.
async function stayAwake() {
  if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // A low battery refuses it; the screen then sleeps as usual.
  }
}

document.getElementById("settings").addEventListener("click", openSettings);
document.addEventListener("visibilitychange", () => {
  stayAwake();
  if (document.visibilityState === "visible") updateLive(null);
});
window.addEventListener("hashchange", route);
setIcon(document.querySelector("#settings .icon"), "settings");
drawTheme();
drawSound();
stayAwake();
if (pref("names")) showNames(true);
connect();

// For measuring and for the tests of the page.
window.imuTempo = { state, paints, heardSounds };
