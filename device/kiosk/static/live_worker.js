// Receives and draws the live picture away from the page's main thread, so that a busy page never
// delays it. Each message holds a picture with its own keypoints; the next one is asked for when
// this one has been drawn. The page gets the words when it has shown the last ones: a busy page
// skips some, and never has to catch up.
import { Demonstration } from "./demonstration.js";
import { drawLive } from "./picture.js";

// A picture that old is of another moment: it goes, rather than stand for the patient of now.
const STALE_MS = 1500;
const RETRY_MS = [300, 600, 1200, 2500];
const decoder = new TextDecoder();
let canvas, context, address, demonstration, attempt = 0, drawnMs = null;
let pending = null, told = "", pageIsBusy = false;

onmessage = ({ data }) => {
  if (data.shown) {
    pageIsBusy = false;
    tell();
    return;
  }
  canvas = data.canvas;
  context = canvas.getContext("2d", { alpha: false });
  demonstration = new Demonstration(context, data.still);
  address = data.address;
  connect();
};

function connect() {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { attempt = 0; socket.send("next"); };
  socket.onmessage = async ({ data }) => {
    try {
      await show(data);
    } catch (error) {
      postMessage({ failure: String(error) });
    }
    if (socket.readyState === WebSocket.OPEN) socket.send("next");
  };
  socket.onclose = () => {
    pending = null;
    told = "";
    demonstration.stop();
    wipe();
    postMessage({ lost: true });
    setTimeout(connect, RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]);
  };
}

function wipe() {
  drawnMs = null;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
}

async function show(data) {
  const length = new DataView(data).getUint32(0, true);
  const screen = JSON.parse(decoder.decode(new Uint8Array(data, 4, length)));
  const { sequence, keypoints, aspect, ...words } = screen;
  demonstration.show(screen.demonstration, screen.judged);
  if (sequence && !screen.demonstration) {
    const jpeg = data.byteLength > 4 + length
      ? new Blob([new Uint8Array(data, 4 + length)], { type: "image/jpeg" }) : null;
    const picture = jpeg && await createImageBitmap(jpeg);
    drawLive(context, picture, { ...words, keypoints, aspect });
    picture?.close();
    drawnMs = performance.now();
  } else if (screen.demonstration) {
    drawnMs = null;
  } else if (drawnMs !== null && performance.now() - drawnMs > STALE_MS) {
    wipe();
  }
  pending = words;
  tell();
}

function tell() {
  if (pageIsBusy || !pending) return;
  const text = typeset(JSON.stringify(pending), pending.language);
  if (text !== told) {
    told = text;
    pageIsBusy = true;
    postMessage({ screen: JSON.parse(text) });
  }
  pending = null;
}

// French signs with a space before them stay on their word's line.
function typeset(text, language) {
  if (language !== "fr") return text;
  return text.replaceAll(/ (?=[:;?!»])/g, "\u00a0").replaceAll("« ", "«\u00a0");
}
