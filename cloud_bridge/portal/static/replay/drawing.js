// What both views draw with: a canvas that fits its place, the sides' colours, what was hardly seen.

export const COLOURS = {
  left: "#9a4a00",
  right: "#0b5d8a",
  middle: "#3c4a57",
  ground: "#f7f9fb",
  grid: "#ccd6de",
  shadow: "rgba(20, 33, 46, 0.18)",
  ink: "#14212e",
};

/** A keypoint with a lower score was not seen: its place is a guess and is drawn dashed. */
export const SEEN_SCORE = 0.2;

/** Gives a canvas as many pixels as its place on the screen has; its size in CSS pixels. */
export function fit(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** A limb from one point to another; dashed where one of its ends was not seen. */
export function limb(context, from, to, width, colour, seen) {
  context.lineCap = "round";
  context.setLineDash(seen ? [] : [2, Math.max(6, 1.6 * width)]);
  context.lineWidth = width + 2;
  context.strokeStyle = "#ffffff";
  path(context, from, to);
  context.lineWidth = seen ? width : Math.max(2, width / 2);
  context.strokeStyle = colour;
  path(context, from, to);
  context.setLineDash([]);
}

/** A joint: a dot, hollow where it was not seen. */
export function dot(context, at, radius, colour, seen) {
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.fillStyle = seen ? colour : "#ffffff";
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
}

/** A letter beside a point, on white, so that no side is told by its colour alone. */
export function letter(context, at, text, colour) {
  context.font = "700 15px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 4;
  context.strokeStyle = "#ffffff";
  context.strokeText(text, at.x, at.y);
  context.fillStyle = colour;
  context.fillText(text, at.x, at.y);
}

function path(context, from, to) {
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}
