// The page from start to end: it never navigates. Everything shown comes from the server, in the
// screen's language; the pictures are drawn in a worker, which a busy page does not delay.
import { keepSymbols, showActions, showGesture } from "./actions.js";
import { fit } from "./fit.js";
import { showScreen } from "./screen.js";
import { soundTone } from "./tone.js";

const canvas = document.getElementById("picture");
const MILLIMETRES_PER_INCH = 25.4;
let shown = "";

function sizeByTheEye({ diagonalInches, viewingDistanceM }) {
  const style = document.documentElement.style;
  style.setProperty("--diagonal-mm", diagonalInches * MILLIMETRES_PER_INCH);
  style.setProperty("--distance-mm", viewingDistanceM * 1000);
}

function show(screen) {
  document.body.dataset.moment = screen.moment;
  document.documentElement.lang = screen.language;
  const words = showScreen(screen);
  const actions = showActions(screen);
  keepSymbols(screen);
  showGesture(screen);
  soundTone(screen.tone);
  const looks = `${words} ${actions} ${innerWidth}x${innerHeight}`;
  if (looks !== shown) {
    shown = looks;
    fit();
  }
}

// What was said last may be wrong by now: without the server nothing of it is left standing.
function lose() {
  document.body.dataset.screen = "no-connection";
  delete document.body.dataset.staged;
  shown = "";
  for (const id of ["stage", "side", "details", "actions"]) document.getElementById(id).hidden = true;
  for (const id of ["states", "last"]) document.getElementById(id).replaceChildren();
  showActions.forget();
  showScreen.forget();
  soundTone(null);
  fit();
}

function start() {
  sizeByTheEye(document.documentElement.dataset);
  showScreen.remember(document.getElementById("instruction").textContent);
  if (!window.Worker || !canvas.transferControlToOffscreen) {
    canvas.hidden = true;
    const fallback = document.getElementById("fallback");
    fallback.hidden = false;
    fallback.src = "/live.mjpeg";
    return;
  }
  const worker = new Worker("/static/live_worker.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    if (data.screen) {
      show(data.screen);
      worker.postMessage({ shown: true });
    }
    if (data.lost) lose();
  };
  const still = "reducedMotion" in document.documentElement.dataset
    || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const offscreen = canvas.transferControlToOffscreen();
  worker.postMessage({ canvas: offscreen, address: `ws://${location.host}/live`, still }, [offscreen]);
}

addEventListener("resize", () => { shown = ""; fit(); });
addEventListener("contextmenu", (event) => event.preventDefault());
document.fonts.ready.then(fit);
// A page asked for while the server starts again comes from here instead of a browser's error.
navigator.serviceWorker?.register("/service_worker.js").catch(() => {});
start();
