// The four-phase tempo bar. It follows the measured phase: nothing in it runs by itself. While a phase lasts its
// time grows; where a target is set, the bar says when the athlete is early or late.

import { attribute, h, icon, text } from "./dom.js";
import { serverNow } from "./store.js";
import { NOTHING, PHASES, number } from "./words.js";

const VERDICTS = { early: "early", late: "late", ok: "on target" };
const LEAST_SHARE = 1.6; // seconds of width that a phase without a long target still gets
const STEP_MS = 80; // smooth enough for tenths of a second, and a fifth of the work that every frame would be
const REST_S = 4;
const FREE_S = 3; // where no target is set, a phase fills its place in so many seconds

export function tempoBar() {
  const segments = Object.entries(PHASES).map(([name, phase]) => segment(name, phase));
  const element = h("ol", { class: "tempo", "aria-label": "Tempo" }, segments.map((one) => one.element));
  let state = { phase: null, targets: [], speed: 1 };
  let timer = 0;

  function update(phase, targets, speed) {
    state = { phase, targets: targets || [], speed: speed || 1 };
    draw();
  }

  function draw() {
    clearTimeout(timer);
    const { phase, targets } = state;
    const now = phase && phase.since_ms ? ((serverNow() - phase.since_ms) / 1000) * state.speed : 0;
    let moving = false;
    segments.forEach((one, i) => {
      const target = targets[i] || {};
      const active = phase && phase.name === one.name;
      moving = moving || active;
      one.draw(target, active ? Math.max(0, now) : null, phase?.done?.[one.name]);
    });
    attribute(element, "data-active", moving ? phase.name : null);
    if (moving && element.isConnected && !document.hidden) timer = setTimeout(draw, STEP_MS);
  }

  return { element, update };
}

function segment(name, phase) {
  const fill = h("div", { class: "fill" });
  const mark = h("div", { class: "mark" });
  const seconds = h("span", { class: "seconds" });
  const verdict = h("span", { class: "verdict" });
  const target = h("span", { class: "target" });
  const element = h(
    "li",
    { class: "segment", "data-phase": name },
    h("div", { class: "what" }, h("span", { class: "name" }, icon(phase.icon), phase.word), target),
    h("div", { class: "track" }, fill, mark, h("div", { class: "reading" }, seconds, verdict)),
  );

  function draw(asked, running, done) {
    const full = Math.max(asked.seconds || 0, LEAST_SHARE);
    element.style.flexGrow = full;
    text(target, asked.text ? (asked.seconds === null ? asked.text : `${asked.text} s`) : "");
    const shown = running ?? done?.s ?? null;
    const scale = Math.max(asked.high_s || 0, (asked.seconds || FREE_S) * 1.2);
    fill.style.transform = `scaleX(${shown === null ? 0 : Math.min(1, shown / scale)})`;
    mark.style.left = asked.seconds ? `${(100 * asked.seconds) / scale}%` : "100%";
    attribute(mark, "hidden", asked.seconds ? null : true);
    const said = running === null ? done?.verdict || "" : nowVerdict(name, asked, running);
    attribute(element, "data-verdict", said || null);
    attribute(element, "data-on", running === null ? null : true);
    text(seconds, shown === null ? NOTHING : number(shown, 1));
    text(verdict, said && (running === null || said === "late") ? words(said, asked, shown) : "");
  }

  return { element, name, draw };
}

// A phase that still lasts can only be late; that it was early shows when it ends. A pause that goes on and on is
// the end of the set.
function nowVerdict(name, asked, running) {
  if (asked.high_s === null || asked.high_s === undefined) return "";
  if ((name === "top" || name === "bottom") && running > asked.high_s + REST_S) return "";
  if (running > asked.high_s) return "late";
  return running >= asked.low_s ? "ok" : "";
}

function words(said, asked, shown) {
  if (said === "ok" || asked.seconds === null || asked.seconds === undefined) return VERDICTS[said];
  const by = shown - asked.seconds;
  return `${by > 0 ? "+" : "−"}${Math.abs(by).toFixed(1)} ${VERDICTS[said]}`;
}
