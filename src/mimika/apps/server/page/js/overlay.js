// What is drawn over a picture: boxes, emotions, bars.

import { color as colorOf, emotion, percent } from "./i18n.js";

const DARK = "#101010";
const PANEL = "rgba(12, 12, 14, 0.72)";
const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

// place: {scale, x, y, mirror, width}: from the picture's pixels to the canvas'.
export function drawFaces(context, result, place, { bars = true } = {}) {
  const size = Math.max(13, Math.min(context.canvas.width, context.canvas.height) * 0.036);
  const faces = result.faces.map((face) => [face, placed(face.box, place)]);
  // Words and bars keep clear of each other and of the faces.
  const taken = faces.map(([, box]) => box);
  const labels = [];
  const beside = [];
  for (const [face, box] of faces) {
    const color = colorOf(face.emotion);
    const thick = Math.max(2, size / 7);
    context.lineJoin = "round";
    for (const [line, style] of [[thick + 2, DARK], [thick, color]]) {
      context.lineWidth = line;
      context.strokeStyle = style;
      context.strokeRect(box.x, box.y, box.width, box.height);
    }
    const many = result.faces.length > 1 ? `${face.track_id}  ` : "";
    const [at, draw] = label(context, `${many}${emotion(face.emotion)} ${percent(face.confidence)}`, box, color, size, taken);
    beside.push(at);
    labels.push(draw);
  }
  if (bars) {
    faces.forEach(([face, box], i) => drawBars(context, face, box, beside[i], size * 0.78, taken));
  }
  for (const draw of labels) draw();
}

function placed(box, place) {
  const x = place.mirror ? place.width - box.x - box.width : box.x;
  return { x: place.x + x * place.scale, y: place.y + box.y * place.scale,
    width: box.width * place.scale, height: box.height * place.scale };
}

// Finds a label's place; it and what draws it.
function label(context, words, box, color, size, taken) {
  context.font = `600 ${size}px ${FONT}`;
  context.textBaseline = "middle";
  const width = context.measureText(words).width + size;
  const height = size * 1.5;
  const x = clamp(box.x, 0, context.canvas.width - width);
  const y = box.y >= height ? box.y - height : clamp(box.y + box.height, 0, context.canvas.height - height);
  const place = { x, y, width, height };
  taken.push(place);
  return [place, () => {
    context.font = `600 ${size}px ${FONT}`;
    context.fillStyle = color;
    context.fillRect(x, y, width, height);
    context.fillStyle = bright(color) ? DARK : "#ffffff";
    context.fillText(words, x + size / 2, y + height / 2);
  }];
}

function drawBars(context, face, box, words, size, taken) {
  const rows = Object.entries(face.probabilities);
  const row = size * 1.4;
  context.font = `${size}px ${FONT}`;
  const likeliest = Math.max(...rows.map(([, share]) => share));
  const names = Math.max(...rows.map(([name]) => context.measureText(emotion(name)).width));
  const bar = size * 5;
  const width = names + bar + size * 4.8;
  const height = rows.length * row + size;
  const gap = size / 2;
  const most = { x: context.canvas.width - width, y: context.canvas.height - height };
  if (most.x < 0 || most.y < 0) return;
  const places = [
    [box.x + box.width + gap, box.y], [box.x - width - gap, box.y],
    [Math.max(box.x + box.width, words.x + words.width) + gap, box.y],
    [box.x, box.y + box.height + gap], [box.x, box.y - height - gap],
  ].map(([left, top]) => ({ x: clamp(left, 0, most.x), y: clamp(top, 0, most.y), width, height }));
  const covered = places.map((at) => taken.reduce((sum, other) => sum + shared(at, other), 0));
  const best = places[covered.indexOf(Math.min(...covered))];
  taken.push(best);
  const { x, y } = best;
  context.fillStyle = PANEL;
  context.fillRect(x, y, width, height);
  rows.forEach(([name, share], i) => {
    const middle = y + size / 2 + (i + 0.5) * row;
    const left = x + size / 2 + names + size / 2;
    context.fillStyle = "#ffffff";
    if (name === face.emotion && share < likeliest) mark(context, x + size * 0.1, middle, size * 0.3);
    context.fillText(emotion(name), x + size / 2, middle);
    context.fillText(percent(share), left + bar + size / 2, middle);
    context.fillStyle = "#5a5a5a";
    context.fillRect(left, middle - size / 4, bar, size / 2);
    context.fillStyle = colorOf(name);
    context.fillRect(left, middle - size / 4, bar * share, size / 2);
  });
}

// Points at the label that is held, where another is likelier by now.
function mark(context, x, middle, size) {
  context.beginPath();
  context.moveTo(x, middle - size);
  context.lineTo(x + size, middle);
  context.lineTo(x, middle + size);
  context.fill();
}

const clamp = (value, least, most) => Math.max(least, Math.min(value, most));

// The area in which two rectangles overlap.
function shared(one, other) {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return Math.max(0, width) * Math.max(0, height);
}

function bright(color) {
  const [red, green, blue] = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 128;
}
