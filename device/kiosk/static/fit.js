// Makes a screen fit without making its text too small for the eye: first what is secondary gives
// way, then text shrinks down to the floor that the style sheet sets, then the picture goes, and
// last a list is cut with the number of lines that are missing.
const SECONDARY = 4;
const WITHOUT_PICTURE = 5;
const SHARES = [1, 0.92, 0.84, 0.76, 0.68];
// The number is twice as large as the cue: it gives way before the words do.
const NUMBER_SHARES = [1, 0.9, 0.8];
const BODY_AT_ITS_FLOOR = 0.73;
const SMALLEST_SHARES = [1, 0.9, 0.8, BODY_AT_ITS_FLOOR, 0.62, 0.54, 0.46, 0.36];
// Too small for its distance by far: rather below the floor than cut off or out of reach.
const BELOW_THE_FLOOR = [0.85, 0.72, 0.6, 0.5, 0.4];
// The picture's height as a share of the screen's shorter side: what is secondary makes room for
// the first, the size of the text for the second.
const WANTED_PICTURE = 0.42, LEAST_PICTURE = 0.26;
const USUAL_ASPECT = 4 / 3;
const BOXES = "main, #side, #details, #band, #actions, footer, body";
const TEXTS = "p:not(.heard-only), h1, li, dt, dd, button, #hold, .bar";
const body = document.body;
const byId = (id) => document.getElementById(id);

export function fit() {
  mendList();
  setShare("--number-share", 1);
  setShare("--floor", 1);
  for (let drop = 0; drop <= SECONDARY; drop++) if (fits(drop, 1)) return;
  if ("staged" in body.dataset) {
    for (const share of NUMBER_SHARES) {
      setShare("--number-share", share);
      if (fits(SECONDARY, 1)) return;
    }
    for (const share of SHARES) if (fitsSomehow(SECONDARY, share)) return;
    // A demonstration without its picture is none.
    if (body.dataset.screen === "demonstration") {
      for (const row of ["foot", "row"]) {
        if (fits(SECONDARY, BODY_AT_ITS_FLOOR, row) || cutList()) return;
      }
    }
  }
  setShare("--number-share", 1);
  for (const share of SMALLEST_SHARES) {
    if (fitsSomehow(WITHOUT_PICTURE, share)) return;
    if (share <= BODY_AT_ITS_FLOOR && cutList()) return;
  }
  mendList();
  for (const floor of BELOW_THE_FLOOR) {
    setShare("--floor", floor);
    if (fitsSomehow(WITHOUT_PICTURE, SMALLEST_SHARES.at(-1)) || cutList()) return;
  }
}

// The row of actions moves beside Stop where height is short, unless it is too wide for that; long
// answers stand in two or three columns where that is better than as many as there is room for.
function fitsSomehow(drop, share) {
  const columns = document.querySelector(".reasons") ? ["", 2, 3] : [""];
  return ["foot", "row"].some((row) => columns.some((count) => fits(drop, share, row, count)));
}

function fits(drop, share, row = drop < SECONDARY ? "row" : "foot", columns = "") {
  body.dataset.drop = drop;
  body.dataset.row = row;
  body.dataset.columns = columns;
  setShare("--share", share);
  const [states, last] = [byId("states"), byId("last")];
  const corner = innerWidth - Math.min(...[states, last].filter((each) => each.childElementCount)
    .map((each) => each.getBoundingClientRect().left), innerWidth);
  byId("actions").style.setProperty("--corner", `${corner}px`);
  return !overflows();
}

function setShare(name, share) {
  document.documentElement.style.setProperty(name, share);
}

function overflows() {
  const stage = byId("stage");
  if (stage.checkVisibility()) {
    const height = Math.min(stage.clientHeight, stage.clientWidth / USUAL_ASPECT);
    const least = Number(body.dataset.drop) < SECONDARY ? WANTED_PICTURE : LEAST_PICTURE;
    if (height < least * Math.min(innerWidth, innerHeight)) return true;
  }
  return overlap() || [...document.querySelectorAll(BOXES)].some(spills)
    || [...document.querySelectorAll(TEXTS)].some((text) => text.scrollWidth > text.clientWidth + 1);
}

function overlap() {
  const boxes = ["stage", "side", "details", "band", "hint", "actions", "signs", "states", "last"].map(byId)
    .filter((box) => box.checkVisibility()).map((box) => box.getBoundingClientRect());
  return boxes.some((one, index) => boxes.slice(index + 1).some((other) =>
    one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1));
}

// By the boxes of what is in it: lines set closely reach beyond their own without being cut off.
function spills(box) {
  if (!box.checkVisibility()) return false;
  const { left, top, right, bottom } = box.getBoundingClientRect();
  const border = box.tagName === "MAIN" ? parseFloat(getComputedStyle(box).paddingBottom) : 0;
  const scrolls = byId("details").hasAttribute("tabindex");
  return [...box.querySelectorAll(TEXTS)].some((text) => {
    const inner = text.getBoundingClientRect();
    if (scrolls && byId("details").contains(text)) return false;
    return inner.height > 0 && (inner.bottom > bottom - border + 1 || inner.top < top + border - 1
      || inner.right > right + 1 || inner.left < left - 1);
  });
}

function mendList() {
  for (const line of document.querySelectorAll("#details .cut")) line.remove();
  for (const line of document.querySelectorAll("#details li[hidden]")) line.hidden = false;
}

function cutList() {
  mendList();
  const list = [...document.querySelectorAll("#details ul")].filter((each) => each.checkVisibility()).pop();
  if (!list) return false;
  // What is done already is missed least.
  const lines = [...list.children];
  const order = [...lines.filter((line) => line.classList.contains("done")),
    ...lines.filter((line) => !line.classList.contains("done")).reverse()];
  const rest = document.createElement("li");
  rest.className = "cut";
  list.append(rest);
  for (const [index, line] of order.slice(0, -1).entries()) {
    line.hidden = true;
    rest.textContent = `+ ${index + 1}`;
    if (!overflows()) return true;
  }
  return false;
}
