// Puts one screen document into the page: words, numbers, bars. What does not change is not touched.
import { detailsOf, hasChoices } from "./details.js";

const STAGED = new Set(["demonstration", "framing", "countdown", "live", "paused"]);
const HEARD_AT_ONCE = new Set(["checking", "emergency"]);
const DETAILS = [
  "call", "note", "streak", "demonstration", "question", "plan", "progress_summary", "summary",
  "facts", "next_appointment", "delivery",
];
const byId = (id) => document.getElementById(id);
const written = {};
let waiting = "", details = "";

// Returns what decides whether everything must be fitted anew.
export function showScreen(screen) {
  const staged = STAGED.has(screen.screen);
  const urgent = HEARD_AT_ONCE.has(screen.screen);
  document.body.dataset.screen = screen.screen;
  if (staged) document.body.dataset.staged = "";
  else delete document.body.dataset.staged;
  if (screen.screen === "no-connection") waiting = screen.instruction;
  byId("stage").hidden = !staged;
  byId("side").hidden = !staged && screen.seconds === null && screen.screen !== "rest";
  byId("band").setAttribute("aria-live", urgent ? "off" : "polite");
  write("urgent", urgent ? [screen.instruction, screen.note].join(" ") : "");
  write("warning", screen.warning);
  write("camera-sign", screen.camera_sign);
  byId("signs").hidden = !screen.camera_sign;
  byId("picture").setAttribute("aria-label", screen.demonstration?.view || screen.camera_sign || screen.exercise || "PhysioPi");
  write("instruction", screen.instruction);
  write("hint", screen.hint);
  byId("hint").dataset.droppable = staged ? 1 : 4;
  write("exercise", screen.exercise);
  write("set", screen.set);
  showNumbers(screen);
  showCue(screen);
  showGuide(screen.guide);
  showDetails(screen);
  const digits = ["count", "seconds", "hold-seconds"].map((id) => (written[id] ?? "").length);
  const words = ["instruction", "hint", "exercise", "set", "cue", "count-of", "warning", "camera-sign"];
  return [screen.screen, digits, words.map((id) => written[id]), details, Boolean(screen.tempo),
    Boolean(screen.hold), byId("range").hidden].join("|");
}

showScreen.remember = (text) => { waiting = text; };
showScreen.forget = () => {
  details = "";
  byId("cue").hidden = true;
  for (const id of ["warning", "hint", "camera-sign", "cue", "urgent"]) write(id, "");
  byId("signs").hidden = true;
  write("instruction", waiting);
};

function write(id, text) {
  if (written[id] === text) return;
  written[id] = text;
  (id === "cue" ? byId("cue").lastElementChild : byId(id)).textContent = text;
}

function showNumbers(screen) {
  write("count", screen.count === null ? "" : String(screen.count));
  write("count-of", screen.count === null ? "" : screen.count_of);
  write("seconds", screen.seconds === null ? "" : String(screen.seconds));
  byId("hold").hidden = !screen.hold;
  write("hold-seconds", screen.hold ? String(screen.hold.seconds) : "");
  fillDial(byId("hold"), screen.hold?.share ?? 0);
  byId("tempo").hidden = !screen.tempo;
  if (screen.tempo) {
    const { phase, share, too_fast: tooFast } = screen.tempo;
    const full = { out: share, hold: 1, return: 1 - share, pause: 0 }[phase];
    byId("tempo").classList.toggle("too-fast", tooFast);
    fillBar(byId("tempo"), full);
    useSymbol(byId("tempo"), { out: "up", return: "down", hold: "same", pause: "unknown" }[phase]);
  }
  showRange(screen.target);
}

// The bar stands in for the arc where the measure is no angle in the picture.
function showRange(target) {
  const range = byId("range");
  range.hidden = !target || target.joints.length > 0;
  if (range.hidden) return;
  const whole = 1.15;
  range.lastElementChild.style.left = `${100 / whole}%`;
  fillBar(range, (target.share ?? 0) / whole);
}

function showCue(screen) {
  write("cue", screen.cue);
  byId("cue").hidden = !screen.cue;
  byId("cue").className = screen.cue_kind ?? "";
  if (screen.cue) useSymbol(byId("cue"), screen.cue_arrow ?? screen.cue_kind ?? "correction");
}

function showGuide(guide) {
  const arrow = byId("arrow"), ready = byId("ready");
  arrow.toggleAttribute("hidden", !guide?.arrow);
  if (guide?.arrow) {
    arrow.dataset.at = guide.arrow;
    useSymbol(arrow, guide.arrow);
  }
  ready.hidden = !guide || guide.arrow !== null;
  if (guide) fillBar(ready, guide.ready_share);
}

function showDetails(screen) {
  const text = JSON.stringify([screen.screen, hasChoices(screen), ...DETAILS.map((name) => screen[name])]);
  if (text === details) return;
  details = text;
  const parts = detailsOf(screen);
  byId("details").replaceChildren(...parts);
  letScroll(byId("details"), screen.facts.length > 0, screen.instruction);
  byId("details").hidden = parts.length === 0;
}

// The one list that may be longer than the screen: by touch, or by a remote's up and down.
function letScroll(region, long, name) {
  const attributes = { tabindex: "0", role: "region", "aria-label": name };
  for (const [key, value] of Object.entries(attributes)) {
    if (long) region.setAttribute(key, value);
    else region.removeAttribute(key);
  }
}

function fillBar(bar, share) {
  bar.querySelector("i").style.transform = `scaleX(${Math.max(0, Math.min(1, share))})`;
}

export function fillDial(within, share) {
  const part = Math.max(0, Math.min(1, share)) * 100;
  within.querySelector(".done").style.strokeDasharray = `${part} 100`;
}

function useSymbol(within, name) {
  const use = within.querySelector("use");
  const address = `#symbol-${name}`;
  if (use.getAttribute("href") !== address) use.setAttribute("href", address);
}
