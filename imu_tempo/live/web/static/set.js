// One set on one screen: its numbers, what they say, its reps, and what can be done with the recording.

import { get, post } from "./api.js";
import { path, repBars } from "./chart.js";
import { h, icon, put, replace } from "./dom.js";
import { openRep, undo } from "./rep.js";
import { busy, sheet, trouble } from "./sheet.js";
import { state } from "./store.js";
import { NOTHING, PHASES, load, number, timeOfDay, who } from "./words.js";

const KINDS = [
  ["report", "Report, to read and print"],
  ["csv", "CSV"],
  ["excel", "CSV for Excel"],
  ["json", "JSON, everything"],
  ["parquet", "Parquet"],
];

let open = null;

export async function showSet(main, key, setNo) {
  open = { main, key, setNo: Number(setNo) };
  replace(main, h("div", { class: "page" }, h("p", { class: "quiet lead" }, "Reading the recording")));
  await read();
}

export function hideSet() {
  open = null;
}

// An edit, here or on another screen, changes the day's list: then this is read again.
export function updateSet(changed) {
  if (open && changed.has("day")) read();
}

async function read() {
  const mine = open;
  try {
    const found = await get(`/api/recordings/${encodeURIComponent(mine.key)}`);
    if (mine !== open) return;
    const one = found.sets.find((set) => set.set_no === mine.setNo) || found.sets[0];
    if (!one) {
      replace(mine.main, h("div", { class: "page" }, back(), h("p", { class: "lead" }, "This recording holds no set any more."), found.edits.length ? undoButton(found) : null));
      return;
    }
    const standing = await get(`/api/standing?${new URLSearchParams({ athlete: one.athlete, exercise: one.exercise })}`);
    if (mine === open) draw(mine.main, found, one, standing);
  } catch (error) {
    trouble(error);
  }
}

function back() {
  return h("button", { type: "button", class: "button", onclick: () => history.back() }, icon("back"), "Back");
}

function draw(main, found, one, standing) {
  const title = [who(one.athlete), one.title, load(one.load_kg)].filter(Boolean).join(" · ");
  const chart = repBars((rep) => openRep({ recording: found.recording }, rep, "set"));
  chart.update({ ...one, reps: one.reps_list, stop: null, summary: one });
  const others = found.sets.length > 1 ? h("nav", { class: "chips", "aria-label": "Sets of this recording" }, found.sets.map((set) => h("a", { class: "chip", href: `#/set/${encodeURIComponent(found.recording)}/${set.set_no}`, "aria-current": set.set_no === one.set_no ? "page" : null }, `Set ${set.set_no}`))) : null;
  const numbers = (state.day?.sets || []).find((set) => set.recording === found.recording && set.set_no === one.set_no);
  replace(
    main,
    h(
      "div",
      { class: "page" },
      h("header", { class: "page-head" }, back(), h("div", {}, h("h1", {}, title), h("p", { class: "quiet" }, [numbers && `Set ${numbers.no} of the day`, timeOfDay(one.at), found.sensor, found.simulated && "simulated: nobody lifted this"].filter(Boolean).join(" · "))), h("div", { class: "actions" }, found.edits.length ? undoButton(found) : null, replayButton(found), exportButton(found))),
      others,
      h("dl", { class: "tiles" }, [...one.tiles, ...extraTiles(one, standing)].map((tile) => h("div", {}, h("dt", {}, tile.label), h("dd", {}, tile.value, tile.note && h("small", {}, tile.note))))),
      h("div", { class: "set-body" }, h("section", { class: "panel", "aria-label": "Reps" }, chart.element, h("p", { class: "quiet" }, "Tap a rep to see all of it, or to fix it.")), h("section", { class: "panel words" }, h("h2", {}, "What it says"), h("ul", {}, one.sentences.map((words) => h("li", {}, words)), standing.dose?.sentence && h("li", {}, standing.dose.sentence)), phases(one), fatigue(one))),
      path(one.trace, one.reps),
      repTable(one, found),
      notReps(found),
    ),
  );
}

