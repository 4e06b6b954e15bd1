// Emotions over time, a line each, with uPlot.

import uPlot from "../vendor/uPlot.esm.js";
import { color, emotion, onLanguage } from "./i18n.js";

const HEIGHT = 150;
const GRID = { stroke: "#3a3f4b", width: 1 };
const AXIS = { stroke: "#d5d9e2", grid: GRID, ticks: GRID };

export class Chart {
  // A figure with a caption; `add` it to the page first, so that it knows its width.
  constructor(parent, labels, caption) {
    this.labels = labels;
    this.caption = caption;
    this.figure = document.createElement("figure");
    this.figure.className = "chart";
    this.words = document.createElement("figcaption");
    this.words.textContent = caption();
    this.figure.append(this.words);
    parent.append(this.figure);
    const series = labels.map((label) => ({
      label: emotion(label), stroke: color(label), width: 2, points: { show: false }, spanGaps: false,
    }));
    this.plot = new uPlot({
      width: this.width(), height: HEIGHT, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false }, y: { range: [0, 1] } },
      axes: [{ ...AXIS, size: 30, values: (_, ticks) => ticks.map(clock) },
        { ...AXIS, size: 56, values: (_, ticks) => ticks.map((tick) => `${Math.round(tick * 100)}%`) }],
      series: [{}, ...series],
    }, [[], ...labels.map(() => [])], this.figure);
    this.plot.root.setAttribute("aria-hidden", "true");
    this.watch = new ResizeObserver(() => this.plot.setSize({ width: this.width(), height: HEIGHT }));
    this.watch.observe(parent);
    onLanguage(() => { this.words.textContent = this.caption(); });
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
    this.words.textContent = this.caption();
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
    item.append(swatch(label), emotion(label));
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
