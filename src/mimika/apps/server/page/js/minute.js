// The last minute of each face, a chart each.

import { Chart } from "./chart.js";

const MINUTE_S = 60;
const CHARTS = 4;
// A longer pause is a gap in the line.
const GAP_S = 1;

const by = (id) => document.getElementById(id);

export class Minute {
  constructor(labels) {
    this.labels = labels;
    this.faces = new Map();
  }

  forget() {
    for (const face of this.faces.values()) face.chart?.remove();
    this.faces.clear();
  }

  add(result) {
    for (const face of result.faces) this.record(face, result.time_s);
  }

  record(face, time) {
    const known = this.faces.get(face.track_id) ?? { points: [], chart: null };
    this.faces.set(face.track_id, known);
    const last = known.points.at(-1);
    if (last && time - last.time > GAP_S) known.points.push({ time: last.time + 0.01, probabilities: null });
    known.points.push({ time, probabilities: face.probabilities });
    while (known.points[0].time < time - MINUTE_S) known.points.shift();
  }

  show(time) {
    const recent = [...this.faces].filter(([, face]) => face.points.at(-1).time > time - MINUTE_S);
    const shown = new Set(recent.slice(-CHARTS).map(([number]) => number));
    for (const [number, face] of this.faces) {
      if (shown.has(number)) {
        face.chart ??= new Chart(by("charts"), this.labels, number);
        face.chart.show(face.points, Math.max(0, time - MINUTE_S), Math.max(MINUTE_S, time));
      } else if (face.chart) {
        face.chart.remove();
        face.chart = null;
      }
      if (face.points.at(-1).time < time - MINUTE_S) this.faces.delete(number);
    }
  }
}
