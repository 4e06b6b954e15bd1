// Who showed what, for how long, and the strongest moments.

import { emotion, percent, t } from "./i18n.js";
import { clock, swatch } from "./chart.js";

const LONGEST_STEP_S = 0.5;
const MOMENTS = 8;
const GAP_S = 2;
const LEAST = 0.5;
const CALM = new Set(["neutral", "uncertain"]);
const THUMB = 96;

export class Summary {
  constructor() {
    this.people = new Map();
    this.moments = [];
    this.last = null;
  }

  // `picture` is a canvas with the frame, for thumbnails.
  add(result, picture) {
    const pause = this.last === null ? 0 : result.time_s - this.last;
    const step = pause >= 0 && pause <= LONGEST_STEP_S ? pause : 0;
    this.last = result.time_s;
    for (const face of result.faces) {
      const person = this.people.get(face.track) ?? { seconds: {}, total: 0 };
      person.seconds[face.emotion] = (person.seconds[face.emotion] ?? 0) + step;
      person.total += step;
      this.people.set(face.track, person);
      if (!CALM.has(face.emotion) && face.confidence >= LEAST) this.remember(result.time_s, face, picture);
    }
  }

  remember(time, face, picture) {
    const near = this.moments.filter((m) => m.track === face.track && m.emotion === face.emotion
      && Math.abs(m.time - time) < GAP_S);
    if (near.some((m) => m.confidence >= face.confidence)) return;
    const rest = this.moments.filter((m) => !near.includes(m));
    rest.sort((a, b) => b.confidence - a.confidence);
    if (rest.length >= MOMENTS && rest[MOMENTS - 1].confidence >= face.confidence) return;
    const moment = { time, track: face.track, emotion: face.emotion, confidence: face.confidence,
      thumb: thumbnail(picture, face.box) };
    this.moments = [...rest.slice(0, MOMENTS - 1), moment].sort((a, b) => a.time - b.time);
  }
}

function thumbnail(picture, box) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = THUMB;
  const side = Math.max(box.width, box.height) * 1.3;
  const x = box.x + box.width / 2 - side / 2;
  const y = box.y + box.height / 2 - side / 2;
  canvas.getContext("2d").drawImage(picture, x, y, side, side, 0, 0, THUMB, THUMB);
  return canvas;
}

export function showPeople(parent, people, colors) {
  const tables = [...people].slice(0, 6).map(([track, person]) => table(track, person, colors));
  if (!tables.length) {
    const words = document.createElement("p");
    words.className = "small";
    words.textContent = t("nothing");
    tables.push(words);
  }
  parent.replaceChildren(...tables);
}

function table(track, person, colors) {
  const element = document.createElement("table");
  element.className = "shares";
  element.createCaption().textContent = `${t("face", track)} — ${t("seen", person.total.toFixed(0))}`;
  const head = element.createTHead().insertRow();
  for (const key of ["emotion", "share"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = t(key);
    if (key === "share") cell.colSpan = 2;
    head.append(cell);
  }
  const body = element.createTBody();
  const ranked = Object.entries(person.seconds).sort((a, b) => b[1] - a[1]);
  for (const [label, seconds] of ranked) {
    const share = person.total ? seconds / person.total : 0;
    const row = body.insertRow();
    row.insertCell().append(swatch(colors[label]), emotion(label));
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = share;
    bar.setAttribute("aria-label", emotion(label));
    row.insertCell().append(bar);
    const number = row.insertCell();
    number.className = "number";
    number.textContent = percent(share);
  }
  return element;
}

export function showMoments(list, moments) {
  list.replaceChildren(...moments.map((moment) => {
    const item = document.createElement("li");
    if (moment.thumb) {
      moment.thumb.setAttribute("role", "img");
      moment.thumb.setAttribute("aria-label", `${t("face", moment.track)}, ${emotion(moment.emotion)}`);
      item.append(moment.thumb);
    }
    const words = document.createElement("span");
    words.textContent = `${clock(moment.time)} ${emotion(moment.emotion)} ${percent(moment.confidence)}`;
    item.append(words);
    return item;
  }));
}
