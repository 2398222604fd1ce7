// A skeleton of 17 COCO keypoints on a canvas. The judged limbs differ by width as well as colour.
const LIMBS = [
  [5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12], [11, 12],
  [11, 13], [13, 15], [12, 14], [14, 16],
];
const HEAD = [0, 1, 2, 3, 4];
const FIRST_JOINT = 5;
const JUDGED = "#ffd23f", OTHER = "#fff", EDGE = "#000";

// `points` are {x, y, seen} in pixels; `thick` in pixels.
export function drawSkeleton(context, points, judged, thick, withHead = false) {
  context.lineCap = "round";
  for (const [first, second] of LIMBS) {
    const a = points[first], b = points[second];
    if (!a.seen || !b.seen) continue;
    const isJudged = judged.has(first) && judged.has(second);
    drawLine(context, a, b, EDGE, thick * (isJudged ? 2.4 : 2));
    drawLine(context, a, b, isJudged ? JUDGED : OTHER, thick * (isJudged ? 1.6 : 1));
  }
  for (let index = FIRST_JOINT; index < points.length; index++) {
    const point = points[index];
    if (!point.seen) continue;
    drawDot(context, point, thick * (judged.has(index) ? 1.3 : 0.9), judged.has(index) ? JUDGED : OTHER, thick * 0.4);
  }
  if (withHead) drawHead(context, points, thick);
}

function drawHead(context, points, thick) {
  const seen = HEAD.map((index) => points[index]).filter((point) => point.seen);
  const [left, right] = [points[5], points[6]];
  if (!seen.length || !left.seen || !right.seen) return;
  const middle = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const centre = { x: middle(seen.map((point) => point.x)), y: middle(seen.map((point) => point.y)) };
  const neck = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  const length = Math.hypot(centre.x - neck.x, centre.y - neck.y);
  drawLine(context, neck, centre, EDGE, thick * 2);
  drawLine(context, neck, centre, OTHER, thick);
  drawDot(context, centre, Math.max(length * 0.55, thick), OTHER, thick * 0.4);
}

export function drawLine(context, a, b, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(a.x, a.y);
  context.lineTo(b.x, b.y);
  context.stroke();
}

export function drawDot(context, point, radius, colour, edge) {
  context.fillStyle = colour;
  context.strokeStyle = EDGE;
  context.lineWidth = edge;
  context.beginPath();
  context.arc(point.x, point.y, radius, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}
