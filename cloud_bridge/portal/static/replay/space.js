// The skeleton in space, turned by yaw and pitch and drawn in perspective on a plain canvas.
//
// Thirteen points need no WebGL, which many a clinic's remote desktop does not have.

import { COLOURS, SEEN_SCORE, dot, fit, letter, limb } from "./drawing.js";
import { JOINTS, KEYPOINTS } from "./track.js";

// As models/kinect_joints.py orders them: head, then left and right in turn.
const HEAD = 0;
const TRUNK = [1, 2, 8, 7];
const LIMBS = [
  [1, 3, "left"], [3, 5, "left"], [2, 4, "right"], [4, 6, "right"],
  [7, 9, "left"], [9, 11, "left"], [8, 10, "right"], [10, 12, "right"],
  [1, 2, "middle"], [7, 8, "middle"], [1, 7, "left"], [2, 8, "right"],
];
const LETTERS = [[5, "L", "left"], [6, "R", "right"]];
const LIMB_M = 0.055;
const HEAD_M = 0.1;
const DISTANCE_M = 4;
const GROUND_OVER_S = 0.5;
const MOST_PITCH = 1.4;

export class Space {
  constructor(canvas, track) {
    this.canvas = canvas;
    this.track = track;
    this.ground = groundOf(track);
    this.extent = extentOf(track, this.ground);
    this.look(0, 0.12);
  }

  /** Where the viewer stands: yaw 0 is the camera's place, pitch above 0 looks from above. */
  look(yaw, pitch) {
    this.yaw = yaw;
    this.pitch = Math.max(-MOST_PITCH, Math.min(MOST_PITCH, pitch));
  }

  turn(yaw, pitch) {
    this.look(this.yaw + yaw, this.pitch + pitch);
  }

  /** The viewer's place in words. */
  words() {
    const degrees = Math.round(((this.yaw * 180) / Math.PI) % 360);
    const yaw = ((degrees + 540) % 360) - 180;
    const above = Math.round((this.pitch * 180) / Math.PI);
    const sideways = yaw === 0 ? "from the camera" : `${Math.abs(yaw)}° to the ${yaw > 0 ? "right" : "left"} of the camera`;
    return `${sideways}, ${Math.abs(above)}° from ${above >= 0 ? "above" : "below"}`;
  }

  draw(frame) {
    const { context, width, height } = fit(this.canvas);
    const project = this.#projection(width, height);
    context.fillStyle = COLOURS.ground;
    context.fillRect(0, 0, width, height);
    this.#grid(context, project);
    const points = [];
    const shadows = [];
    for (let j = 0; j < JOINTS; j += 1) {
      const [x, y, z] = this.#joint(frame, j);
      points.push({ ...project(x, y, z), seen: jointScore(this.track, frame, j) >= SEEN_SCORE });
      shadows.push(project(x, 0, z));
    }
    this.#shadow(context, shadows);
    this.#body(context, points);
  }

