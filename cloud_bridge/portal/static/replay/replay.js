// Replays the movement of a set where it was sent: a skeleton in space beside what the camera saw.
"use strict";

import { Picture } from "./picture.js";
import { Space } from "./space.js";
import { fillBar, isWorst, repetitionWords, seconds, wordsAt } from "./timeline.js";
import { canRead, readTrack } from "./track.js";

const KEY_STEP = Math.PI / 18;
const PER_PIXEL = 0.01;
const VIEWS = {
  camera: [0, 0.12],
  left: [-Math.PI / 2, 0.12],
  right: [Math.PI / 2, 0.12],
  above: [0, 1.2],
};
const KEYS = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, KEY_STEP],
  ArrowDown: [0, -KEY_STEP],
};

class Replay {
  constructor(root, motion, track) {
    this.motion = motion;
    this.track = track;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.slider = this.part("time");
    this.button = this.part("play");
    this.timeS = 0;
    this.frame = 0;
    this.playing = false;
    this.picture = new Picture(this.part("picture"), track, motion);
    this.space = track.jointsM === null ? null : new Space(this.part("space"), track);
    this.#fill();
    this.#listen();
    this.show(0);
  }

  get lengthS() {
    return this.track.timesS[this.track.frames - 1];
  }

  /** The frame that was seen last at a moment; nothing is made up between two. */
  show(timeS) {
    this.timeS = Math.max(0, Math.min(this.lengthS, timeS));
    const times = this.track.timesS;
    let frame = Math.min(this.frame, this.track.frames - 1);
    while (frame + 1 < this.track.frames && times[frame + 1] <= this.timeS + 1e-6) frame += 1;
    while (frame > 0 && times[frame] > this.timeS + 1e-6) frame -= 1;
    this.frame = frame;
    this.slider.value = String(frame);
    const at = wordsAt(this.motion, times[frame]);
    const words = `${seconds(times[frame])} s of ${seconds(this.lengthS)} s${at ? `: ${at}` : ""}`;
    this.slider.setAttribute("aria-valuetext", words);
    this.part("now").textContent = words;
    this.draw();
  }

  draw() {
    this.picture.draw(this.frame);
    if (this.space !== null) {
      this.space.draw(this.frame);
      this.part("seen-from").textContent = `Seen ${this.space.words()}.`;
    }
  }

  play(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    this.button.textContent = playing ? "Pause" : "Play";
    if (!playing) return;
    if (this.frame === this.track.frames - 1) this.show(0);
    let before = performance.now();
    const step = (now) => {
      if (!this.playing) return;
      this.show(this.timeS + ((now - before) / 1000) * Number(this.part("speed").value));
      before = now;
      if (this.frame === this.track.frames - 1) this.play(false);
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  #fill() {
    const { motion, track } = this;
    this.slider.max = String(track.frames - 1);
    fillBar(this.part("bar"), motion, this.lengthS);
    const list = this.part("repetitions");
    motion.repetitions.forEach((each, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = isWorst(motion, each) ? "quiet worst" : "quiet";
      button.textContent = repetitionWords(motion, index);
      button.addEventListener("click", () => {
        this.play(false);
        this.show(this.track.timesS.find((timeS) => timeS >= each.begins_s) ?? this.lengthS);
      });
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    });
    this.part("trimmed").textContent = motion.trimmed
      ? `The movement is from ${seconds(motion.trimmed.begins_s)} to ${seconds(motion.trimmed.ends_s)} s; what is hatched lies outside it.`
      : "Where the movement begins and ends was not found.";
    if (motion.worst !== null) {
      this.part("worst").textContent =
        "▼ in a double frame: the repetition that stands out as least good.";
    } else if (motion.repetitions.length > 1) {
      this.part("worst").textContent = "No repetition stands out as less good than the others.";
    }
    this.part("rate").textContent = `${(motion.recorded_frames_per_s / motion.every).toFixed(1)} frames a second`
      + (motion.every > 1 ? `, one in ${motion.every} of those recorded.` : ", all that were recorded.");
    if (this.space === null) {
      this.part("space-view").hidden = true;
      this.part("flat").hidden = false;
    }
  }

  #listen() {
    this.button.addEventListener("click", () => this.play(!this.playing));
    this.slider.addEventListener("input", () => {
      this.play(false);
      this.show(this.track.timesS[Number(this.slider.value)]);
    });
    new ResizeObserver(() => this.draw()).observe(this.part("picture"));
    if (this.space !== null) this.#listenToTurns();
  }

  #listenToTurns() {
    const canvas = this.part("space");
    const turn = (yaw, pitch) => {
      this.space.turn(yaw, pitch);
      this.draw();
    };
    let last = null;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      last = event;
    });
    canvas.addEventListener("pointermove", (event) => {
      if (last === null || event.pointerId !== last.pointerId) return;
      // As if the skeleton were held: what is nearest follows the hand.
      turn(PER_PIXEL * (last.clientX - event.clientX), PER_PIXEL * (event.clientY - last.clientY));
      last = event;
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        last = null;
      });
    }
    canvas.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      turn(...KEYS[event.key]);
    });
    for (const button of this.part("views").querySelectorAll("button")) {
      button.addEventListener("click", () => {
        this.space.look(...VIEWS[button.dataset.view]);
        this.draw();
      });
    }
  }
}

async function open(root) {
  const say = root.querySelector("[data-part=state]");
  if (!canRead() || !document.createElement("canvas").getContext("2d")) {
    say.textContent = "This browser is too old to replay movement: use one from 2023 or later.";
    return;
  }
  try {
    const answer = await fetch(root.dataset.address);
    if (!answer.ok) throw new Error(`the bridge answered ${answer.status}`);
    const { motion } = (await answer.json()).motion;
    const track = await readTrack(motion);
    const view = root.querySelector("[data-part=view]");
    root.querySelector("[data-part=open]").hidden = true;
    view.hidden = false;
    new Replay(root, motion, track);
    root.dataset.shown = "yes";
    view.querySelector("[data-part=play]").focus();
  } catch (error) {
    say.textContent = `The movement could not be loaded: ${error.message}. Load the page again.`;
  }
}

for (const root of document.querySelectorAll("[data-replay]")) {
  const button = root.querySelector("[data-part=open]");
  button.hidden = false;
  button.addEventListener("click", () => open(root));
}
