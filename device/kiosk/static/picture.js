// One frame on the canvas, mirrored as in a looking-glass: the camera's picture (or a plain ground
// for those who do not like to see themselves), the silhouette to fill, the skeleton, and the range
// of motion as an arc at the judged joint.
import { drawDot, drawLine, drawSkeleton } from "./skeleton.js";

const LEAST_SCORE = 0.3;
const PLAIN_HEIGHT = 720;
const PLAIN = "#132235";
const ARC = "#fff", DONE = "#8ff0b0", EDGE = "#000";
const CLEAR_SIDE = Math.sin((12 * Math.PI) / 180);
// Which side of the fixed limb the moving one was on, by joint; kept where it is not to be told.
const sides = new Map();

export function drawLive(context, picture, screen) {
  const { canvas } = context;
  const height = picture ? picture.height : PLAIN_HEIGHT;
  const width = picture ? picture.width : Math.round(PLAIN_HEIGHT * screen.aspect);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.setTransform(-1, 0, 0, 1, width, 0);
  if (picture) {
    context.drawImage(picture, 0, 0);
  } else {
    context.fillStyle = PLAIN;
    context.fillRect(0, 0, width, height);
  }
  const thick = Math.max(3, height / 100);
  if (screen.guide) drawSilhouette(context, screen.guide, thick);
  const points = pointsOf(screen.keypoints, width, height);
  drawSkeleton(context, points, new Set(screen.judged), thick, !picture);
  if (screen.target) drawRange(context, points, screen.target, thick);
  else sides.clear();
}

function pointsOf(keypoints, width, height) {
  return Array.from({ length: keypoints.length / 3 }, (_, index) => ({
    x: keypoints[index * 3 + 1] * width,
    y: keypoints[index * 3] * height,
    seen: keypoints[index * 3 + 2] >= LEAST_SCORE,
  }));
}

// The outline of a person to step into: dashed while something is wrong, whole when it is right.
function drawSilhouette(context, { box, arrow, lying }, thick) {
  const { width, height } = context.canvas;
  const [left, top, right, bottom] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height];
  context.save();
  context.translate((left + right) / 2, (top + bottom) / 2);
  if (lying) context.rotate(Math.PI / 2);
  const tall = lying ? right - left : bottom - top;
  const wide = Math.min(lying ? bottom - top : right - left, tall * 0.4);
  const head = Math.min(tall * 0.075, wide * 0.3);
  const shape = new Path2D();
  shape.ellipse(0, -tall / 2 + head, head * 0.85, head, 0, 0, 2 * Math.PI);
  shape.roundRect(-wide / 2, -tall / 2 + head * 2.3, wide, tall * 0.36, wide * 0.22);
  shape.roundRect(-wide * 0.36, -tall / 2 + head * 2.3 + tall * 0.36, wide * 0.33, tall * 0.64 - head * 2.3, wide * 0.12);
  shape.roundRect(wide * 0.03, -tall / 2 + head * 2.3 + tall * 0.36, wide * 0.33, tall * 0.64 - head * 2.3, wide * 0.12);
  context.setLineDash(arrow ? [thick * 3, thick * 2.2] : []);
  for (const [colour, across] of [[EDGE, 1.6], [arrow ? ARC : DONE, 0.9]]) {
    context.strokeStyle = colour;
    context.lineWidth = thick * across;
    context.stroke(shape);
  }
  context.restore();
}

function drawRange(context, points, target, thick) {
  const { start_inner_deg: start, target_inner_deg: aim } = target;
  if (start === null || aim === null) return;
  for (const [fixed, vertex, moving] of target.joints) {
    const [f, v, m] = [points[fixed], points[vertex], points[moving]];
    if (!f.seen || !v.seen || !m.seen) continue;
    const side = sideOf(vertex, f, v, m);
    if (side === 0) continue;
    const from = Math.atan2(f.y - v.y, f.x - v.x);
    const radius = Math.hypot(m.x - v.x, m.y - v.y) * 0.72;
    const at = (deg) => from + side * deg * (Math.PI / 180);
    const now = at(innerAngle(f, v, m));
    const sweep = (to, colour, across) => {
      context.strokeStyle = colour;
      context.lineWidth = thick * across;
      context.beginPath();
      context.arc(v.x, v.y, radius, at(start), to, (at(start) > to));
      context.stroke();
    };
    context.lineCap = "butt";
    sweep(at(aim), EDGE, 2.2);
    sweep(at(aim), ARC, 1.2);
    const towards = (now - at(start)) * (at(aim) - at(start)) > 0;
    if (towards) sweep(now, DONE, 1.2);
    // The target: a bar across the arc, with a dot at its end.
    const point = (far) => ({ x: v.x + Math.cos(at(aim)) * far, y: v.y + Math.sin(at(aim)) * far });
    drawLine(context, point(radius * 0.75), point(radius * 1.35), EDGE, thick * 2.6);
    drawLine(context, point(radius * 0.75), point(radius * 1.35), reached(target) ? DONE : ARC, thick * 1.4);
    drawDot(context, point(radius * 1.35), thick * 1.7, reached(target) ? DONE : ARC, thick * 0.5);
  }
}

function reached({ share }) {
  return share !== null && share >= 1;
}

function innerAngle(f, v, m) {
  const one = Math.atan2(f.y - v.y, f.x - v.x), other = Math.atan2(m.y - v.y, m.x - v.x);
  const between = Math.abs(one - other) * (180 / Math.PI);
  return between > 180 ? 360 - between : between;
}

// 1 or -1; the last one known where the limbs are nearly in line, 0 where none is known.
function sideOf(joint, f, v, m) {
  const cross = (f.x - v.x) * (m.y - v.y) - (f.y - v.y) * (m.x - v.x);
  const lengths = Math.hypot(f.x - v.x, f.y - v.y) * Math.hypot(m.x - v.x, m.y - v.y);
  if (lengths > 0 && Math.abs(cross) / lengths > CLEAR_SIDE) sides.set(joint, Math.sign(cross));
  return sides.get(joint) ?? 0;
}
