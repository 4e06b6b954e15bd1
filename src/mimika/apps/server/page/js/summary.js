// Who showed what, for how long, and the strongest moments: what the server sums up, with pictures.

import { emotion, say, sayEmotion, sayPercent, t } from "./i18n.js";
import { clock, swatch } from "./chart.js";

const MOST_PEOPLE = 6;
const THUMB = 96;
const THUMB_EVERY_S = 0.4;
const THUMBS_KEPT = 400;

// Pictures of faces of the last minutes; those of moments stay.
export class Thumbnails {
  constructor() {
    this.recent = [];
    this.kept = new Map();
    this.last = -Infinity;
  }

  // `picture` is a canvas with the frame.
  add(result, picture) {
    if (Math.abs(result.time_s - this.last) < THUMB_EVERY_S) return;
    this.last = result.time_s;
    for (const face of result.faces) {
      this.recent.push({ number: face.track_id, time: result.time_s, canvas: thumbnail(picture, face.box) });
    }
    this.recent.splice(0, this.recent.length - THUMBS_KEPT);
  }

  // The moments with their pictures, as far as there are any.
  of(moments) {
    const kept = new Map();
    const pictured = moments.map((moment) => {
      const key = `${moment.track_id} ${moment.emotion} ${moment.peak_s}`;
      const canvas = this.kept.get(key) ?? this.nearest(moment);
      if (canvas) kept.set(key, canvas);
      return { ...moment, canvas };
    });
    this.kept = kept;
    return pictured;
  }

  nearest(moment) {
    const away = (thumb) => Math.abs(thumb.time - moment.peak_s);
    const [best] = this.recent.filter((thumb) => thumb.number === moment.track_id)
      .sort((a, b) => away(a) - away(b));
    return best && away(best) <= 2 * THUMB_EVERY_S ? best.canvas : null;
  }
}

export function thumbnail(picture, box) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = THUMB;
  const side = Math.max(box.width, box.height) * 1.3;
  const x = box.x + box.width / 2 - side / 2;
  const y = box.y + box.height / 2 - side / 2;
  canvas.getContext("2d").drawImage(picture, x, y, side, side, 0, 0, THUMB, THUMB);
  return canvas;
}

export function showPeople(parent, people) {
  const tables = [...people].sort((a, b) => b.frames - a.frames).slice(0, MOST_PEOPLE)
    .sort((a, b) => a.track_id - b.track_id).map(table);
  if (!tables.length) {
    const words = document.createElement("p");
    words.className = "small";
    say(words, "nothing");
    tables.push(words);
  }
  parent.replaceChildren(...tables);
}

function table(person) {
  const element = document.createElement("table");
  element.className = "shares";
  const total = Object.values(person.seconds).reduce((sum, seconds) => sum + seconds, 0);
  say(element.createCaption(), "seen-face", person.track_id, total.toFixed(0));
  const head = element.createTHead().insertRow();
  for (const key of ["emotion", "share"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    say(cell, key);
    if (key === "share") cell.colSpan = 2;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const [label, share] of Object.entries(person.shares)) {
    const row = body.insertRow();
    const words = document.createElement("span");
    sayEmotion(words, label);
    row.insertCell().append(swatch(label), words);
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = share;
    // The number beside it says the same.
    bar.setAttribute("aria-hidden", "true");
    row.insertCell().append(bar);
    const number = row.insertCell();
    number.className = "number";
    sayPercent(number, share);
  }
  return element;
}

// `jump` takes a moment's time where one can go there.
export function showMoments(list, moments, jump = null) {
  list.replaceChildren(...moments.map((moment) => {
    const item = document.createElement("li");
    if (moment.canvas) {
      moment.canvas.setAttribute("role", "img");
      moment.canvas.setAttribute("aria-label", `${t("face", moment.track_id)}, ${emotion(moment.emotion)}`);
      item.append(moment.canvas);
    }
    const words = document.createElement(jump ? "button" : "span");
    const [what, label, share] = ["span", "span", "span"].map((name) => document.createElement(name));
    sayEmotion(label, moment.emotion);
    sayPercent(share, moment.probability);
    what.append(label, " ", share);
    what.className = "together";
    words.append(`${clock(moment.peak_s)} `, what);
    if (jump) {
      const doing = document.createElement("span");
      doing.className = "visually-hidden";
      say(doing, "jump");
      words.prepend(doing, " ");
      words.addEventListener("click", () => jump(moment.onset_s));
    }
    item.append(words);
    return item;
  }));
}
