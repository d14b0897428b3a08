// Sheets over the page, as the browser's own dialogs: Escape closes them, focus stays inside and comes back.

import { h, icon, put } from "./dom.js";

export function sheet(title, { wide = false } = {}) {
  const heading = h("h2", {}, title);
  const close = h("button", { type: "button", class: "round", "aria-label": "Close", onclick: () => dialog.close() }, "✕");
  const body = h("div", { class: "sheet-body" });
  const foot = h("div", { class: "sheet-foot" });
  const dialog = h("dialog", { class: wide ? "sheet wide" : "sheet", "aria-label": title }, h("header", { class: "sheet-head" }, heading, close), body, foot);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the sheet
  });
  dialog.addEventListener("close", () => {
    const toasts = document.getElementById("toasts");
    if (dialog.contains(toasts)) document.body.append(toasts);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, body, foot, close: () => dialog.close() };
}

const TOAST_MS = 6000; // long enough to read a sentence and to reach for Undo

export function toast(words, { action = null, alarm = false } = {}) {
  const place = document.getElementById("toasts");
  // A sheet lies over the page and dims it: what is said now must lie over the sheet.
  const over = [...document.querySelectorAll("dialog[open]")].pop() || document.body;
  if (place.parentElement !== over) over.append(place);
  while (place.children.length > 2) place.firstChild.remove();
  const element = h("div", { class: alarm ? "toast alarm" : "toast" }, h("span", {}, words));
  if (action) {
    const act = () => {
      element.remove();
      action.run();
    };
    put(element, h("button", { type: "button", onclick: act }, icon("undo"), action.word));
  }
  place.append(element);
  setTimeout(() => element.remove(), action ? TOAST_MS * 1.5 : TOAST_MS / 2);
}

export function trouble(error) {
  toast(error.message || String(error), { alarm: true });
}

// Run something that may fail while its button says that it works.
export async function busy(button, what) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await what();
  } catch (error) {
    trouble(error);
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

export function say(words) {
  document.getElementById("said").textContent = words;
}