function extraTiles(one, standing) {
  const tiles = [];
  const { dose } = one;
  if (dose.exposure_kgs !== null) tiles.push({ label: "Eccentric dose", value: `${dose.exposure_kgs} kg s`, note: dose.work_j === null ? "" : `${dose.work_j} J absorbed by the lowering` });
  const strength = standing.e1rm;
  if (strength) tiles.push({ label: "Estimated 1RM", value: load(strength.kg), note: strength.low_kg === null ? `${strength.loads} loads` : `${load(strength.low_kg)} to ${load(strength.high_kg)}, ${strength.loads} loads` });
  else tiles.push({ label: "Estimated 1RM", value: NOTHING, note: one.athlete ? "needs two or more loads lifted all out" : "needs an athlete" });
  if (standing.dose) tiles.push({ label: "Lowering today", value: `${standing.dose.tut_ecc_s} s`, note: `${standing.dose.sets} ${standing.dose.sets === 1 ? "set" : "sets"}${standing.dose.novel ? ", new for this athlete" : ""}` });
  return tiles;
}

function phases(one) {
  if (!one.phases.length) return null;
  return h("table", { class: "small-table" }, h("caption", {}, "Tempo kept, by phase"), h("tbody", {}, one.phases.map((p) => h("tr", {}, h("th", { scope: "row" }, PHASES[p.phase].word), h("td", {}, `${p.inside} of ${p.scored}`), h("td", {}, p.error_s === null ? "" : `${p.error_s > 0 ? "+" : "−"}${Math.abs(p.error_s).toFixed(1)} s on average`)))));
}

function fatigue(one) {
  if (!one.fatigue.length) return null;
  return h("details", {}, h("summary", {}, `Signs of fatigue (${one.fatigue.length})`), h("ul", {}, one.fatigue.map((sign) => h("li", {}, sign.sentence, " ", h("small", { class: "quiet" }, sign.evidence)))));
}

function repTable(one, found) {
  const head = ["Rep", "Lower s", "Bottom s", "Lift s", "Top s", "m/s", "± m/s", "Peak m/s", "cm", "Loss", ""];
  const row = (rep) => [rep.no, number(rep.ecc_s, 2), number(rep.bottom_s, 2), number(rep.con_s, 2), number(rep.top_s, 2), number(rep.mcv, 2), number(rep.mcv_sd, 3), number(rep.pcv, 2), rep.rom_m === null ? NOTHING : Math.round(rep.rom_m * 100), rep.loss_pct === null ? NOTHING : `${Math.round(rep.loss_pct)} %`, rep.notes];
  return h("div", { class: "panel scroll", tabindex: "0", role: "region", "aria-label": "All numbers of the reps" }, h("table", { class: "rep-table" }, h("thead", {}, h("tr", {}, head.map((word) => h("th", { scope: "col" }, word)))), h("tbody", {}, one.reps_list.map((rep) => h("tr", {}, row(rep).map((value) => h("td", {}, value)))))), found.edits.length ? h("p", { class: "quiet" }, `Fixed by hand: ${found.edits.join("; ")}.`) : null);
}

function notReps(found) {
  if (!found.rejected.length) return null;
  return h("details", { class: "panel" }, h("summary", {}, `Movements that are no reps (${found.rejected.length})`), h("ul", {}, found.rejected.map((one) => h("li", {}, `${number(one.start_s, 1)} to ${number(one.end_s, 1)} s: ${one.reason}`))));
}

function undoButton(found) {
  return h("button", { type: "button", class: "button", onclick: () => undo(found.recording) }, icon("undo"), "Undo last fix");
}

function replayButton(found) {
  const play = () =>
    busy(button, async () => {
      await post("/api/replay", { recording: found.recording, pace: 1 });
      location.hash = "#/live";
    });
  const button = h("button", { type: "button", class: "button", onclick: play }, icon("play"), "Replay");
  return button;
}

function exportButton(found) {
  const show = () => {
    const { body } = sheet("Export");
    put(body, h("ul", { class: "sensors" }, KINDS.map(([kind, word]) => h("li", {}, h("a", { class: "sensor", href: `/api/recordings/${encodeURIComponent(found.recording)}/export/${kind}`, download: "" }, icon("down"), word)))));
  };
  return h("button", { type: "button", class: "button", onclick: show }, icon("down"), "Export");
}
