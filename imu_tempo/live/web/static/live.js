// What a coach sees during a set and between two: a card per bar.

import { post } from "./api.js";
import { repBars, revisedWords } from "./chart.js";
import { attribute, h, icon, put, replace, setIcon, text } from "./dom.js";
import { pref, setPref } from "./prefs.js";
import { openRep } from "./rep.js";
import { openSensors } from "./sensors.js";
import { openSetup } from "./setup.js";
import { busy } from "./sheet.js";
import { isOnline, serverNow, state } from "./store.js";
import { tempoBar } from "./tempo.js";
import { NOTHING, clock, number, setupLine } from "./words.js";

const LINKS = {
  none: ["No sensor", "off"],
  searching: ["Looking", "warn"],
  connecting: ["Connecting", "warn"],
  streaming: ["Linked", "ok"],
  reconnecting: ["Link lost", "bad"],
  lost: ["Link lost", "bad"],
  replay: ["Replay", "ok"],
};
const SIGNALS = { ok: "Signal good", warn: "Gaps", bad: "Many gaps", none: "No signal" };
const LOW_BATTERY_PCT = 20;
const TALL_REST_S = 3600;

let cards = {};
let place = null;

export function showLive(main) {
  cards = {};
  place = h("div", { class: "bars" });
  replace(main, h("h1", { class: "unseen" }, "Live"), place);
  updateLive(null);
}

export function hideLive() {
  place = null;
  cards = {};
}

// Which bars are on this screen: what was chosen, else those that have a sensor.
export function shownBars() {
  if (state["replay.link"]) return ["replay"];
  const bars = state.bars || [];
  const focus = pref("focus");
  if (focus === "all") return bars;
  if (bars.includes(focus)) return [focus];
  const used = bars.filter((id) => state[`${id}.link`]?.sensor);
  return used.length ? used : bars.slice(0, 1);
}

export function drawBarsChoice(element) {
  const bars = state.bars || [];
  if (bars.length < 2 || state["replay.link"]) return replace(element);
  const shown = shownBars();
  const options = [...bars.map((id) => [id, state[`${id}.title`] || `Bar ${id}`]), ["all", "Both"]];
  const chosen = shown.length > 1 ? "all" : shown[0];
  const key = JSON.stringify([options, chosen]);
  if (element.dataset.as === key) return element;
  element.dataset.as = key;
  const button = ([id, word]) =>
    h("button", { type: "button", "aria-pressed": String(id === chosen), onclick: () => setPref("focus", id) }, word);
  return replace(element, options.map(button));
}

export function updateLive(changed) {
  if (!place) return;
  const shown = shownBars();
  if (Object.keys(cards).join() !== shown.join()) {
    cards = Object.fromEntries(shown.map((id) => [id, card(id)]));
    replace(place, Object.values(cards).map((one) => one.element));
    attribute(place, "data-count", shown.length);
    changed = null;
  }
  for (const [id, one] of Object.entries(cards)) {
    const parts = changed && [...changed].filter((key) => key.startsWith(`${id}.`)).map((key) => key.slice(id.length + 1));
    if (!parts || parts.length || changed.has("speed")) one.update(parts);
    if (changed?.has("online")) one.update(["link"]);
  }
}

