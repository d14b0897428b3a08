// Requests to the server; trouble comes back as one sentence.

export async function get(path) {
  return answer(await attempt(path, {}));
}

export async function post(path, body = {}) {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return answer(await attempt(path, options));
}

async function attempt(path, options) {
  try {
    return await fetch(path, { ...options, cache: "no-store" });
  } catch {
    throw new Error("The computer at the rack does not answer. The recording goes on by itself.");
  }
}

async function answer(response) {
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(found.error || `The computer at the rack said ${response.status}.`);
  return found;
}
