// What the visitor may take home of a session: its results as tables, and what is seen now as a picture.

import { drawFaces } from "./overlay.js";
import { headOf, rowsOf } from "./table.js";

const PART = 1000;
const MOST_PARTS = 200;

// Results go from the page's heap to the browser a thousand frames at a time, so that hours do not fill it.
export class Session {
  constructor(fields) {
    this.fields = fields;
    this.parts = [];
    this.results = [];
  }

  get empty() { return !this.parts.length && !this.results.length; }

  add(result) {
    this.results.push(result);
    if (this.results.length < PART) return;
    this.parts.push(lines(this.results));
    this.results = [];
    // The oldest are let go, so that a forgotten page stays bounded.
    if (this.parts.length > MOST_PARTS) this.parts.shift();
  }

  // Some of the frames after others; at most a part of them is in the heap.
  async *some() {
    for (const part of [...this.parts, lines(this.results)]) yield await frames(part);
  }

  async csv() {
    const texts = [headOf(this.fields)];
    for await (const some of this.some()) texts.push(new Blob([rowsOf(some, this.fields)]));
    return new Blob(texts, { type: "text/csv" });
  }

  jsonLines() {
    return new Blob([...this.parts, lines(this.results)], { type: "application/jsonl" });
  }

  // About so many frames of all, evenly.
  async sample(count) {
    const all = this.parts.length * PART + this.results.length;
    const step = Math.max(1, Math.floor(all / count));
    const kept = [];
    for await (const some of this.some()) kept.push(...some.filter((_, i) => i % step === 0));
    return kept;
  }
}

const lines = (results) => new Blob([results.map((result) => `${JSON.stringify(result)}\n`).join("")]);

async function frames(part) {
  return (await part.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

// The video's present picture with the faces of a result drawn in it, as a PNG.
export function snapshot(video, result, mirror, bars) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.save();
  if (mirror) context.setTransform(-1, 0, 0, 1, canvas.width, 0);
  context.drawImage(video, 0, 0);
  context.restore();
  if (result) {
    const scale = canvas.width / result.width;
    drawFaces(context, result, { scale, mirror, width: result.width, x: 0, y: 0 }, { bars });
  }
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
