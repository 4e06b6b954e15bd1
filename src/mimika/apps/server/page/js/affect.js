// Valence and arousal of one face on a plane: unpleasant to pleasant, sleepy to excited.

import { number, onLanguage, t } from "./i18n.js";

const KEPT_S = 10;
const SIDE = 240;
const MARGIN = 14;
const LINE = "#5a606d";
const WORDS = "#c3c8d3";
const DOT = "#f0e442";

const by = (id) => document.getElementById(id);

// Names of the fields that hold the values: the model's own, else the derived ones, else null.
export function affectFields(fields) {
  const names = new Set(fields.face.map((field) => field.name));
  for (const prefix of ["", "derived_"]) {
    const [valence, arousal] = [`${prefix}valence`, `${prefix}arousal`];
    if (names.has(valence) && names.has(arousal)) return { valence, arousal, derived: prefix !== "" };
  }
  return null;
}

export class Plane {
  constructor(fields) {
    this.axes = affectFields(fields);
    this.chosen = null;
    by("affect").hidden = !this.axes;
    by("affect-face").addEventListener("change", (event) => {
      this.chosen = Number(event.target.value);
      this.trail = [];
      this.show();
    });
    onLanguage(() => { this.choices(); this.show(); });
    this.forget();
  }

  forget() {
    this.faces = [];
    this.trail = [];
    this.chosen = null;
    this.choices();
    this.show();
  }

  add(result) {
    if (!this.axes) return;
    const numbers = result.faces.map((face) => face.track_id);
    if (numbers.length && !numbers.includes(this.chosen)) {
      [this.chosen] = numbers;
      this.trail = [];
    }
    if (numbers.length && numbers.join() !== this.faces.join()) {
      this.faces = numbers;
      this.choices();
    }
    const face = result.faces.find((each) => each.track_id === this.chosen);
    if (face && face[this.axes.valence] !== undefined) {
      this.trail.push({ time: result.time_s, valence: face[this.axes.valence], arousal: face[this.axes.arousal] });
      this.trail = this.trail.filter((point) => point.time > result.time_s - KEPT_S);
    }
  }

  choices() {
    by("affect-face").replaceChildren(...this.faces.map((face) => {
      const option = new Option(t("face", face), face);
      option.selected = face === this.chosen;
      return option;
    }));
    by("affect-choice").hidden = this.faces.length < 2;
  }

  show() {
    if (!this.axes) return;
    this.words();
    const canvas = by("plane");
    const ratio = window.devicePixelRatio || 1;
    // Setting the size clears it.
    canvas.width = canvas.height = Math.round(SIDE * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const half = SIDE / 2 - MARGIN;
    const x = (valence) => SIDE / 2 + valence * half;
    const y = (arousal) => SIDE / 2 - arousal * half;
    context.strokeStyle = LINE;
    context.lineWidth = 1;
    context.strokeRect(x(-1), y(1), 2 * half, 2 * half);
    line(context, x(-1), y(0), x(1), y(0));
    line(context, x(0), y(-1), x(0), y(1));
    this.label(context, "pleasant", x(1) - 4, y(0) - 5, "right");
    this.label(context, "unpleasant", x(-1) + 4, y(0) - 5, "left");
    this.label(context, "excited", x(0) + 5, y(1) + 13, "left");
    this.label(context, "calm", x(0) + 5, y(-1) - 5, "left");
    this.trail.forEach((point, i) => {
      context.globalAlpha = (i + 1) / this.trail.length;
      context.fillStyle = DOT;
      context.beginPath();
      context.arc(x(point.valence), y(point.arousal), i === this.trail.length - 1 ? 7 : 2, 0, 2 * Math.PI);
      context.fill();
    });
    context.globalAlpha = 1;
  }

  label(context, key, x, y, align) {
    context.fillStyle = WORDS;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = align;
    context.fillText(t(key), x, y);
  }

  words() {
    const last = this.trail.at(-1);
    const values = last
      ? t("affect-values", number(last.valence), number(last.arousal)) : t("nothing");
    by("affect-words").textContent = `${values} ${t(this.axes.derived ? "derived" : "measured")}`;
  }
}

function line(context, fromX, fromY, toX, toY) {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
