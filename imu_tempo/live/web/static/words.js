// Numbers and names as coaches read them.

import { pref } from "./prefs.js";

const LB_KG = 0.45359237;
export const NOTHING = "–";

export function number(value, decimals) {
  return value === null || value === undefined ? NOTHING : value.toFixed(decimals);
}

export function load(kg) {
  if (kg === null || kg === undefined) return "";
  return `${trim(toUnit(kg))} ${pref("unit")}`;
}

export function toUnit(kg) {
  return pref("unit") === "lb" ? kg / LB_KG : kg;
}

export function fromUnit(value) {
  return pref("unit") === "lb" ? value * LB_KG : value;
}

// 100 and 62.5, never 62.499999.
export function trim(value) {
  return String(Math.round(value * 10) / 10);
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
  return `${minutes}:${two(whole % 60)}`;
}

function two(value) {
  return String(value).padStart(2, "0");
}

export function timeOfDay(iso) {
  return iso ? iso.slice(11, 16) : "";
}

export function day(iso) {
  const date = new Date(`${iso}T12:00:00`);
  return date.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" });
}

export const PHASES = {
  ecc: { word: "Lower", icon: "lower" },
  bottom: { word: "Bottom", icon: "pause" },
  con: { word: "Lift", icon: "lift" },
  top: { word: "Top", icon: "pause" },
};

let names = {};

export function setNames(found) {
  names = found;
}

export function who(athlete) {
  if (!athlete) return "";
  return (pref("names") && Object.hasOwn(names, athlete) && names[athlete]) || athlete;
}

export function setupLine(setup) {
  if (!setup) return "";
  // No line break inside a tempo.
  const parts = [who(setup.athlete), setup.exercise_title, load(setup.load_kg), setup.tempo_shown?.replaceAll("-", "\u2011"), setup.protocol_title];
  return parts.filter(Boolean).join(" · ");
}
