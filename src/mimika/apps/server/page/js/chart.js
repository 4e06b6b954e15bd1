// Emotions of a face over time, a line each, with uPlot.

import uPlot from "../vendor/uPlot.esm.js";
import { color, emotion, percent, say, sayEmotion } from "./i18n.js";

const HEIGHT = 150;
// Steps of the time's axis in seconds: whole ones, as its words are.
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const GRID = { stroke: "#3a3f4b", width: 1 };
const AXIS = { stroke: "#d5d9e2", grid: GRID, ticks: GRID };

export class Chart {
  constructor(parent, labels, number) {
    this.labels = labels;
    this.figure = document.createElement("figure");
    this.figure.className = "chart";
    const words = document.createElement("figcaption");
    say(words, "face", number);
    this.figure.append(words);
    parent.append(this.figure);
    const series = labels.map((label) => ({
      label: emotion(label), stroke: color(label), width: 2, points: { show: false }, spanGaps: false,
    }));
    this.plot = new uPlot({
      width: this.width(), height: HEIGHT, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false }, y: { range: [0, 1] } },
      axes: [{ ...AXIS, size: 30, incrs: STEPS_S, values: (_, ticks) => ticks.map(clock) },
        { ...AXIS, size: 56, values: (_, ticks) => ticks.map(percent) }],
      series: [{}, ...series],
    }, [[], ...labels.map(() => [])], this.figure);
    this.plot.root.setAttribute("aria-hidden", "true");
    this.watch = new ResizeObserver(() => this.plot.setSize({ width: this.width(), height: HEIGHT }));
    this.watch.observe(parent);
  }

  // A click tells the time at its place, in seconds.
  seeks(take) {
    this.figure.classList.add("seeks");
    this.figure.addEventListener("click", (event) => {
      const { left } = this.plot.over.getBoundingClientRect();
      take(Math.max(0, this.plot.posToVal(event.clientX - left, "x")));
    });
  }

  width() { return Math.max(200, this.figure.clientWidth); }

  // points: [{time, probabilities}], from and to in seconds.
  show(points, from, to) {
    const columns = this.labels.map((label) => points.map((p) => p.probabilities?.[label] ?? null));
    this.plot.setData([points.map((p) => p.time), ...columns], false);
    this.plot.setScale("x", { min: from, max: to });
  }

  remove() {
    this.watch.disconnect();
    this.plot.destroy();
    this.figure.remove();
  }
}

export function legend(list, labels) {
  list.replaceChildren(...labels.map((label) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    sayEmotion(words, label);
    item.append(swatch(label), words);
    return item;
  }));
}

export function swatch(label) {
  const mark = document.createElement("span");
  mark.className = "swatch";
  mark.style.backgroundColor = color(label);
  return mark;
}

export function clock(seconds) {
  const rest = Math.abs(Math.round(seconds));
  return `${seconds < 0 ? "−" : ""}${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
}
