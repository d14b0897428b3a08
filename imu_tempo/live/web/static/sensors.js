// Sensors: scan, choose, tell which is which, let go.

import { post } from "./api.js";
import { attribute, h, icon, put, replace, text } from "./dom.js";
import { busy, sheet, toast } from "./sheet.js";
import { onChange, state } from "./store.js";

const NEAR_DBM = -60;
const FAR_DBM = -80;
const SHAKEN_MS = 1500;

export function openSensors(bar) {
  if (bar === "replay") return;
  const { dialog, body, foot, close } = sheet(`Sensor of ${state[`${bar}.title`] || `bar ${bar}`}`);
  const now = h("p", { class: "sensor-now" });
  const list = h("ul", { class: "sensors", "aria-live": "polite" });
  const hint = h("p", { class: "quiet" }, "To tell which is which, let one blink, or move a bar that is connected: it lights up here and on its card.");
  const scan = h("button", { type: "button", class: "primary", onclick: () => look() }, "Scan");
  const drop = h("button", { type: "button", class: "button", onclick: () => choose(drop, null) }, "Disconnect");
  const again = h("button", { type: "button", class: "button", onclick: () => reconnect() }, "Reconnect");
  put(body, now, h("div", { class: "moving", "data-bar": bar }, "The bar moves"), list, hint);
  const mine = h("button", { type: "button", class: "button", onclick: () => show(mine, state[`${bar}.link`]) }, icon("bulb"), "Blink");
  put(foot, scan, mine, again, drop);

  const draw = () => {
    const link = state[`${bar}.link`] || { state: "none" };
    text(now, link.words || "No sensor yet.");
    attribute(drop, "hidden", link.sensor ? null : true);
    attribute(mine, "hidden", link.state === "streaming" && link.can_identify ? null : true);
    attribute(dialog.querySelector(".moving"), "hidden", link.state === "streaming" ? null : true);
    attribute(again, "hidden", link.sensor && link.state !== "streaming" ? null : true);
  };
  const watch = (changed) => {
    if (!dialog.isConnected) return;
    draw();
    const phase = state[`${bar}.phase`]?.name;
    if (changed.has(`${bar}.phase`) && (phase === "con" || phase === "ecc")) shake(dialog.querySelector(".moving"));
  };
  const stopWatching = onChange(watch);
  dialog.addEventListener("close", stopWatching);
  draw();

  async function look() {
    replace(list, h("li", { class: "quiet" }, "Listening for sensors"));
    const found = await busy(scan, () => post("/api/scan"));
    replace(list);
    if (!found) return;
    if (!found.length) put(list, h("li", { class: "quiet" }, "No sensor heard. Wake it: most wake when they are moved or tapped."));
    for (const sensor of found) put(list, h("li", { class: "sensor-row" }, row(sensor)));
  }

  function row(sensor) {
    const pick = () => choose(button, sensor);
    const strength = sensor.rssi_dbm > NEAR_DBM ? "near" : sensor.rssi_dbm > FAR_DBM ? "in reach" : "far";
    const facts = [sensor.title, strength, sensor.battery_pct === null ? null : `battery ${sensor.battery_pct} %`, sensor.bar ? `on bar ${sensor.bar}` : null];
    const button = h(
      "button",
      { type: "button", class: "sensor", onclick: pick },
      icon("link"),
      h("span", { class: "sensor-name" }, sensor.label, h("small", {}, facts.filter(Boolean).join(" · ")), h("small", { class: "quiet" }, sensor.address)),
    );
    return sensor.can_identify ? [button, blink(sensor)] : button;
  }

  function blink(sensor) {
    const seen = { sensor: sensor.address, label: sensor.label };
    const button = h("button", { type: "button", class: "button", "aria-label": `Let ${sensor.label} blink`, onclick: () => show(button, seen) }, icon("bulb"), "Blink");
    return button;
  }

  async function show(button, { sensor, label }) {
    await busy(button, async () => {
      await post("/api/identify", { sensor });
      toast(`${label} blinks now.`);
    });
  }

  async function choose(button, sensor) {
    const done = await busy(button, () => post(`/api/bars/${bar}/sensor`, { sensor: sensor?.address || null }));
    if (!done) return;
    if (sensor) close();
    toast(sensor ? `Connecting to ${sensor.label}.` : "Disconnected. What was recorded is kept.");
  }

  async function reconnect() {
    const sensor = state[`${bar}.link`]?.sensor;
    await busy(again, () => post(`/api/bars/${bar}/sensor`, { sensor }));
  }

  if (!state[`${bar}.link`]?.sensor) look();
}

function shake(element) {
  element.classList.add("now");
  clearTimeout(element.timer);
  element.timer = setTimeout(() => element.classList.remove("now"), SHAKEN_MS);
}
