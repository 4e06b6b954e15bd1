/** One known face: where it is, how it moves, when and where to look at it next. */

import { center, iou, roundHalfEven, type Box } from "./geometry.js";
import type { Pixels } from "./pixels.js";
import type { Detection } from "./suppression.js";
import { HIGH_SCORE, NEAR_SIDE } from "./yunet.js";

/** Side of the square that is looked at around a face, in lengths of its box's longer side. */
const REGION_SCALE = 2;
/** Side of the scaled square of a face that was hard to see, such as one that is turned away. */
export const HARD_SIDE = 160;
/** Shift of a face in its square, in lengths of the square, from which there is a new square. */
const MOST_OFF = 0.12;
const MOST_GROWN = 1.25;
export const SAME_FACE_IOU = 0.3;
/** How long a slow face is not looked at: every other frame of a camera or a film. */
const SKIP_S = 0.05;
/** Lengths of its box by which a slow face moves or grows in a second, at most. */
const SLOW = 0.8;
const SAMPLES = 16;
/** Mean difference of sampled pixels, 0 to 255, from which it is looked at all the same. */
const CHANGED = 12;

/**
 * A known face and its surroundings. Looks at copies of different scales give slightly different boxes, so a look near
 * it tells only how far it has moved and grown since it was seen both ways.
 */
export class RegionOfInterest {
  box: Box;
  score: number;
  /** Its box in the last look near it. */
  lastNear: Box;
  /** Its box in a look near it, in the same frame as `whole`. */
  near: Box;
  /** Side of its square's scaled copy, in pixels. */
  side = NEAR_SIDE;
  /** What is looked at to see it. */
  square: Box;
  private whole: Box;
  private speed: readonly number[] = [0, 0, 0, 0];
  private skipUntilS = -Infinity;
  private pixels: Int16Array | null = null;

  constructor({ box, score }: Detection, public timeS: number) {
    this.box = this.whole = this.near = this.lastNear = box;
    this.score = score;
    this.square = squareAround(box);
  }

  /** The square to look at, the same while the face is well within. */
  lookAt(timeS: number): Box {
    const wanted = squareAround(this.predict(timeS));
    const [x, y] = center(wanted);
    const [oldX, oldY] = center(this.square);
    const off = Math.max(Math.abs(x - oldX), Math.abs(y - oldY));
    const grown = wanted.width / this.square.width;
    if (!(off <= MOST_OFF * wanted.width && 1 / MOST_GROWN <= grown && grown <= MOST_GROWN)) this.square = wanted;
    return this.square;
  }

  /** The detection of a look at its square that shows it. */
  find(look: readonly Detection[], timeS: number): Detection | null {
    const seen = sameFace(this.predict(timeS), look);
    return seen && within(seen.box, this.square) ? seen : null;
  }

  /** Look at it in the next frame. */
  dontSkip(): void {
    this.pixels = null;
  }

  /** Take in what a look at the square has shown. */
  update({ box: near, score }: Detection, timeS: number, image: Pixels): void {
    const box = this.asInWhole(near);
    this.measureSpeed(this.box, timeS - this.timeS, box);
    this.lastNear = near;
    if (score < HIGH_SCORE) this.side = HARD_SIDE;
    this.box = box;
    this.score = score;
    this.timeS = timeS;
    this.planSkip(image);
  }

  /** Take in how a copy of a frame shows it that was also looked at near it; there may have been looks since. */
  match({ box, score }: Detection, near: Box, timeS: number, image: Pixels): void {
    this.whole = box;
    this.near = near;
    if (this.timeS === timeS) {
      this.box = box;
      this.score = score;
    } else {
      this.box = this.asInWhole(this.lastNear);
    }
    if (this.pixels) this.planSkip(image);
  }

