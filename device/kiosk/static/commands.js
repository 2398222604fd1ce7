// Hands back what the patient asked for, once: a second touch of the same button, or the second
// half of a double touch that meets the next screen, does nothing.
const REST_MS = 600;
// Nothing came of it: the same may be asked for again.
const FORGOTTEN_MS = 3000;
let token = document.querySelector("meta[name=kiosk-token]").content;
let lastSent = "", lastAt = -Infinity;

// What must never wait (Stop, the answer to whether all is well) is `urgent`: it is sent at once, but
// not twice either.
export function send(action, urgent = false) {
  const now = performance.now();
  const what = JSON.stringify([action.id, action.command]);
  if ((!urgent && now - lastAt < REST_MS) || (what === lastSent && now - lastAt < FORGOTTEN_MS)) return;
  lastAt = now;
  lastSent = what;
  post(action.command).catch(() => 0).then((status) => {
    // Not taken, and nothing on the screen will change: it may be pressed again.
    if (status < 200 || status >= 300) lastSent = "";
  });
}

async function post(command, again = true) {
  const response = await fetch("/command", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Kiosk-Token": token },
    body: JSON.stringify(command),
  });
  if (response.status === 403 && again) {
    await renewToken();
    return post(command, false);
  }
  return response.status;
}

// The server was started again: the page stays, only the token is new.
async function renewToken() {
  const page = await (await fetch("/")).text();
  const parsed = new DOMParser().parseFromString(page, "text/html");
  token = parsed.querySelector("meta[name=kiosk-token]").content;
}
