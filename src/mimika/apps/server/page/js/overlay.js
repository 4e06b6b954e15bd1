// What is drawn over a picture: boxes, emotions, bars.

import { emotion, percent } from "./i18n.js";

const DARK = "#101010";
const PANEL = "rgba(12, 12, 14, 0.72)";
const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

// place: {scale, x, y, mirror, width}: from the picture's pixels to the canvas'.
export function drawFaces(context, result, colours, place, { bars = true } = {}) {
  const size = Math.max(13, Math.min(context.canvas.width, context.canvas.height) * 0.036);
  for (const face of result.faces) {
    const box = placed(face.box, place);
    const colour = colours[face.emotion] ?? "#e69f00";
    const thick = Math.max(2, size / 7);
    context.lineJoin = "round";
    for (const [line, style] of [[thick + 2, DARK], [thick, colour]]) {
      context.lineWidth = line;
      context.strokeStyle = style;
      context.strokeRect(box.x, box.y, box.width, box.height);
    }
    const many = result.faces.length > 1 ? `${face.track}  ` : "";
    label(context, `${many}${emotion(face.emotion)} ${percent(face.confidence)}`, box, colour, size);
    if (bars) drawBars(context, face, box, colours, size * 0.78);
  }
}

function placed(box, place) {
  const x = place.mirror ? place.width - box.x - box.width : box.x;
  return { x: place.x + x * place.scale, y: place.y + box.y * place.scale,
    width: box.width * place.scale, height: box.height * place.scale };
}

function label(context, words, box, colour, size) {
  context.font = `600 ${size}px ${FONT}`;
  context.textBaseline = "middle";
  const width = context.measureText(words).width + size;
  const height = size * 1.5;
  const x = clamp(box.x, 0, context.canvas.width - width);
  const y = box.y >= height ? box.y - height : clamp(box.y + box.height, 0, context.canvas.height - height);
  context.fillStyle = colour;
  context.fillRect(x, y, width, height);
  context.fillStyle = bright(colour) ? DARK : "#ffffff";
  context.fillText(words, x + size / 2, y + height / 2);
}

function drawBars(context, face, box, colours, size) {
  const rows = Object.entries(face.probabilities);
  const row = size * 1.4;
  context.font = `${size}px ${FONT}`;
  const names = Math.max(...rows.map(([name]) => context.measureText(emotion(name)).width));
  const bar = size * 5;
  const width = names + bar + size * 4.2;
  const height = rows.length * row + size;
  if (height > context.canvas.height) return;
  const right = box.x + box.width + size / 2;
  const x = right + width <= context.canvas.width ? right : clamp(box.x - width - size / 2, 0, context.canvas.width - width);
  const y = clamp(box.y, 0, context.canvas.height - height);
  context.fillStyle = PANEL;
  context.fillRect(x, y, width, height);
  rows.forEach(([name, share], i) => {
    const middle = y + size / 2 + (i + 0.5) * row;
    const left = x + size / 2 + names + size / 2;
    context.fillStyle = "#ffffff";
    context.fillText(emotion(name), x + size / 2, middle);
    context.fillText(percent(share), left + bar + size / 2, middle);
    context.fillStyle = "#5a5a5a";
    context.fillRect(left, middle - size / 4, bar, size / 2);
    context.fillStyle = colours[name] ?? "#e69f00";
    context.fillRect(left, middle - size / 4, bar * share, size / 2);
  });
}

const clamp = (value, least, most) => Math.max(least, Math.min(value, most));

function bright(colour) {
  const [red, green, blue] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 128;
}
