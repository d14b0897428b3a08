// The state of the gym as the server tells it: all of it once, then what changes. After a sleep or a lost
// network it catches up by itself: from the last message it had, or with all of it anew.

const SILENCE_MS = 25000; // the server says something every 10 s
const RETRY_MS = 1500;
const KEPT = 512;

export const state = {};
export const paints = []; // milliseconds from the server's word to the painted picture, for measuring

const listeners = new Set();
let source = null;
let heard = 0;
let offset = 0; // of this screen's clock against the server's
let offsetKnown = false;
let online = null;
let retry = 0;

// Returns what ends the listening.
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// The server's wall clock, by this screen's.
export function serverNow() {
  return Date.now() - offset;
}

export function isOnline() {
  return online === true;
}

export function connect() {
  clearTimeout(retry);
  if (source) source.close();
  source = new EventSource("/api/events");
  source.addEventListener("state", (event) => take(event, true));
  source.addEventListener("patch", (event) => take(event, false));
  source.addEventListener("beat", (event) => {
    note(JSON.parse(event.data));
    setOnline(true);
  });
  source.addEventListener("error", () => {
    setOnline(false);
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(retry);
      retry = setTimeout(connect, RETRY_MS);
    }
  });
}

function take(event, whole) {
  const message = JSON.parse(event.data);
  note(message);
  const changes = whole ? message.state : message.patch;
  const changed = new Set(Object.keys(changes));
  if (whole) {
    for (const key of Object.keys(state)) {
      if (!(key in changes)) {
        delete state[key];
        changed.add(key);
      }
    }
  }
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete state[key];
    else state[key] = value;
  }
  setOnline(true);
  for (const listener of listeners) listener(changed, whole);
  if (!whole) measure(message.sent_ms);
}

// Messages take time to come and clocks differ: the earliest seen is nearest the truth.
function note(message) {
  heard = Date.now();
  const seen = heard - message.sent_ms;
  if (!offsetKnown || seen < offset || Math.abs(seen - offset) > 5000) offset = seen;
  offsetKnown = true;
}

function measure(sent) {
  requestAnimationFrame(() => {
    setTimeout(() => {
      paints.push(Date.now() - sent);
      if (paints.length > KEPT) paints.shift();
    });
  });
}

function setOnline(value) {
  if (online === value) return;
  online = value;
  for (const listener of listeners) listener(new Set(["online"]), false);
}

function revive() {
  if (Date.now() - heard > SILENCE_MS / 2) connect();
}

setInterval(() => {
  if (heard && Date.now() - heard > SILENCE_MS) {
    setOnline(false);
    connect();
  }
}, 5000);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") revive();
});
window.addEventListener("online", revive);
window.addEventListener("pageshow", revive);
