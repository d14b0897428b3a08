// Elements without a framework: h("p", {class: "x"}, "text", child).

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  put(element, ...children);
  return element;
}

// Append what is there; null and false are left out, so that conditions can stand among children.
export function put(element, ...children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
  return element;
}

export function replace(element, ...children) {
  element.replaceChildren();
  return put(element, ...children);
}

// Set text only where it changes: what a screen reader watches is not read twice, and nothing is laid out anew.
export function text(element, value) {
  const wanted = value === null || value === undefined ? "" : String(value);
  if (element.textContent !== wanted) element.textContent = wanted;
}

export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

const PATHS = {
  "sound-off": "M4 9v6h4l5 4V5L8 9H4zm12.5 0 5 6m0-6-5 6",
  "sound-on": "M4 9v6h4l5 4V5L8 9H4zm12.5-.5a5 5 0 0 1 0 7m2.5-9.5a8.5 8.5 0 0 1 0 12",
  settings: "M4 7h9m5 0h2M4 17h2m5 0h9M13 7a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0zM6 17a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0z",
  link: "M12 3v18l6-6L6 9m0 6 12-6-6-6",
  battery: "M3 8h15v8H3zm15 2.5h3v3h-3",
  signal: "M4 18v-3m5 3v-6m5 6V9m5 9V5",
  edit: "M4 20h4L20 8l-4-4L4 16z",
  undo: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  trash: "M5 7h14M9 7V4h6v3m-8 0 1 13h8l1-13M10 11v5m4-5v5",
  play: "M8 5v14l11-7z",
  stop: "M6 6h12v12H6z",
  down: "M12 4v12m-5-5 5 5 5-5M5 20h14",
  back: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  check: "M5 12.5 10 17.5 19.5 7",
  lower: "M12 4v14m-6-6 6 6 6-6",
  lift: "M12 20V6m-6 6 6-6 6 6",
  pause: "M8 5v14M16 5v14",
  octagon: "M8 3h8l5 5v8l-5 5H8l-5-5V8z",
  help: "M12 17.5v.01M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4",
  bulb: "M9 18h6m-5 3h4M8.5 14.5a6 6 0 1 1 7 0c-.6.5-1 1.2-1 2h-5c0-.8-.4-1.5-1-2z",
  half: "M5 19V13h4v6zm5 0V9h4v10zm5 0V5h4v14z",
};

export function icon(name) {
  const path = s("path", { d: PATHS[name], fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" });
  return s("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, path);
}

export function setIcon(place, name) {
  if (place.dataset.icon === name && place.firstChild) return;
  place.dataset.icon = name;
  place.replaceChildren(icon(name));
}
