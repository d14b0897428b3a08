// Figures: a bar per rep, a line over weeks, the path of a set.

import { h, put, s } from "./dom.js";
import { NOTHING, number } from "./words.js";

const SLOTS = 6; // a set shows at least so many places, so that the first rep is not as wide as the screen

// A bar per rep: height is velocity, below it the seconds of lowering. Each is a button that opens the rep.
export function repBars(onRep) {
  const list = h("ol", { class: "reps", "aria-label": "Reps" });
  const lines = h("div", { class: "lines", "aria-hidden": "true" });
  const element = h("div", { class: "rep-chart" }, lines, list);

  function update(set) {
    const reps = set?.reps || [];
    const top = Math.max(0.1, ...reps.map((rep) => rep.mcv || 0));
    list.style.setProperty("--slots", Math.max(SLOTS, reps.length));
    const stop = set?.stop?.rep_no ?? set?.summary?.stop_rep ?? 0;
    reps.forEach((rep, i) => {
      const old = list.children[i];
      const made = bar(rep, top, stop === rep.no && stop > 0, onRep && (() => onRep(rep)));
      if (!old) list.append(made);
      else if (old.dataset.as !== made.dataset.as) {
        const focused = old.contains(document.activeElement);
        old.replaceWith(made);
        if (focused) made.querySelector("button")?.focus();
      }
    });
    while (list.children.length > reps.length) list.lastChild.remove();
    drawLines(lines, set, top);
  }

  return { element, update };
}

function bar(rep, top, isStop, open) {
  const height = rep.mcv ? (100 * rep.mcv) / top : 0;
  const classes = ["rep", rep.deleted && "deleted", isStop && "stop", rep.partial && "partial", rep.assisted && "assisted"];
  const column = h("span", { class: "column" });
  column.style.height = `${height}%`;
  const mcv = h("span", { class: "mcv" }, number(rep.mcv, 2));
  mcv.style.bottom = `${height}%`;
  const was = Object.entries(rep.was || {});
  const badges = [
    isStop && h("span", { class: "badge stop-badge" }, "STOP"),
    rep.partial && h("span", { class: "badge" }, "½"),
    rep.assisted && h("span", { class: "badge" }, "A"),
    was.length > 0 && h("span", { class: "badge revised", title: revisedWords(rep) }, "rev"),
  ];
  const inside = [
    h("span", { class: "plot" }, column, mcv, badges.some(Boolean) && h("span", { class: "badges" }, badges)),
    h("span", { class: "ecc", "data-verdict": rep.ecc || null }, rep.ecc_s === null ? NOTHING : `${number(rep.ecc_s, 1)} s`),
    h("span", { class: "no" }, rep.no),
  ];
  const label = repWords(rep, isStop);
  const face = open ? h("button", { type: "button", "aria-label": label, onclick: open }, inside) : h("div", { role: "img", "aria-label": label }, inside);
  const element = h("li", { class: classes.filter(Boolean).join(" ") }, face);
  element.dataset.as = JSON.stringify([rep, top, isStop]);
  return element;
}

export function repWords(rep, isStop = false) {
  const parts = [`Rep ${rep.no}`, `${number(rep.mcv, 2)} metres per second`];
  if (rep.ecc_s !== null) parts.push(`lowered in ${number(rep.ecc_s, 1)} seconds`);
  if (rep.ecc && rep.ecc !== "ok") parts.push(rep.ecc);
  if (rep.loss_pct) parts.push(`${Math.round(rep.loss_pct)} percent loss`);
  if (rep.notes) parts.push(rep.notes);
  if (rep.was && Object.keys(rep.was).length) parts.push(revisedWords(rep));
  if (isStop) parts.push("stop was reached here");
  return parts.join(", ");
}

export function revisedWords(rep) {
  const was = rep.was || {};
  const parts = [];
  if (was.mcv_mps !== undefined) parts.push(`${number(was.mcv_mps, 2)} m/s`);
  if (was.ecc_s !== undefined) parts.push(`${number(was.ecc_s, 1)} s of lowering`);
  return parts.length ? `corrected from ${parts.join(" and ")}` : "corrected";
}

function drawLines(place, set, top) {
  place.replaceChildren();
  if (!set?.limit_mps) return;
  const line = h("div", { class: "limit" }, h("span", {}, `−${Math.round(set.limit_pct)} %`));
  line.style.bottom = `${(100 * set.limit_mps) / top}%`;
  place.append(line);
}

// A small line over weeks, with its last value told.
export function trendLine({ title, unit, decimals, points }) {
  const known = points.filter((point) => point.value !== null && point.value !== undefined);
  const last = known[known.length - 1];
  const first = known[0];
  const head = h(
    "figcaption",
    {},
    h("span", { class: "trend-title" }, title),
    h("span", { class: "trend-now" }, last ? `${last.value.toFixed(decimals)} ${unit}` : NOTHING),
  );
  const figure = h("figure", { class: "trend" }, head);
  if (known.length < 2) return put(figure, h("p", { class: "quiet" }, known.length ? "One week so far." : "Nothing yet."));
  const low = Math.min(...known.map((p) => p.value));
  const high = Math.max(...known.map((p) => p.value));
  const x = (i) => 4 + (292 * i) / (points.length - 1);
  const y = (v) => 70 - (60 * (v - low)) / (high - low || 1);
  const drawn = points.map((p, i) => [x(i), p.value]).filter(([, v]) => v !== null && v !== undefined);
  const words = `${title}: from ${first.value.toFixed(decimals)} to ${last.value.toFixed(decimals)} ${unit} in ${known.length} weeks`;
  const svg = s(
    "svg",
    { viewBox: "0 0 300 80", preserveAspectRatio: "none", role: "img", "aria-label": words },
    s("path", { class: "trend-path", d: drawn.map(([px, v], i) => `${i ? "L" : "M"}${px.toFixed(1)} ${y(v).toFixed(1)}`).join("") }),
    drawn.map(([px, v]) => s("circle", { class: "trend-dot", cx: px, cy: y(v), r: 4 })),
  );
  const range = h("div", { class: "trend-range" }, h("span", {}, first.label), h("span", {}, last.label));
  return put(figure, svg, range);
}

// Height over time of a set, its lowerings and lifts in their colours.
export function path(trace, reps) {
  const { t_s: times, pos_m: heights } = trace;
  if (times.length < 2) return null;
  const start = times[0];
  const span = times[times.length - 1] - start;
  const low = Math.min(...heights);
  const high = Math.max(...heights);
  const x = (t) => (1000 * (t - start)) / span;
  const y = (v) => 210 - (200 * (v - low)) / (high - low || 1);
  const d = times.map((t, i) => `${i ? "L" : "M"}${x(t).toFixed(1)} ${y(heights[i]).toFixed(1)}`).join("");
  const words = `Height of the bar over ${span.toFixed(0)} seconds, ${reps} reps, ${((high - low) * 100).toFixed(0)} centimetres`;
  const figure = h("figure", { class: "path" }, h("figcaption", {}, "Height of the bar ", h("span", { class: "quiet" }, `${((high - low) * 100).toFixed(0)} cm, ${span.toFixed(0)} s`)));
  return put(figure, s("svg", { viewBox: "0 0 1000 220", preserveAspectRatio: "none", role: "img", "aria-label": words }, s("path", { class: "path-line", d })));
}

