// The exercise as it should be done: the reference motion's skeleton, moving; for those who want
// less motion, its two ends side by side.
import { drawLine, drawSkeleton } from "./skeleton.js";

const LONGEST = 1080;
// Wider than this a body lies: its two ends stand above each other.
const LYING_ASPECT = 1.2;
// Room for the head of a body that lies flat.
const LEAST_DOWN = 260;
const BORDER = 0.03;
const GROUND = "#132235", FLOOR = "#d5e2f0";
const LEAST_FRAME_MS = 50;

export class Demonstration {
  constructor(context, still) {
    this.context = context;
    this.still = still;
    this.stop();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = this.address = this.motion = null;
  }

  show(demonstration, judged) {
    if (!demonstration) {
      if (this.address) this.stop();
      return;
    }
    this.judged = new Set(judged);
    if (this.address === demonstration.motion) return;
    this.stop();
    this.address = demonstration.motion;
    this.begin(this.address);
  }

  async begin(address) {
    const answer = await fetch(address).catch(() => null);
    const motion = answer?.ok ? await answer.json() : null;
    if (this.address !== address) return;
    if (!motion) {
      // Asked for again with the next message.
      this.address = null;
      return;
    }
    this.motion = motion;
    this.startedMs = performance.now();
    this.draw();
    if (!this.still) {
      this.timer = setInterval(() => this.draw(), Math.max(LEAST_FRAME_MS, motion.frame_s * 1000));
    }
  }

  draw() {
    const { frames, frame_s: frameS, aspect } = this.motion;
    const shown = this.still ? [frames[0], frames[peakOf(frames)]]
      : [frames[Math.floor((performance.now() - this.startedMs) / (frameS * 1000)) % frames.length]];
    const { context } = this;
    const across = Math.round(LONGEST * Math.min(1, aspect)), body = Math.round(LONGEST / Math.max(1, aspect));
    const down = Math.max(body, LEAST_DOWN);
    const stacked = aspect > LYING_ASPECT;
    const width = stacked ? across : across * shown.length;
    const height = stacked ? down * shown.length : down;
    if (context.canvas.width !== width || context.canvas.height !== height) {
      Object.assign(context.canvas, { width, height });
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = GROUND;
    context.fillRect(0, 0, width, height);
    const lowest = Math.max(...frames.flat().filter((_, index) => index % 2 === 1));
    const thick = LONGEST / 75;
    shown.forEach((frame, index) => {
      const [left, above] = stacked ? [0, index * down] : [index * across, 0];
      const top = above + (down - body) / 2;
      const floor = Math.min(above + down - thick / 2, top + (BORDER + lowest * (1 - 2 * BORDER)) * body + thick);
      drawLine(context, { x: left, y: floor }, { x: left + across, y: floor }, FLOOR, thick / 3);
      drawSkeleton(context, pointsOf(frame, across, body, left, top), this.judged, thick, true);
    });
  }
}

// Mirrored, as the patient sees themselves on the next screens.
function pointsOf(frame, width, height, left, top) {
  const inside = 1 - 2 * BORDER;
  return Array.from({ length: frame.length / 2 }, (_, index) => ({
    x: left + (1 - BORDER - frame[index * 2] * inside) * width,
    y: top + (BORDER + frame[index * 2 + 1] * inside) * height,
    seen: true,
  }));
}

// The frame that is furthest from the first.
function peakOf(frames) {
  const distance = (frame) => frame.reduce((sum, value, index) => sum + Math.abs(value - frames[0][index]), 0);
  return frames.reduce((best, frame, index) => (distance(frame) > distance(frames[best]) ? index : best), 0);
}