function card(id) {
  const of = (name) => state[`${id}.${name}`];
  const title = h("h2", {});
  const setup = h("button", { type: "button", class: "setup-button", onclick: () => openSetup(id) });
  const lights = ["link", "battery", "signal"].map((name) => light(name, () => openSensors(id)));
  const velocity = h("output", { class: "velocity" });
  const unit = h("span", { class: "unit" }, "m/s");
  const revised = h("p", { class: "revised-note", hidden: true });
  const count = h("span", { class: "count" });
  const loss = h("span", { class: "loss" });
  const lossLabel = h("span", { class: "label" }, "Loss");
  const ecc = h("span", { class: "ecc-now" });
  const stop = h("p", { class: "stop-banner", role: "alert", hidden: true });
  const rest = h("div", { class: "rest", hidden: true });
  const restClock = h("span", { class: "rest-clock", role: "timer" });
  const restWords = h("span", { class: "label" });
  put(rest, restWords, restClock);
  const tempo = tempoBar();
  const chart = repBars((rep) => openRep(of("set"), rep, id));
  const after = h("div", { class: "after", hidden: true });
  const note = h("p", { class: "quiet note" });
  const empty = h("div", { class: "no-sensor", hidden: true });

  const hero = h(
    "div",
    { class: "hero" },
    h("div", { class: "hero-velocity" }, h("span", { class: "label" }, "Last rep"), h("div", { class: "big" }, velocity, unit), revised),
    h(
      "div",
      { class: "hero-side" },
      h("div", { class: "fact" }, h("span", { class: "label" }, "Reps"), count),
      h("div", { class: "fact" }, h("span", { class: "label" }, "Lowered"), ecc),
      h("div", { class: "fact" }, lossLabel, loss),
    ),
  );
  const element = h(
    "section",
    { class: "card", "aria-label": `Bar ${id}` },
    h("header", { class: "card-head" }, title, setup, h("div", { class: "lights" }, lights.map((one) => one.element))),
    empty,
    h("div", { class: "working" }, note, stop, h("div", { class: "numbers" }, hero, rest), tempo.element, chart.element, after),
  );

  function update(parts) {
    const has = (name) => !parts || parts.includes(name);
    if (has("title")) text(title, of("title") || `Bar ${id}`);
    if (has("setup")) drawSetup();
    if (["link", "battery", "signal", "known", "set"].some(has)) drawLights();
    if (has("link")) drawEmpty();
    if (has("phase") || has("targets") || has("link")) drawTempo();
    if (has("set") || has("phase")) drawSet();
    if (has("phase")) attribute(element, "data-phase", of("phase")?.name || "rest");
  }

  // A phase that nobody measures any more does not go on: neither without the sensor nor without the server.
  function drawTempo() {
    const measured = isOnline() && ["streaming", "replay"].includes(of("link")?.state);
    tempo.update(measured ? of("phase") : null, of("targets"), of("speed") || state.speed);
  }

  function drawSetup() {
    const chosen = of("setup");
    replace(setup, h("span", {}, setupLine(chosen) || "Choose what is lifted"), icon("edit"));
    attribute(setup, "disabled", id === "replay" ? true : null);
  }

  function drawLights() {
    const link = of("link") || { state: "none" };
    const [linkWord, linkLevel] = LINKS[link.state] || LINKS.none;
    lights[0].update(linkWord, linkLevel, "link");
    const pct = of("battery")?.pct;
    const known = pct !== undefined && link.state === "streaming";
    lights[1].update(known ? `${pct} %` : "Battery", known ? (pct < LOW_BATTERY_PCT ? "bad" : "ok") : "off", "battery");
    const signal = of("signal") || {};
    const level = link.state === "streaming" ? signal.level || "none" : "none";
    lights[2].update(SIGNALS[level], level === "none" ? "off" : level, "signal");
    const away = link.state === "lost" || link.state === "reconnecting";
    const recalled = of("set") ? "" : (of("known") || []).join("; ");
    text(note, away ? link.words : level === "ok" ? recalled : signal.remarks?.at(-1)?.detail);
    attribute(note, "data-away", away ? true : null);
  }

  function drawEmpty() {
    const link = of("link") || { state: "none" };
    const none = link.state === "none" && !of("set");
    attribute(element, "data-empty", none ? true : null);
    attribute(empty, "hidden", none ? null : true);
    if (!none) return replace(empty);
    const connect = h("button", { type: "button", class: "primary huge", onclick: () => openSensors(id) }, icon("link"), "Connect a sensor");
    return replace(empty, h("p", {}, "Clip the sensor to the bar, wake it, and connect it here."), connect);
  }

  function drawSet() {
    const set = of("set");
    const reps = (set?.reps || []).filter((rep) => !rep.deleted);
    const last = reps.at(-1);
    text(velocity, last ? number(last.mcv, 2) : NOTHING);
    text(count, set ? reps.length : 0);
    text(ecc, last?.ecc_s === null || !last ? NOTHING : `${number(last.ecc_s, 1)} s`);
    attribute(ecc, "data-verdict", last?.ecc || null);
    const lost = last?.loss_pct;
    text(loss, set && !set.all_out ? "paced" : lost === null || lost === undefined ? NOTHING : `${Math.round(lost)} %`);
    attribute(loss, "data-over", set?.limit_pct && lost >= set.limit_pct ? true : null);
    const corrected = last?.was && Object.keys(last.was).length > 0;
    attribute(revised, "hidden", corrected || set?.removed?.length ? null : true);
    const removed = set?.removed?.length ? `rep ${set.removed.at(-1)} was none and is removed` : "";
    text(revised, corrected ? revisedWords(last) : removed);
    attribute(stop, "hidden", set?.stop && !set.summary ? null : true);
    attribute(element, "data-stop", set?.stop && !set.summary ? true : null);
    if (set?.stop && !set.summary) replace(stop, icon("octagon"), h("strong", {}, "Stop"), h("span", {}, set.stop.detail));
    chart.update(set);
    drawAfter(set);
    tick();
  }

  function drawAfter(set) {
    const done = set?.summary;
    attribute(after, "hidden", done ? null : true);
    attribute(element, "data-over", done ? true : null);
    if (!done) return replace(after);
    const facts = [
      ["Tempo", done.tempo || NOTHING, done.tempo_target ? `target ${done.tempo_target}` : ""],
      ["Eccentric TUT", done.tut_ecc_s === null ? NOTHING : `${number(done.tut_ecc_s, 1)} s`, done.tut_ecc_sd_s ? `± ${number(done.tut_ecc_sd_s, 1)} s` : ""],
      ["Velocity", `${number(done.mcv_best, 2)} → ${number(done.mcv_last, 2)}`, "m/s, best to last"],
      done.loss_valid ? ["Loss", done.loss_pct === null ? NOTHING : `${Math.round(done.loss_pct)} %`, ""] : null,
      done.compliance_pct === null ? null : ["Tempo kept", `${Math.round(done.compliance_pct)} %`, ""],
    ].filter(Boolean);
    const open = h("a", { class: "button", href: `#/set/${encodeURIComponent(set.recording)}/${done.set_no}` }, "Set summary");
    const end = id === "replay" ? stopReplay() : null;
    return replace(
      after,
      h("dl", { class: "facts" }, facts.map(([label, value, small]) => h("div", {}, h("dt", {}, label), h("dd", {}, value, small && h("small", {}, small))))),
      h("div", { class: "after-buttons" }, open, end),
    );
  }

  // The rest timer runs from the end of the last rep, as soon as the bar is at rest.
  function tick() {
    const set = of("set");
    const ended = set?.summary ? set.ended_ms : null;
    const seconds = ended ? ((serverNow() - ended) / 1000) * (of("speed") || state.speed || 1) : 0;
    const resting = ended && seconds < TALL_REST_S && id !== "replay";
    attribute(rest, "hidden", resting ? null : true);
    if (!resting) return;
    const asked = of("setup")?.rest_s;
    text(restWords, asked ? `Rest, of ${clock(asked)}` : "Rest");
    attribute(rest, "data-done", asked && seconds >= asked ? true : null);
    text(restClock, clock(seconds));
  }

  if (id === "replay") put(element.querySelector(".card-head"), stopReplay());
  return { element, update, tick };
}

function stopReplay() {
  const end = () => busy(button, () => post("/api/replay", { recording: "-", pace: 0 }));
  const button = h("button", { type: "button", class: "button", onclick: end }, icon("stop"), "End replay");
  return button;
}

function light(name, open) {
  const mark = h("span", { class: "light-icon" });
  const word = h("span", { class: "light-word" });
  const element = h("button", { type: "button", class: "light", "data-light": name, onclick: open }, mark, word);
  function update(words, level, shape) {
    setIcon(mark, shape);
    text(word, words);
    attribute(element, "data-level", level);
    attribute(element, "aria-label", `${name}: ${words}`);
  }
  return { element, update };
}

setInterval(() => {
  for (const one of Object.values(cards)) one.tick();
}, 500);

