// Reads the track of a set's movement, as models/motion.py describes it, into plain arrays.

export const KEYPOINTS = 17;
export const JOINTS = 13;
const PLACE_STEPS = 4096;
const SCORE_STEPS = 255;

/** Whether this browser can read a track at all. */
export function canRead() {
  return typeof DecompressionStream === "function";
}

/**
 * The movement of one set: timesS Float64Array [T], keypoints {places [T·34], scores [T·17]},
 * jointsM Float32Array [T·39] or null; frame by frame.
 */
export async function readTrack(motion) {
  const bytes = await unpack(motion.track);
  const frames = motion.frames;
  const view = new DataView(bytes.buffer);
  const timesS = new Float64Array(frames);
  for (let t = 1; t < frames; t += 1) {
    timesS[t] = timesS[t - 1] + view.getUint32(4 * t, true) / 1000;
  }
  let at = 4 * frames;
  const places = channels(bytes, at, frames, 2 * KEYPOINTS, 1 / PLACE_STEPS);
  at += 4 * KEYPOINTS * frames;
  const scores = new Float32Array(frames * KEYPOINTS);
  for (let k = 0; k < KEYPOINTS; k += 1) {
    let value = 0;
    for (let t = 0; t < frames; t += 1) {
      value = (value + bytes[at + k * frames + t]) & 0xff;
      scores[t * KEYPOINTS + k] = value / SCORE_STEPS;
    }
  }
  at += KEYPOINTS * frames;
  const jointsM =
    motion.joints === "depth" ? channels(bytes, at, frames, 3 * JOINTS, 1 / 1000) : null;
  return { frames, timesS, places, scores, jointsM };
}

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Float32Array [T · count] of channels whose low bytes stand before their high bytes. */
function channels(bytes, at, frames, count, step) {
  const values = new Float32Array(frames * count);
  const high = at + frames * count;
  for (let c = 0; c < count; c += 1) {
    let value = 0;
    for (let t = 0; t < frames; t += 1) {
      const folded = bytes[at + c * frames + t] | (bytes[high + c * frames + t] << 8);
      value = ((value + ((folded >>> 1) ^ -(folded & 1))) << 16) >> 16;
      values[t * count + c] = value * step;
    }
  }
  return values;
}
