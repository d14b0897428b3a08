// The state of the gym as the server tells it: all of it once, then what changes. After a sleep or a lost
// network it catches up by itself: from the last message it had, or with all of it anew.

const SILENCE_MS = 25000; // the server says something every 10 s
const RETRY_MS = 1500;
const KEPT = 512;
const AWAY = "No connection to the computer at the rack. The recording goes on there; this page comes back by itself.";
const REFUSALS = {
  403: "This page is locked. Open it again with the address, or the QR code, that the computer at the rack shows.",
  503: "Too many screens watch already. Close one that nobody looks at; this page comes back by itself.",
};

export const state = {};
export const paints = []; // milliseconds from the server's word to the painted picture, for measuring

const listeners = new Set();
let source = null;
let heard = 0;
let offset = 0; // of this screen's clock against the server's
let offsetKnown = false;
let online = null;
let retry = 0;
let why = AWAY;

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

// Why nothing comes, as a sentence.
export function whyOffline() {
  return why;
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
      askWhy();
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

// The browser does not tell what the server answered; asking for the head of it does.
async function askWhy() {
  const answer = await fetch("/api/events", { method: "HEAD", cache: "no-store" }).catch(() => null);
  const found = (answer && REFUSALS[answer.status]) || AWAY;
  if (found === why || online) return;
  why = found;
  for (const listener of listeners) listener(new Set(["online"]), false);
}

function setOnline(value) {
  if (online === value) return;
  online = value;
  if (online) why = AWAY;
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
