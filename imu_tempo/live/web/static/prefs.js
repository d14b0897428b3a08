// What this screen prefers, kept on this screen.

const KEY = "imu-tempo";
const USUAL = {
  theme: "auto",
  unit: "kg",
  names: false,
  focus: "",
  count: true,
  target: true,
  alarm: true,
  speech: true,
};

const prefs = { ...USUAL, ...read() };
const listeners = new Set();

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

export function pref(name) {
  return prefs[name];
}

export function setPref(name, value) {
  prefs[name] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // A private window keeps nothing; the choice holds until it is closed.
  }
  for (const listener of listeners) listener(name);
}

export function onPref(listener) {
  listeners.add(listener);
}
