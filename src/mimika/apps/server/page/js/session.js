// What the visitor may take home of a session: its results as tables, and what is seen now as a picture.

import { drawFaces } from "./overlay.js";
import { csvOf } from "./table.js";

const MOST_FRAMES = 200_000;

export class Session {
  constructor(fields) {
    this.fields = fields;
    this.results = [];
  }

  add(result) {
    this.results.push(result);
    // Hours at full rate: the oldest are let go, so that the page's memory stays bounded.
    if (this.results.length > MOST_FRAMES) this.results.splice(0, MOST_FRAMES / 10);
  }

  csv() {
    return new Blob([csvOf(this.results, this.fields)], { type: "text/csv" });
  }

  jsonLines() {
    const lines = this.results.map((result) => `${JSON.stringify(result)}\n`);
    return new Blob(lines, { type: "application/jsonl" });
  }
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
