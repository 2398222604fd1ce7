// Shows what the coach says and hands back what the patient presses. All words come from the
// server, in the screen's language.
const byId = (id) => document.getElementById(id);
const token = document.querySelector("meta[name=kiosk-token]").content;
const last = {};
let question = "";

let changed = true;

function setText(id, text) {
  if (last[id] === text) return;
  last[id] = text;
  changed = true;
  byId(id).textContent = text;
}

function send(command) {
  return fetch("/command", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Kiosk-Token": token },
    body: JSON.stringify(command),
  }).then((response) => { if (response.status === 403) location.reload(); }).catch(() => {});
}

function show(screen) {
  document.body.dataset.phase = screen.phase;
  if (screen.sequence) document.body.dataset.sequence = screen.sequence;
  document.documentElement.lang = screen.language;
  setText("exercise", screen.exercise);
  setText("set", screen.set);
  setText("count", screen.count === null ? "" : String(screen.count));
  setText("count-of", screen.countOf);
  setText("seconds", screen.seconds === null ? "" : String(screen.seconds));
  setText("cue", screen.cue);
  byId("cue").classList.toggle("praise", screen.praise);
  setText("instruction", screen.instruction);
  setText("note", screen.note);
  setText("camera-sign", screen.cameraSign);
  setText("warning", screen.warning);
  setText("link", screen.link);
  byId("link").classList.toggle("linked", screen.linked);
  setText("delivery", screen.delivery);
  byId("delivery").className = screen.deliveryState;
  setText("language", screen.language.toUpperCase());
  const share = Math.max(0, Math.min(1, screen.progress ?? 0));
  byId("range").hidden = screen.count === null;
  byId("range-done").style.width = `${Math.round(share * 100)}%`;
  for (const name of Object.keys(screen.buttons)) setText(name, screen.buttons[name]);
  byId("start").hidden = !screen.canStart;
  byId("stop").hidden = !screen.canStop;
  byId("close").hidden = screen.phase !== "emergency";
  byId("again").hidden = byId("done").hidden = screen.phase !== "summary";
  byId("skip").hidden = !screen.question || screen.question.id === "check";
  sound(screen.phase);
  showSummary(screen.summary);
  showQuestion(screen.question);
  if (changed || last.phase !== screen.phase) fit();
  last.phase = screen.phase;
}

// Longer words in another language, or a smaller screen: everything is made a little smaller
// together until nothing is cut off.
function fit() {
  changed = false;
  const words = document.querySelector(".words");
  for (let share = 1; share >= 0.4; share -= 0.04) {
    words.style.setProperty("--fit", share.toFixed(2));
    if (words.scrollHeight <= words.clientHeight && words.scrollWidth <= words.clientWidth) return;
  }
}
addEventListener("resize", fit);

// Who lies on the floor may not see the screen: the question and the call for help are heard too.
const TONES = { checking: { every_s: 1, hertz: 660 }, emergency: { every_s: 2, hertz: 880 } };
let speaker = null, sounding = "", beeping = 0;

function sound(phase) {
  if (sounding === phase) return;
  sounding = phase;
  clearInterval(beeping);
  const tone = TONES[phase];
  if (!tone || !window.AudioContext) return;
  speaker = speaker || new AudioContext();
  const beep = () => {
    const oscillator = speaker.createOscillator();
    oscillator.frequency.value = tone.hertz;
    oscillator.connect(speaker.destination);
    oscillator.start();
    oscillator.stop(speaker.currentTime + 0.25);
  };
  beep();
  beeping = setInterval(beep, tone.every_s * 1000);
}

function showSummary(lines) {
  const text = JSON.stringify(lines);
  if (last.summary === text) return;
  last.summary = text;
  changed = true;
  byId("summary").replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    const detail = document.createElement("span");
    item.textContent = line.text;
    detail.textContent = line.detail;
    item.append(detail);
    return item;
  }));
}

function showQuestion(asked) {
  const text = JSON.stringify(asked);
  if (last.question === text) return;
  last.question = text;
  changed = true;
  question = asked ? asked.id : "";
  byId("question").classList.toggle("asked", Boolean(asked));
  setText("low", asked && asked.low ? `0 = ${asked.low}` : "");
  setText("high", asked && asked.high ? `10 = ${asked.high}` : "");
  byId("choices").classList.toggle("reasons", question === "stop_reason");
  byId("choices").classList.toggle("check", question === "check");
  byId("choices").replaceChildren(...(asked ? asked.choices : []).map((choice) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = choice.text;
    button.onclick = () => send(choice.command);
    return button;
  }));
}

byId("start").onclick = byId("again").onclick = () => send({ command: "start" });
byId("stop").onclick = () => send({ command: "stop" });
byId("done").onclick = byId("close").onclick = () => send({ command: "dismiss" });
byId("skip").onclick = () => send({ command: "answer", question });
byId("language").onclick = () =>
  fetch("/language", { method: "POST", headers: { "X-Kiosk-Token": token } }).catch(() => {});

// A remote control has arrows and Enter only; Enter presses what has the focus.
addEventListener("keydown", (event) => {
  const forward = event.key === "ArrowRight" || event.key === "ArrowDown";
  if (!forward && event.key !== "ArrowLeft" && event.key !== "ArrowUp") {
    if (event.key === "Enter" && document.activeElement === document.body) {
      const first = [byId("start"), byId("done"), byId("close")].find((button) => !button.hidden);
      if (first) first.click();
    }
    return;
  }
  const buttons = [...document.querySelectorAll("button")].filter((each) => each.offsetParent);
  if (!buttons.length) return;
  const index = buttons.indexOf(document.activeElement);
  buttons[(index + (forward ? 1 : buttons.length - 1) + buttons.length) % buttons.length].focus();
  event.preventDefault();
});

function start() {
  const canvas = byId("picture");
  if (!window.Worker || !canvas.transferControlToOffscreen) {
    canvas.hidden = true;
    byId("fallback").hidden = false;
    byId("fallback").src = "/live.mjpeg";
    return;
  }
  const worker = new Worker("/static/live_worker.js");
  worker.onmessage = ({ data }) => {
    if (data.screen) show(data.screen);
    if (data.lost) document.body.dataset.phase = "no-connection";
  };
  const offscreen = canvas.transferControlToOffscreen();
  worker.postMessage({ canvas: offscreen, address: `ws://${location.host}/live` }, [offscreen]);
}
start();
