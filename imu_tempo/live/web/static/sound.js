// Sound: a count through the measured phases, a tone when a target is reached, an alarm at the stop, and the
// velocity read out. Browsers allow none of it before a tap.

import { pref } from "./prefs.js";
import { isOnline, serverNow, state } from "./store.js";

const TONES_HZ = { ecc: 440, bottom: 554, con: 659, top: 554 };
const TICK_S = 0.05;
const OLD_MS = 1500; // news older than this is silent: after a sleep, a screen must not shout of past reps

let audio = null;
let running = null; // the phase that is being counted
let timer = 0;
let lastRep = "";
let lastStop = "";

export function soundOn() {
  return audio !== null && audio.state === "running";
}

// To be called from a tap.
export async function startSound() {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return false;
  audio = audio || new Context();
  await audio.resume();
  tone(659, 0.12);
  if ("speechSynthesis" in window) speechSynthesis.speak(new SpeechSynthesisUtterance(""));
  return soundOn();
}

export async function stopSound() {
  clearTimeout(timer);
  if (audio) await audio.suspend();
  if ("speechSynthesis" in window) speechSynthesis.cancel();
}

// Take in what changed of one bar.
export function hear(id, changed) {
  if (changed.has(`${id}.phase`) || changed.has(`${id}.link`)) follow(id);
  if (changed.has(`${id}.set`)) tellSet(state[`${id}.set`]);
}

// Told by the test of the page, and by nothing else.
export const heardSounds = [];

function note(what) {
  heardSounds.push(what);
  if (heardSounds.length > 200) heardSounds.shift();
}

function follow(id) {
  clearTimeout(timer);
  const phase = state[`${id}.phase`];
  const measured = ["streaming", "replay"].includes(state[`${id}.link`]?.state);
  running = measured && phase && phase.since_ms && phase.name !== "rest" ? { id, name: phase.name, since: phase.since_ms } : null;
  if (!running || !soundOn()) return;
  const target = (state[`${id}.targets`] || []).find((one) => one.phase === running.name);
  const speed = state[`${id}.speed`] || state.speed || 1;
  countFrom(Math.floor(elapsed(speed)) + 1, target, speed);
}

function elapsed(speed) {
  return ((serverNow() - running.since) / 1000) * speed;
}

// A tick a second, from the moment the phase began; the target is a tone of its own.
function countFrom(second, target, speed) {
  const left = ((second - elapsed(speed)) / speed) * 1000;
  timer = setTimeout(() => {
    if (!running || !soundOn()) return;
    const hit = target && target.seconds === second;
    if (hit && pref("target")) {
      tone(TONES_HZ[running.name] * 2, 0.16);
      note("target");
    } else if (pref("count") && isOnline() && (!target || target.seconds === null || second <= target.seconds + 3)) {
      tone(TONES_HZ[running.name], TICK_S);
      note("tick");
    }
    countFrom(second + 1, target, speed);
  }, Math.max(0, left));
}

function tellSet(set) {
  if (!set) return;
  const fresh = set.told_ms && serverNow() - set.told_ms < OLD_MS;
  const rep = set.reps.filter((one) => !one.deleted).at(-1);
  const repKey = rep ? `${set.recording} ${set.set_no} ${rep.no}` : "";
  const stopKey = set.stop ? `${set.recording} ${set.set_no} ${set.stop.rep_no}` : "";
  const newStop = stopKey && stopKey !== lastStop && !set.summary;
  if (fresh && soundOn()) {
    if (newStop && pref("alarm")) alarm();
    if (repKey && repKey !== lastRep && pref("speech")) speak(rep, newStop);
  }
  lastRep = repKey || lastRep;
  lastStop = stopKey || lastStop;
}

function speak(rep, stop) {
  if (!("speechSynthesis" in window) || rep.mcv === null) return;
  const words = new SpeechSynthesisUtterance(`${rep.mcv.toFixed(2)}${stop ? ". Stop." : ""}`);
  words.lang = "en";
  words.rate = 1.15;
  speechSynthesis.cancel(); // the newest rep is the one that counts
  speechSynthesis.speak(words);
  note(`say ${words.text}`);
}

function alarm() {
  [0, 0.22, 0.44].forEach((at) => tone(880, 0.16, at, "square"));
  note("alarm");
}

function tone(hz, seconds, at = 0, type = "sine") {
  const start = audio.currentTime + at;
  const wave = audio.createOscillator();
  const volume = audio.createGain();
  wave.type = type;
  wave.frequency.value = hz;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(type === "square" ? 0.18 : 0.35, start + 0.008);
  volume.gain.setValueAtTime(type === "square" ? 0.18 : 0.35, start + seconds - 0.02);
  volume.gain.linearRampToValueAtTime(0, start + seconds);
  wave.connect(volume).connect(audio.destination);
  wave.start(start);
  wave.stop(start + seconds + 0.02);
}
