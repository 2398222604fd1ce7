// What is wrong with where things lie: given the least font size, the least size of a button and the
// least distance between two, all in pixels.
([leastText, leastButton, leastBetween]) => {
  const faults = [];
  const shown = (element) => element.checkVisibility() && !element.closest(".heard-only, .sprite");
  const name = (element) => `${element.tagName} ${element.id} "${element.textContent.slice(0, 30)}"`;
  const inside = (box) => box.left >= -1 && box.top >= -1
    && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
  const apart = (one, other) => Math.max(other.left - one.right, one.left - other.right,
    other.top - one.bottom, one.top - other.bottom);

  const buttons = [...document.querySelectorAll("button")].filter(shown)
    .map((button) => [button, button.getBoundingClientRect()]);
  buttons.forEach(([button, box], index) => {
    if (!inside(box)) faults.push(`outside: ${name(button)}`);
    if (Math.min(box.width, box.height) < leastButton - 0.5) {
      faults.push(`only ${box.width} x ${box.height}: ${name(button)}`);
    }
    for (const [x, y] of [[0.5, 0.5], [0.1, 0.15], [0.9, 0.15], [0.1, 0.85], [0.9, 0.85]]) {
      const top = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
      if (top?.closest("button") !== button) faults.push(`covered: ${name(button)} by ${top && name(top)}`);
    }
    for (const [other, otherBox] of buttons.slice(index + 1)) {
      if (apart(box, otherBox) < leastBetween - 0.5) {
        faults.push(`${apart(box, otherBox)} px between ${name(button)} and ${name(other)}`);
      }
    }
    const inCorner = box.right > innerWidth * 0.97 && box.bottom > innerHeight * 0.96;
    if (button.classList.contains("stop") && !inCorner) faults.push("Stop is not in its corner");
  });

  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !shown(element) || element.closest("svg, script")) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < leastText - 0.1) faults.push(`${size} px: ${name(element)}`);
    const scrolled = element.closest("[tabindex='0']")?.getBoundingClientRect();
    const paragraph = element.closest("p, li, dt, dd, h1, button").getBoundingClientRect();
    const part = element.closest("main, footer, nav, #warning").getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(element);
    for (const line of range.getClientRects()) {
      // Around the middle of the line as high as its letters: what is in its leading is empty.
      const middle = (line.top + line.bottom) / 2;
      const ink = { left: line.left, right: line.right, top: middle - size * 0.36, bottom: middle + size * 0.36 };
      // What can be scrolled to is not cut off.
      if (scrolled && (ink.bottom > scrolled.bottom || ink.top < scrolled.top)) continue;
      const cut = ink.top < part.top - 1 || ink.bottom > part.bottom + 1
        || ink.left < paragraph.left - 1 || ink.right > paragraph.right + 1;
      if (cut || !inside(ink)) faults.push(`cut off: ${name(element)}`);
    }
  }

  const parts = ["stage", "side", "details", "band", "hint", "actions", "signs", "states", "last", "warning"]
    .map((id) => document.getElementById(id)).filter(shown)
    .map((element) => [element.id, element.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  parts.forEach(([id, box], index) => {
    for (const [other, otherBox] of parts.slice(index + 1)) {
      if (apart(box, otherBox) < -1) faults.push(`${id} lies over ${other}`);
    }
  });
  return faults;
}
