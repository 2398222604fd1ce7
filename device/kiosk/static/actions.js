// The screen's actions as buttons: the choices in their list, Stop in its corner, the rest in a row.
// They are done by touch, by a remote's arrows and Enter, and by pose, whose ring fills on the one
// that it will do.
import { send } from "./commands.js";
import { isChoice, make, symbol } from "./details.js";
import { fillDial } from "./screen.js";

// Small ones at the foot of the screen: what is wanted seldom.
const AT_THE_FOOT = new Set(["help", "settings"]);
const byId = (id) => document.getElementById(id);
let actions = [], buttons = new Map(), looks = "", states = "", moment = null;

// Returns what decides whether everything must be fitted anew.
export function showActions(screen) {
  actions = screen.actions;
  const now = JSON.stringify([screen.screen, screen.link, screen.question?.id,
    actions.map(({ id, text, kind, gesture }) => [id, text, kind, gesture])]);
  const places = document.querySelector("[data-actions]");
  if (now !== looks || (places && !places.childElementCount)) {
    looks = now;
    build(screen, places);
  }
  if (screen.moment !== moment) moment = screen.moment;
  for (const [index, action] of actions.entries()) {
    buttons.get(action.id).classList.toggle("focused", index === screen.focus);
  }
  return now;
}

showActions.forget = () => { looks = states = ""; actions = []; buttons = new Map(); };

function build(screen, places) {
  const held = document.activeElement?.dataset?.action;
  buttons = new Map(actions.map((action) => [action.id, buttonOf(action, screen)]));
  const where = { choices: [], row: [], foot: [], corner: [] };
  for (const action of actions) {
    const foot = AT_THE_FOOT.has(action.id) && action.kind === "secondary";
    const place = action.kind === "stop" ? "corner" : foot ? "foot"
      : places && isChoice(screen, action) ? "choices" : "row";
    where[place].push(buttons.get(action.id));
  }
  places?.replaceChildren(...where.choices);
  byId("actions").replaceChildren(...where.row);
  byId("actions").hidden = where.row.length === 0;
  byId("last").replaceChildren(...where.foot, ...where.corner);
  if (held && buttons.has(held)) buttons.get(held).focus();
}

function buttonOf(action, screen) {
  const button = make("button", action.kind);
  button.type = "button";
  button.id = `action-${action.id}`;
  button.dataset.action = action.id;
  const ring = ringOf(action.gesture);
  if (!action.gesture) ring.classList.add("over");
  button.append(ring);
  if (AT_THE_FOOT.has(action.id) && action.kind === "secondary") button.classList.add("small");
  if (action.id === "help" && screen.link.text) {
    button.append(symbol(screen.link.state), make("span", "heard-only", `${screen.link.text}. ${action.text}`));
  } else {
    button.append(make("span", "", action.text));
  }
  // A double touch is one touch.
  button.addEventListener("click", (event) => { if (event.detail < 2) press(action.id); });
  return button;
}

function ringOf(gesture) {
  const ring = make("span", "ring");
  ring.setAttribute("aria-hidden", "true");
  const space = "http://www.w3.org/2000/svg";
  const dial = document.createElementNS(space, "svg");
  dial.setAttribute("class", "dial");
  dial.setAttribute("viewBox", "0 0 36 36");
  for (const name of ["", "done"]) {
    const circle = document.createElementNS(space, "circle");
    for (const [key, value] of Object.entries({ r: 15.9, cx: 18, cy: 18, pathLength: 100, class: name })) {
      circle.setAttribute(key, value);
    }
    dial.append(circle);
  }
  ring.append(dial);
  if (gesture) ring.append(symbol(gesture));
  return ring;
}

// The action as it is now: its command carries the moment of the screen that is shown.
function press(id) {
  const action = actions.find((each) => each.id === id);
  if (action) send(action, action.kind === "stop" || document.body.dataset.screen === "checking");
}

export function showGesture({ gesture, focus }) {
  const target = !gesture ? null
    : gesture.kind === "choose" ? actions[focus]
    : gesture.kind === "next" ? actions[((focus ?? -1) + 1) % actions.length]
    : actions.find((action) => action.gesture === gesture.kind);
  for (const [id, button] of buttons) {
    const fills = target?.id === id;
    if (!fills && !button.classList.contains("filling")) continue;
    button.classList.toggle("filling", fills);
    fillDial(button, fills ? gesture.share : 0);
  }
}

// Small symbols that say the same as their text: the network (where it is no button), the results
// on their way, the voice.
export function keepSymbols(screen) {
  const now = JSON.stringify([screen.link, screen.delivery, screen.voice, buttons.has("help")]);
  if (now === states) return;
  states = now;
  const shown = [screen.delivery, screen.voice];
  if (!buttons.has("help")) shown.unshift(screen.link);
  byId("states").replaceChildren(...shown.filter(({ state, text }) => state && text)
    .map(({ state, text }) => symbol(state, text)));
}

const visible = () => [...document.querySelectorAll("button")].filter((each) => each.checkVisibility());

// A remote control has arrows and Enter, and perhaps Back, which stops.
addEventListener("keydown", (event) => {
  const focused = document.activeElement?.dataset?.action;
  if (event.key === "Enter" && !event.repeat && !focused) {
    const primary = actions.find((action) => action.kind === "primary");
    if (primary) press(primary.id);
    else visible()[0]?.focus();
  } else if (event.key === "Escape" || event.key === "BrowserBack") {
    const stop = actions.find((action) => action.kind === "stop");
    if (stop) press(stop.id);
  } else if (event.key.startsWith("Arrow")) {
    move(event.key);
  } else if (!["F5", "BrowserRefresh"].includes(event.key) && !(event.ctrlKey && event.key === "r")
    && !(event.key === "Enter" && event.repeat)) {
    return;
  }
  if (event.key !== "Enter" || !focused || event.repeat) event.preventDefault();
});

// Left and right go through all of them in their order; up and down to the nearest one there.
function move(key) {
  const list = document.querySelector("#details[tabindex]");
  if (list && (key === "ArrowUp" || key === "ArrowDown")) {
    list.scrollBy({ top: (key === "ArrowDown" ? 0.7 : -0.7) * list.clientHeight });
    return;
  }
  const all = visible();
  const from = all.indexOf(document.activeElement);
  if (!all.length) return;
  const forward = key === "ArrowRight" || key === "ArrowDown";
  if (from >= 0 && (key === "ArrowUp" || key === "ArrowDown")) {
    const nearest = nearestTo(all[from], all, key === "ArrowDown" ? 1 : -1);
    if (nearest) return nearest.focus();
  }
  const to = from < 0 ? (forward ? 0 : all.length - 1) : (from + (forward ? 1 : -1) + all.length) % all.length;
  all[to].focus();
}

function nearestTo(button, all, down) {
  const centre = (each) => {
    const box = each.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [x, y] = centre(button);
  const least = button.getBoundingClientRect().height / 2;
  const ways = all.map((each) => [each, ...centre(each)])
    .filter(([, , otherY]) => (otherY - y) * down > least)
    .map(([each, otherX, otherY]) => [each, Math.abs(otherY - y) + 2 * Math.abs(otherX - x)]);
  return ways.sort((one, other) => one[1] - other[1])[0]?.[0];
}
