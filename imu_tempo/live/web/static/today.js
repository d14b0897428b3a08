// The day's sets, the newest first.

import { h, replace } from "./dom.js";
import { state } from "./store.js";
import { NOTHING, day, load, number, timeOfDay, who } from "./words.js";

let place = null;

export function showToday(main) {
  place = h("div", { class: "page" });
  replace(main, place);
  updateToday(null);
}

export function hideToday() {
  place = null;
}

export function updateToday(changed) {
  if (!place || (changed && !changed.has("day"))) return;
  const { date, sets } = state.day || { date: null, sets: [] };
  const lowered = sets.reduce((sum, one) => sum + (one.tut_ecc_s || 0), 0);
  const reps = sets.reduce((sum, one) => sum + one.reps, 0);
  const head = h("header", { class: "page-head" }, h("h1", {}, date ? `Today, ${day(date)}` : "Today"));
  if (!sets.length) {
    replace(place, head, h("p", { class: "quiet lead" }, "No set yet. Sets are found by themselves and stand here as soon as they are over."));
    return;
  }
  const sum = h("p", { class: "lead" }, `${sets.length} ${sets.length === 1 ? "set" : "sets"}, ${reps} reps, ${Math.round(lowered)} s of lowering`);
  replace(place, head, sum, setList([...sets].reverse()));
}

export function setList(sets) {
  return h("ol", { class: "set-list" }, sets.map((one) => h("li", {}, setRow(one))));
}

function setRow(one) {
  const what = [who(one.athlete), one.title, load(one.load_kg)].filter(Boolean).join(" · ");
  const facts = [
    ["Reps", one.reps],
    ["Tempo", one.tempo || NOTHING],
    ["Lowering", one.tut_ecc_s === null ? NOTHING : `${number(one.tut_ecc_s, 1)} s`],
    ["Best", one.mcv_best === null ? NOTHING : `${number(one.mcv_best, 2)} m/s`],
    ["Loss", one.loss_pct === null || one.loss_valid === false ? NOTHING : `${Math.round(one.loss_pct)} %`],
    ["Kept", one.compliance_pct === null ? NOTHING : `${Math.round(one.compliance_pct)} %`],
  ];
  return h(
    "a",
    { class: "set-row", href: `#/set/${encodeURIComponent(one.recording)}/${one.set_no}` },
    h("span", { class: "set-what" }, h("strong", {}, one.no ? `${one.no}. ${what}` : what), h("small", {}, [timeOfDay(one.at), one.tempo_target && `target ${one.tempo_target}`, one.edits ? `${one.edits} fixed` : null, one.simulated ? "simulated" : null].filter(Boolean).join(" · "))),
    h("dl", { class: "set-facts" }, facts.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))),
  );
}