  #joint(frame, joint) {
    const at = 3 * (frame * JOINTS + joint);
    const m = this.track.jointsM;
    return [m[at], m[at + 1] - this.ground[frame], m[at + 2]];
  }

  #projection(width, height) {
    const [sinYaw, cosYaw] = [Math.sin(this.yaw), Math.cos(this.yaw)];
    const [sinPitch, cosPitch] = [Math.sin(this.pitch), Math.cos(this.pitch)];
    const { tall, broad } = this.extent;
    const scale = 0.86 * Math.min(height / tall, width / broad) * DISTANCE_M;
    const middle = tall / 2;
    return (x, y, z) => {
      const across = x * cosYaw - z * sinYaw;
      const towards = x * sinYaw + z * cosYaw;
      const up = (y - middle) * cosPitch - towards * sinPitch;
      const near = (y - middle) * sinPitch + towards * cosPitch;
      const size = scale / Math.max(0.5, DISTANCE_M - near);
      return { x: width / 2 + across * size, y: height / 2 - up * size, near, size };
    };
  }

  #grid(context, project) {
    context.strokeStyle = COLOURS.grid;
    context.lineWidth = 1;
    for (let step = -2; step <= 2; step += 1) {
      for (const [a, b] of [
        [project(step / 2, 0, -1), project(step / 2, 0, 1)],
        [project(-1, 0, step / 2), project(1, 0, step / 2)],
      ]) {
        context.beginPath();
        context.moveTo(a.x, a.y);
        context.lineTo(b.x, b.y);
        context.stroke();
      }
    }
  }

  #shadow(context, shadows) {
    context.strokeStyle = COLOURS.shadow;
    context.lineCap = "round";
    for (const [from, to] of LIMBS) {
      context.lineWidth = LIMB_M * shadows[from].size;
      context.beginPath();
      context.moveTo(shadows[from].x, shadows[from].y);
      context.lineTo(shadows[to].x, shadows[to].y);
      context.stroke();
    }
  }

  #body(context, points) {
    const neck = between(points[1], points[2]);
    const parts = LIMBS.map(([from, to, side]) => ({
      near: (points[from].near + points[to].near) / 2,
      draw: () =>
        limb(context, points[from], points[to], LIMB_M * points[from].size, COLOURS[side],
          points[from].seen && points[to].seen),
    }));
    parts.push({
      near: (neck.near + points[HEAD].near) / 2,
      draw: () => {
        limb(context, neck, points[HEAD], LIMB_M * neck.size, COLOURS.middle, points[HEAD].seen);
        dot(context, points[HEAD], HEAD_M * points[HEAD].size, COLOURS.middle, points[HEAD].seen);
      },
    });
    parts.push({ near: Math.min(...TRUNK.map((j) => points[j].near)), draw: () => trunk(context, points) });
    parts.sort((one, other) => one.near - other.near);
    for (const part of parts) part.draw();
    for (const [joint, text, side] of LETTERS) {
      const at = { x: points[joint].x, y: points[joint].y - 18 };
      letter(context, at, text, COLOURS[side]);
    }
  }
}

/** The score of a joint: of its keypoint, for the head the best one of the face. */
export function jointScore(track, frame, joint) {
  const at = frame * KEYPOINTS;
  if (joint !== HEAD) return track.scores[at + joint + 4];
  return Math.max(...track.scores.subarray(at, at + 5));
}

function trunk(context, points) {
  context.beginPath();
  TRUNK.forEach((joint, index) => {
    if (index === 0) context.moveTo(points[joint].x, points[joint].y);
    else context.lineTo(points[joint].x, points[joint].y);
  });
  context.closePath();
  context.fillStyle = "rgba(60, 74, 87, 0.22)";
  context.fill();
}

function between(one, other) {
  const middle = (key) => (one[key] + other[key]) / 2;
  return { x: middle("x"), y: middle("y"), near: middle("near"), size: middle("size") };
}

/** How far below the hips the floor is, frame by frame: the lowest joint, over half a second. */
function groundOf({ frames, timesS, jointsM }) {
  const lowest = new Float64Array(frames + 1);
  for (let t = 0; t < frames; t += 1) {
    let low = Infinity;
    for (let j = 0; j < JOINTS; j += 1) low = Math.min(low, jointsM[3 * (t * JOINTS + j) + 1]);
    lowest[t + 1] = lowest[t] + low;
  }
  const ground = new Float64Array(frames);
  let first = 0;
  let last = 0;
  for (let t = 0; t < frames; t += 1) {
    while (timesS[first] < timesS[t] - GROUND_OVER_S / 2) first += 1;
    while (last + 1 < frames && timesS[last + 1] <= timesS[t] + GROUND_OVER_S / 2) last += 1;
    ground[t] = (lowest[last + 1] - lowest[first]) / (last + 1 - first);
  }
  return ground;
}

/** How much room the whole set needs, from every side. */
function extentOf({ frames, jointsM }, ground) {
  let tall = 1;
  let far = 0.5;
  for (let t = 0; t < frames; t += 1) {
    for (let j = 0; j < JOINTS; j += 1) {
      const at = 3 * (t * JOINTS + j);
      tall = Math.max(tall, jointsM[at + 1] - ground[t] + HEAD_M);
      far = Math.max(far, Math.hypot(jointsM[at], jointsM[at + 2]) + HEAD_M);
    }
  }
  return { tall: 1.12 * tall, broad: 2.2 * far };
}
