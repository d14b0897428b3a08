// What is lifted from now on: athlete, exercise, load, tempo or protocol, when to stop.

import { get, post } from "./api.js";
import { attribute, h, icon, put, replace, text } from "./dom.js";
import { pref, setPref } from "./prefs.js";
import { busy, sheet, toast, trouble } from "./sheet.js";
import { state } from "./store.js";
import { fromUnit, toUnit, trim, who } from "./words.js";

const STEPS = { kg: 2.5, lb: 5 };
const LOSSES = [0, 10, 15, 20, 25, 30, 40];
const RESERVES = [1, 2, 3, 4];

export async function openSetup(bar) {
  if (bar === "replay") return;
  const chosen = { ...state[`${bar}.setup`] };
  const { body, foot, close } = sheet(`${state[`${bar}.title`] || `Bar ${bar}`}: what is lifted`, { wide: true });
  put(body, h("p", { class: "quiet" }, "Loading"));
  let known;
  try {
    known = await get("/api/choices");
  } catch (error) {
    trouble(error);
    close();
    return;
  }

  const athlete = h("input", { id: "athlete", list: "athletes", value: chosen.athlete || "", maxlength: 40, autocomplete: "off", placeholder: "Id, such as A12" });
  const athletes = h("datalist", { id: "athletes" }, known.athletes.map((id) => h("option", { value: id }, who(id))));
  const quick = h("div", { class: "chips" }, known.athletes.slice(0, 12).map((id) => h("button", { type: "button", class: "chip", onclick: () => (athlete.value = id) }, who(id))));

  const exercise = h("select", { id: "exercise" }, known.exercises.map((e) => h("option", { value: e.name, selected: e.name === chosen.exercise }, e.title)));

  const amount = h("input", { id: "load", inputmode: "decimal", autocomplete: "off", value: chosen.load_kg === null ? "" : trim(toUnit(chosen.load_kg)) });
  const step = (sign) => () => {
    const now = Number(amount.value.replace(",", ".")) || 0;
    amount.value = trim(Math.max(0, now + sign * STEPS[pref("unit")]));
  };
  const unit = h("button", { type: "button", class: "unit-switch", onclick: () => switchUnit() }, pref("unit"));
  attribute(unit, "aria-label", "Unit of the load");
  function switchUnit() {
    const kg = readLoad();
    setPref("unit", pref("unit") === "kg" ? "lb" : "kg");
    text(unit, pref("unit"));
    if (kg !== null) amount.value = trim(toUnit(kg));
  }
  function readLoad() {
    const typed = amount.value.trim().replace(",", ".");
    if (!typed) return null;
    const value = Number(typed);
    return Number.isFinite(value) ? Math.round(fromUnit(value) * 1000) / 1000 : NaN;
  }

  const tempo = h("input", { id: "tempo", value: chosen.tempo || "", maxlength: 40, autocomplete: "off", placeholder: "Such as 3-1-X-1" });
  const presets = h("div", { class: "chips" }, known.tempos.map((p) => h("button", { type: "button", class: "chip", onclick: () => (tempo.value = p.tempo) }, h("strong", {}, p.tempo), h("small", {}, p.title))));
  const loss = h("select", { id: "stop-loss" }, LOSSES.map((pct) => h("option", { value: pct, selected: (chosen.stop_loss_pct || 0) === pct }, pct ? `${pct} % velocity loss` : "No stop rule")), RESERVES.map((reps) => h("option", { value: `reserve ${reps}`, selected: chosen.stop_reserve_reps === reps }, `${reps} ${reps === 1 ? "rep" : "reps"} in reserve, by own sets to failure`)));
  const ownTempo = h("div", { class: "own-tempo" }, h("div", {}, field("Tempo", tempo, "Lowering, bottom, lifting, top, in seconds; X lifts as fast as possible.")), h("div", {}, field("Stop at", loss, "Only where the lifting is as fast as possible.")), presets);

  const protocol = h("select", { id: "protocol" }, h("option", { value: "" }, "None: own tempo"), known.protocols.map((p) => h("option", { value: p.name, selected: p.name === chosen.protocol }, `${p.title} (${p.tempo})`)));
  const purpose = h("p", { class: "quiet" });
  const follow = () => {
    const found = known.protocols.find((p) => p.name === protocol.value);
    attribute(ownTempo, "hidden", found ? true : null);
    text(purpose, found ? `${found.purpose} ${found.sets} sets of ${found.reps} reps.${found.clinician ? " For use under a clinician." : ""}` : "");
  };
  protocol.addEventListener("change", follow);
  follow();

  replace(
    body,
    h(
      "form",
      { class: "setup-form", onsubmit: (event) => event.preventDefault() },
      h("div", { class: "field-group" }, field("Athlete", athlete), athletes, quick),
      h("div", { class: "field-group" }, field("Exercise", exercise)),
      h("div", { class: "field-group" }, h("label", { for: "load" }, "Load"), h("div", { class: "stepper" }, h("button", { type: "button", "aria-label": "Lighter", onclick: step(-1) }, icon("minus")), amount, h("button", { type: "button", "aria-label": "Heavier", onclick: step(1) }, icon("plus")), unit)),
      h("div", { class: "field-group" }, field("Protocol", protocol), purpose),
      h("div", { class: "field-group whole" }, ownTempo),
    ),
  );
  const save = h("button", { type: "button", class: "primary", onclick: () => busy(save, send) }, "Use this");
  put(foot, save);

  async function send() {
    const kg = readLoad();
    if (Number.isNaN(kg)) throw new Error("The load is no number: write it such as 62.5.");
    await post(`/api/bars/${bar}/setup`, {
      athlete: athlete.value.trim() || null,
      exercise: exercise.value,
      load_kg: kg,
      tempo: protocol.value ? null : tempo.value.trim() || null,
      protocol: protocol.value || null,
      stop_loss_pct: protocol.value || loss.value.startsWith("reserve") ? null : Number(loss.value),
      stop_reserve_reps: !protocol.value && loss.value.startsWith("reserve") ? Number(loss.value.split(" ")[1]) : null,
    });
    close();
    toast("From now on this is what is lifted.");
  }
}

function field(label, input, help) {
  const id = help ? `${input.id}-help` : null;
  if (id) input.setAttribute("aria-describedby", id);
  return [h("label", { for: input.id }, label), input, help && h("p", { class: "quiet help", id }, help)];
}