  /** Whether it need not be looked at in this frame. */
  maySkip(timeS: number, image: Pixels): boolean {
    if (!this.pixels || !(this.timeS <= timeS && timeS < this.skipUntilS)) return false;
    return meanDifference(samplesOf(image, this.box), this.pixels) < CHANGED;
  }

  /** Where it is, if it moves on as it did. */
  predict(timeS: number): Box {
    const passed = timeS - this.timeS;
    const [x, y] = center(this.box);
    const [vx, vy, wider, higher] = this.speed as [number, number, number, number];
    const width = Math.max(1, this.box.width + wider * passed);
    const height = Math.max(1, this.box.height + higher * passed);
    return { x: x + vx * passed - width / 2, y: y + vy * passed - height / 2, width, height };
  }

  /** Decide whether it may be left out in the next frame. */
  planSkip(image: Pixels): void {
    this.pixels = null;
    const most = SLOW * Math.max(this.box.width, this.box.height);
    if (!this.speed.every((v) => Math.abs(v) < most)) return;
    const pixels = samplesOf(image, this.box);
    if (!pixels.length) return;
    this.skipUntilS = this.timeS + SKIP_S;
    this.pixels = pixels;
  }

  /** The box in the look at the whole, moved and grown as the one in the looks near has. */
  private asInWhole(near: Box): Box {
    const [wider, higher] = [near.width / this.near.width, near.height / this.near.height];
    const [width, height] = [this.whole.width * wider, this.whole.height * higher];
    const [x, y] = center(near);
    const [x0, y0] = center(this.near);
    const [x1, y1] = center(this.whole);
    return { x: x + (x1 - x0) * wider - width / 2, y: y + (y1 - y0) * higher - height / 2, width, height };
  }

  private measureSpeed(before: Box, passedS: number, now: Box): void {
    if (passedS <= 0) return;
    const [x0, y0] = center(before);
    const [x1, y1] = center(now);
    this.speed = [x1 - x0, y1 - y0, now.width - before.width, now.height - before.height].map((v) => v / passedS);
  }
}

/** The detection that overlaps a face's box most, if they may be the same face. */
export function sameFace(box: Box, detections: readonly Detection[]): Detection | null {
  let best: Detection | null = null;
  let overlap = -1;
  for (const each of detections) {
    const now = iou(each.box, box);
    if (now > overlap) [overlap, best] = [now, each];
  }
  return overlap >= SAME_FACE_IOU ? best : null;
}

function squareAround(box: Box): Box {
  const side = Math.max(box.width, box.height) * REGION_SCALE;
  const [x, y] = center(box);
  return { x: x - side / 2, y: y - side / 2, width: side, height: side };
}

function within(box: Box, region: Box): boolean {
  return box.x > region.x && box.y > region.y
    && box.x + box.width < region.x + region.width && box.y + box.height < region.y + region.height;
}

/** Mean difference of samples of the same box; infinite where they are not of one size. */
export function meanDifference(a: Int16Array | Uint8Array, b: Int16Array | Uint8Array): number {
  if (a.length !== b.length || !a.length) return Infinity;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** Some pixels of a box, evenly spread; empty where it is outside. */
function samplesOf(image: Pixels, box: Box): Int16Array {
  const { width, height, channels, data } = image;
  const x0 = Math.max(0, roundHalfEven(box.x));
  const y0 = Math.max(0, roundHalfEven(box.y));
  const right = Math.min(roundHalfEven(box.x + box.width), width);
  const bottom = Math.min(roundHalfEven(box.y + box.height), height);
  const stepX = Math.max(1, roundHalfEven(box.width / SAMPLES));
  const stepY = Math.max(1, roundHalfEven(box.height / SAMPLES));
  const samples: number[] = [];
  for (let y = y0; y < bottom; y += stepY) {
    for (let x = x0; x < right; x += stepX) {
      const i = (y * width + x) * channels;
      for (let c = 0; c < 3; c++) samples.push(data[i + c]!);
    }
  }
  return Int16Array.from(samples);
}
