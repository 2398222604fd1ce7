// The plan without reloading the page: buttons answer in place, exercises can be dragged, the
// draft is kept while somebody writes. Without this script every button is an ordinary form's.
"use strict";

const KEEP_AFTER_MS = 1500;
const EDGE_PX = 60;
const LEAVES_PAGE = new Set(["sign", "preview", "copy", "discard"]);

let builder = document.getElementById("builder");
let keepTimer = 0;
let sending = Promise.resolve();

function say(text) {
  document.getElementById("said").textContent = text;
}

function showKept(text) {
  document.getElementById("kept").textContent = text;
}

async function send(action) {
  const body = new URLSearchParams(new FormData(builder));
  body.set("do", action);
  const answer = await fetch(builder.action, { method: "POST", body, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || page.getElementById("builder") === null) {
    throw new Error(`the portal answered ${answer.status}`);
  }
  return page;
}

// One after the other, so that no answer overtakes another's revision.
function inTurn(work) {
  sending = sending.then(work).catch(() => {
    showKept("Not kept: the portal cannot be reached, or you were signed out. Do not close this page.");
    say("Not kept");
  });
  return sending;
}

async function act(action) {
  clearTimeout(keepTimer);
  const open = new Set([...builder.querySelectorAll("details[open]")].map((each) => each.closest("li")?.id));
  const [page, scrolled] = [await send(action), document.getElementById("library").scrollTop];
  const focused = document.activeElement?.id ?? "";
  builder.replaceWith(page.getElementById("builder"));
  builder = document.getElementById("builder");
  for (const each of builder.querySelectorAll("li[id] > details")) {
    each.open = each.open || open.has(each.closest("li").id);
  }
  prepare();
  document.getElementById("library").scrollTop = scrolled;
  const notices = [...page.querySelectorAll("main > .notice")].map((each) => each.textContent);
  for (const old of document.querySelectorAll("main > .notice")) old.remove();
  for (const text of notices) {
    const notice = document.createElement("p");
    notice.className = "notice";
    notice.textContent = text;
    builder.before(notice);
  }
  const count = builder.querySelectorAll(".item").length;
  say([...notices, `${count} exercises in the plan`].join(" "));
  focusAgain(focused, action);
}

function focusAgain(id, action) {
  const [what, key] = action.split(":");
  const added = what === "add" ? builder.querySelector(".item:last-child") : null;
  const same = document.getElementById(id);
  if (added !== null) {
    added.scrollIntoView({ block: "nearest" });
  }
  if (same !== null && !same.disabled) {
    same.focus({ preventScroll: added !== null });
  } else if (key !== undefined && document.getElementById(`item-${key}`) !== null) {
    document.getElementById(`item-${key}`).focus();
  } else {
    document.getElementById("plan-title").focus();
  }
}

async function keep() {
  const page = await send("save");
  for (const id of ["revision", "based_on"]) {
    document.getElementById(id).value = page.getElementById(id).value;
  }
  const told = page.getElementById("told");
  const newly = told.querySelector("[data-conflict]") && !builder.querySelector("[data-conflict]");
  document.getElementById("told").replaceWith(told);
  document.getElementById("do-sign").textContent = page.getElementById("do-sign").textContent;
  if (told.querySelector("[data-conflict=windows]")) {
    showKept("Not kept: see above, then save");
    scrollTo(0, 0);
  } else {
    showKept("Draft kept");
  }
  if (newly) say(told.textContent);
}

function keepSoon() {
  clearTimeout(keepTimer);
  // What another window kept is overwritten by a button somebody presses, never by itself.
  if (builder.querySelector("[data-conflict=windows]")) {
    showKept("Not kept: see above, then save");
    return;
  }
  showKept("Not kept yet");
  keepTimer = setTimeout(() => inTurn(keep), KEEP_AFTER_MS);
}

function filterLibrary() {
  const words = document.getElementById("q").value.toLowerCase().split(/\s+/).filter(Boolean);
  const region = document.getElementById("region").value;
  let found = 0;
  for (const line of builder.querySelectorAll("#library > li")) {
    const fits =
      words.every((each) => line.dataset.words.includes(each)) &&
      (region === "" || line.dataset.regions.split(" ").includes(region));
    line.hidden = !fits;
    found += fits ? 1 : 0;
  }
  document.getElementById("none-found").hidden = found > 0;
}

function place(dragged, event) {
  const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".item");
  for (const each of builder.querySelectorAll(".item")) each.classList.remove("before", "after");
  if (!over || over === dragged) return null;
  const box = over.getBoundingClientRect();
  const side = event.clientY < box.top + box.height / 2 ? "before" : "after";
  over.classList.add(side);
  return { over, side };
}

// Pointer events, so that a finger drags as a mouse does.
function drag(handle) {
  handle.addEventListener("pointerdown", (down) => {
    const dragged = handle.closest(".item");
    let target = null;
    let last = down;
    let frame = 0;
    down.preventDefault();
    handle.setPointerCapture(down.pointerId);
    dragged.classList.add("dragged");
    const move = (event) => {
      last = event;
      target = place(dragged, last);
    };
    // A long plan does not fit the screen: near its edges the page goes on by itself.
    const scroll = () => {
      const step = last.clientY < EDGE_PX ? -12 : last.clientY > window.innerHeight - EDGE_PX ? 12 : 0;
      if (step !== 0) {
        window.scrollBy(0, step);
        target = place(dragged, last);
      }
      frame = requestAnimationFrame(scroll);
    };
    const end = (event) => {
      cancelAnimationFrame(frame);
      handle.removeEventListener("pointermove", move);
      handle.removeEventListener("pointerup", end);
      handle.removeEventListener("pointercancel", end);
      dragged.classList.remove("dragged");
      for (const each of builder.querySelectorAll(".item")) each.classList.remove("before", "after");
      if (event.type === "pointerup" && target !== null) {
        target.over[target.side](dragged);
        inTurn(() => act("save"));
      }
    };
    frame = requestAnimationFrame(scroll);
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  });
}

function prepare() {
  for (const handle of builder.querySelectorAll(".handle")) {
    handle.hidden = false;
    drag(handle);
  }
  document.getElementById("do-find").hidden = true;
  builder.addEventListener("submit", (event) => {
    const action = event.submitter?.value ?? "save";
    clearTimeout(keepTimer);
    if (LEAVES_PAGE.has(action)) return;
    event.preventDefault();
    inTurn(() => act(action));
  });
  builder.addEventListener("input", (event) => {
    if (["q", "region"].includes(event.target.id)) filterLibrary();
    else if (!["template", "template_name"].includes(event.target.id)) keepSoon();
  });
  builder.addEventListener("keydown", (event) => {
    const item = event.target.closest(".item");
    const step = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (item !== null && event.altKey && step !== undefined) {
      event.preventDefault();
      inTurn(() => act(`${step}:${item.dataset.key}`));
    } else if (event.key === "Enter" && event.target.id === "q") {
      event.preventDefault();
    }
  });
}

prepare();
document.getElementById("wrong")?.focus();
