// What this screen does: theme, unit, sounds, names, other screens.

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { pref, setPref } from "./prefs.js";
import { sheet, trouble } from "./sheet.js";
import { state } from "./store.js";
import { setNames } from "./words.js";

export function openSettings() {
  const { body } = sheet("This screen");
  put(
    body,
    group("Light", "theme", [["auto", "As the device"], ["dark", "Dark"], ["light", "Light"]]),
    group("Loads in", "unit", [["kg", "kg"], ["lb", "lb"]]),
    h(
      "fieldset",
      {},
      h("legend", {}, "Sounds, once sound is on"),
      toggle("count", "Tempo count, by the measured phase"),
      toggle("target", "A tone when a target is reached"),
      toggle("alarm", "Alarm at the stop"),
      toggle("speech", "Read the velocity out"),
    ),
    h("fieldset", {}, h("legend", {}, "Athletes"), toggle("names", "Show names instead of ids", showNames)),
    h("fieldset", {}, h("legend", {}, "Other screens"), otherScreens(), fullScreen()),
  );
}

export async function showNames(on) {
  if (!on) return;
  try {
    setNames(await get("/api/names"));
    setPref("names", true);
  } catch (error) {
    trouble(error);
  }
}

function otherScreens() {
  if (!state.lan) return h("p", { class: "quiet" }, "This page is for this computer only. Start it with --lan to open it on tablets and phones.");
  return [
    h("p", { class: "quiet" }, "Scan this to open the page on another screen of the same network."),
    h("img", { class: "qr", src: "/api/qr.svg", alt: "QR code of this page's address", width: 200, height: 200 }),
  ];
}

function group(legend, name, options) {
  const choice = ([value, word]) =>
    h("label", { class: "radio" }, h("input", { type: "radio", name, value, checked: pref(name) === value, onchange: () => setPref(name, value) }), h("span", {}, word));
  return h("fieldset", { class: "radios" }, h("legend", {}, legend), h("div", { class: "segmented" }, options.map(choice)));
}

function toggle(name, word, then = null) {
  const change = (event) => {
    setPref(name, event.target.checked);
    if (then) then(event.target.checked);
  };
  return h("label", { class: "toggle" }, h("input", { type: "checkbox", role: "switch", checked: pref(name), onchange: change }), h("span", { class: "slider" }), h("span", {}, word));
}

function fullScreen() {
  if (!document.documentElement.requestFullscreen) return null;
  const flip = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  return h("button", { type: "button", class: "button", onclick: () => flip().catch(trouble) }, "Full screen");
}
