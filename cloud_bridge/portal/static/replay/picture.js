// The keypoints as the camera saw them, in a frame of the camera's shape; no picture was ever sent.

import { COLOURS, SEEN_SCORE, dot, fit, letter, limb } from "./drawing.js";
import { KEYPOINTS } from "./track.js";

// COCO's keypoints: nose, eyes, ears, then left and right in turn.
const FACE = 5;
const LIMBS = [
  [5, 7, "left"], [7, 9, "left"], [6, 8, "right"], [8, 10, "right"],
  [11, 13, "left"], [13, 15, "left"], [12, 14, "right"], [14, 16, "right"],
  [5, 6, "middle"], [11, 12, "middle"], [5, 11, "left"], [6, 12, "right"],
];
const LETTERS = [[9, "L", "left"], [10, "R", "right"]];

export class Picture {
  constructor(canvas, track, motion) {
    this.canvas = canvas;
    this.track = track;
    this.aspect = motion.width / motion.height;
  }

  draw(frame) {
    const { context, width, height } = fit(this.canvas);
    const wide = Math.min(width, height * this.aspect);
    const high = wide / this.aspect;
    const [left, top] = [(width - wide) / 2, (height - high) / 2];
    context.fillStyle = COLOURS.ground;
    context.fillRect(left, top, wide, high);
    context.strokeStyle = COLOURS.grid;
    context.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
    const points = [];
    for (let k = 0; k < KEYPOINTS; k += 1) {
      const at = 2 * (frame * KEYPOINTS + k);
      points.push({
        x: left + this.track.places[at + 1] * wide,
        y: top + this.track.places[at] * high,
        seen: this.track.scores[frame * KEYPOINTS + k] >= SEEN_SCORE,
      });
    }
    context.save();
    context.beginPath();
    context.rect(left, top, wide, high);
    context.clip();
    const thick = Math.max(3, high / 60);
    for (const [from, to, side] of LIMBS) {
      limb(context, points[from], points[to], thick, COLOURS[side],
        points[from].seen && points[to].seen);
    }
    points.forEach((point, k) => {
      if (k >= FACE || point.seen) dot(context, point, thick / 2, COLOURS.middle, point.seen);
    });
    for (const [k, text, side] of LETTERS) {
      letter(context, { x: points[k].x, y: points[k].y - 14 }, text, COLOURS[side]);
    }
    context.restore();
  }
}
