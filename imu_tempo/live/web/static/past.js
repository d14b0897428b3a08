// Past sessions: weeks as trends, days with their sets.

import { get } from "./api.js";
import { trendLine } from "./chart.js";
import { h, put, replace } from "./dom.js";
import { trouble } from "./sheet.js";
import { setList } from "./today.js";
import { day, load, who } from "./words.js";

let turn = 0;

export async function showPast(main) {
  const mine = ++turn;
  const page = h("div", { class: "page" }, h("header", { class: "page-head" }, h("h1", {}, "Past sessions")), h("p", { class: "quiet lead" }, "Reading the history"));
  replace(main, page);
  try {
    const choices = await get("/api/choices");
    if (mine === turn) await draw(page, choices, "", "");
  } catch (error) {
    trouble(error);
  }
}

async function draw(page, choices, athlete, exercise) {
  const mine = ++turn;
  const query = new URLSearchParams();
  if (athlete) query.set("athlete", athlete);
  if (exercise) query.set("exercise", exercise);
  const [days, weeks] = await Promise.all([get(`/api/days?${query}`), get(`/api/weeks?${query}`)]);
  if (mine !== turn || !page.isConnected) return;
  const again = () => draw(page, choices, byAthlete.value, byExercise.value).catch(trouble);
  const byAthlete = h("select", { "aria-label": "Athlete", onchange: again }, h("option", { value: "" }, "Every athlete"), choices.athletes.map((id) => h("option", { value: id, selected: id === athlete }, who(id))));
  const byExercise = h("select", { "aria-label": "Exercise", onchange: again }, h("option", { value: "" }, "Every exercise"), choices.exercises.map((e) => h("option", { value: e.name, selected: e.name === exercise }, e.title)));
  replace(
    page,
    h("header", { class: "page-head" }, h("h1", {}, "Past sessions"), h("div", { class: "filters" }, byAthlete, byExercise)),
    weeks.length ? h("section", { "aria-label": "Trends" }, weeks.map(trends)) : null,
    days.length ? days.map(dayOf) : h("p", { class: "quiet lead" }, "Nothing in the history yet. Every set that is recorded here is kept."),
  );
}

function trends(one) {
  const line = (title, unit, decimals, key) =>
    trendLine({ title, unit, decimals, points: one.weeks.map((week) => ({ value: week[key], label: week.week.slice(5) })) });
  const last = one.weeks.at(-1);
  const at = last?.load_kg ? ` at ${load(last.load_kg)}` : "";
  return put(
    h("article", { class: "panel" }),
    h("h2", {}, [who(one.athlete), one.title].filter(Boolean).join(" · ")),
    h("div", { class: "trends" }, line(`Velocity${at}`, "m/s", 2, "mcv"), line("Estimated 1RM", "kg", 0, "e1rm_kg"), line("Lowering a week", "s", 0, "tut_ecc_s"), line("Tempo kept", "%", 0, "compliance_pct")),
  );
}

function dayOf({ day: date, sets }) {
  return h("section", { class: "past-day" }, h("h2", {}, day(date), " ", h("small", { class: "quiet" }, `${sets.length} ${sets.length === 1 ? "set" : "sets"}`)), setList([...sets].reverse()));
}
