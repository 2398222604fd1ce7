// What stands under the instruction: lists, facts, notes. Each function gives elements or nothing.
// `droppable` is the order in which they give way where the screen is too small.
const NOTE_STAYS = new Set(["checking", "demonstration", "emergency"]);

export function detailsOf(screen) {
  return [
    ...call(screen.call),
    ...note(screen),
    ...streak(screen.streak).map((part) => droppable(4, part)),
    ...demonstration(screen.demonstration),
    ...question(screen),
    ...plan(screen.plan),
    ...progress(screen.progress_summary),
    ...summary(screen.summary).map((list) =>
      (screen.progress_summary.length ? droppable(4, list) : list)),
    ...facts(screen.facts),
    ...paragraph("next", screen.next_appointment).map((part) =>
      (screen.screen === "summary" ? droppable(2, part) : part)),
    ...delivery(screen),
  ];
}

export function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export function symbol(name, label = "") {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  drawing.setAttribute("class", "symbol");
  use.setAttribute("href", `#symbol-${name}`);
  if (label) {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", label);
  } else {
    drawing.setAttribute("aria-hidden", "true");
  }
  drawing.append(use);
  return drawing;
}

function droppable(order, element) {
  element.dataset.droppable = order;
  return element;
}

function paragraph(className, text) {
  return text ? [make("p", className, text)] : [];
}

function call(whom) {
  if (!whom) return [];
  return [make("p", "call", symbol("telephone"), make("span", "", `${whom.name} ${whom.telephone}`.trim()))];
}

function note(screen) {
  const parts = paragraph("note", screen.note);
  if (!NOTE_STAYS.has(screen.screen)) for (const part of parts) droppable(3, part);
  return parts;
}

function streak(kept) {
  return kept ? [make("p", "streak", symbol("streak"), make("span", "", kept.text))] : [];
}

function demonstration(shown) {
  if (!shown) return [];
  return [
    ...list("cautions", shown.cautions.map((text) => make("li", "caution", text))),
    ...paragraph("view", shown.view).map((part) => droppable(4, part)),
    ...shown.not_judged.map((text) => droppable(2, make("p", "note", text))),
  ];
}

// What is laid out as a list: the answers to a question, and everything that can be set.
export function isChoice(screen, action) {
  return action.kind === "choice" || (screen.screen === "settings" && action.kind === "secondary");
}

export function hasChoices(screen) {
  return screen.actions.some((action) => isChoice(screen, action));
}

function question(screen) {
  if (!hasChoices(screen)) return [];
  const asked = screen.question;
  const places = make("div", `choices ${asked?.layout ?? ""}`);
  places.dataset.actions = "";
  if (asked?.layout !== "scale") return [places];
  return [make("div", "scaled", places,
    make("div", "ends", make("p", "", `0 = ${asked.low}`), make("p", "", `10 = ${asked.high}`)))];
}

function list(className, items) {
  return items.length ? [make("ul", className, ...items)] : [];
}

function plan(lines) {
  return list("plan", lines.map((line) => {
    const doses = [make("small", "", ` ${line.dose}`)];
    if (!line.done && line.sets_done > 0) doses.push(make("small", "", ` (${line.sets_done}/${line.sets})`));
    return make("li", line.done ? "done" : "", symbol(line.done ? "tick" : "open"),
      make("span", "", line.name, ...doses));
  }));
}

function progress(lines) {
  return list("progress", lines.map((line) => {
    const exercise = make("small", "", `${line.exercise}: `);
    // Of several changes each must say whose it is.
    if (lines.length === 1) droppable(2, exercise);
    const item = make("li", "", symbol(line.change), make("span", "", exercise, line.text));
    item.dataset.change = line.change;
    return item;
  }));
}

function summary(lines) {
  return list("summary", lines.map((line) => make("li", "",
    make("span", "", line.text, line.detail ? make("small", "", ` ${line.detail}`) : ""))));
}

function facts(lines) {
  if (lines.length === 0) return [];
  return [make("dl", "facts", ...lines.flatMap((line) => [
    make("dt", "", line.label), make("dd", "", line.value)]))];
}

function delivery(screen) {
  if (screen.screen !== "summary" || !screen.delivery.text) return [];
  return [droppable(1, make("p", "delivery", symbol(screen.delivery.state || "pending"),
    make("span", "", screen.delivery.text)))];
}
