// Receives and draws the live picture away from the page's main thread, so that a busy page never
// delays it. Each message holds a picture with its own keypoints; the next one is asked for when
// this one has been drawn.
const LIMBS = [
  [5, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [6, 12], [11, 12],
  [11, 13], [13, 15], [12, 14], [14, 16],
];
const LEAST_SCORE = 0.3;
const RETRY_MS = [300, 600, 1200, 2500];
const decoder = new TextDecoder();
let canvas, context, address, attempt = 0;

onmessage = ({ data }) => {
  canvas = data.canvas;
  context = canvas.getContext("2d", { alpha: false });
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
    postMessage({ lost: true });
    setTimeout(connect, RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]);
  };
}

async function show(data) {
  const length = new DataView(data).getUint32(0, true);
  const screen = JSON.parse(decoder.decode(new Uint8Array(data, 4, length)));
  if (screen.sequence) {
    const jpeg = new Blob([new Uint8Array(data, 4 + length)], { type: "image/jpeg" });
    const picture = await createImageBitmap(jpeg);
    draw(picture, screen.keypoints, new Set(screen.judged));
    picture.close();
  }
  delete screen.keypoints;
  postMessage({ screen });
}

function draw(picture, keypoints, judged) {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  const { width, height } = canvas;
  // Mirrored, as in a looking-glass.
  context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(picture, 0, 0);
  const thick = Math.max(3, height / 110);
  const at = (index) => ({
    x: keypoints[index * 3 + 1] * width,
    y: keypoints[index * 3] * height,
    seen: keypoints[index * 3 + 2] >= LEAST_SCORE,
  });
  context.lineCap = "round";
  for (const [first, second] of LIMBS) {
    const a = at(first), b = at(second);
    if (!a.seen || !b.seen) continue;
    const isJudged = judged.has(first) && judged.has(second);
    for (const [colour, wide] of [["#000", 2], [isJudged ? "#ffd23f" : "#fff", isJudged ? 1.5 : 1]]) {
      context.strokeStyle = colour;
      context.lineWidth = thick * wide;
      context.beginPath();
      context.moveTo(a.x, a.y);
      context.lineTo(b.x, b.y);
      context.stroke();
    }
  }
  for (let index = 5; index < 17; index++) {
    const point = at(index);
    if (!point.seen) continue;
    context.fillStyle = judged.has(index) ? "#ffd23f" : "#fff";
    context.strokeStyle = "#000";
    context.lineWidth = thick * 0.4;
    context.beginPath();
    context.arc(point.x, point.y, thick * (judged.has(index) ? 1.3 : 0.9), 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}
