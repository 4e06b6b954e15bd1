/** Looks at the whole frame several times a second, and in between only where the faces are. */

import { center, iou, roundHalfEven, type Box } from "./geometry.js";
import type { Pixels } from "./pixels.js";
import { SAME_FACE_IOU, ScaleSchedule } from "./scales.js";
import type { Detection } from "./suppression.js";
import { HIGH_SCORE, LOW_SCORE, type YuNet } from "./yunet.js";

const LOOK_AROUND_S = 0.15;
/** How long a calm face is not looked at: every other frame of a camera or a film. */
const WAIT_S = 0.05;
/** Lengths of its box by which a calm face moves or grows in a second, at most. */
const CALM = 0.8;
const SAMPLES = 16;
/** Mean difference of sampled pixels, 0 to 255, that ends a face's calm. */
const CHANGED = 12;
/** Side of the square that is looked at around a face, in lengths of its box's longer side. */
const REACH = 2;
/** What a look at one face costs, in pixels of a scaled copy that takes as long to look at. */
const PIXELS_NEAR = 13_000;

type Speed = readonly [number, number, number, number];

/** A face of the last look at the whole frame. */
class Known {
  near: Box;
  last: Box;
  private speed: Speed = [0, 0, 0, 0];
  private dueS = -Infinity;
  private samples: Int16Array | null = null;
  readonly region: Box;
  readonly leastScore: number;

  constructor(
    readonly whole: Box,
    public score: number,
    private lookedS: number,
  ) {
    const side = Math.max(whole.width, whole.height) * REACH;
    const [x, y] = center(whole);
    this.region = { x: x - side / 2, y: y - side / 2, width: side, height: side };
    this.leastScore = score >= HIGH_SCORE ? HIGH_SCORE : LOW_SCORE;
    this.near = whole;
    this.last = whole;
  }

  /** Take in where it is now. */
  saw(box: Box, score: number, timeS: number, image: Pixels): void {
    this.pace(this.last, timeS - this.lookedS, box);
    this.last = box;
    this.score = score;
    this.lookedS = timeS;
    this.rest(image);
  }

  /** Take over the pace of the same face, known since an earlier look at the whole. */
  goesOn(before: Known, image: Pixels): void {
    this.pace(before.last, this.lookedS - before.lookedS, this.last);
    this.rest(image);
  }

  /** Whether it need not be looked at yet. */
  waits(timeS: number, image: Pixels): boolean {
    if (!this.samples || !(this.lookedS <= timeS && timeS < this.dueS)) return false;
    const now = sampled(image, this.last);
    let sum = 0;
    for (let i = 0; i < now.length; i++) sum += Math.abs(now[i]! - this.samples[i]!);
    return sum / now.length < CHANGED;
  }

  /** Where it is, if it moves on as it did. */
  at(timeS: number): Box {
    const passed = timeS - this.lookedS;
    const [x, y] = center(this.last);
    const width = Math.max(1, this.last.width + this.speed[2] * passed);
    const height = Math.max(1, this.last.height + this.speed[3] * passed);
    return {
      x: x + this.speed[0] * passed - width / 2, y: y + this.speed[1] * passed - height / 2, width, height,
    };
  }

  /** The box in the look at the whole, moved and grown as the one in the looks near has. */
  moved(near: Box): Box {
    const wider = near.width / this.near.width;
    const higher = near.height / this.near.height;
    const [x, y] = center(near);
    const [x0, y0] = center(this.near);
    const [x1, y1] = center(this.whole);
    const width = this.whole.width * wider;
    const height = this.whole.height * higher;
    return {
      x: x + (x1 - x0) * wider - width / 2, y: y + (y1 - y0) * higher - height / 2, width, height,
    };
  }

  private pace(before: Box, passedS: number, now: Box): void {
    if (passedS <= 0) return;
    const [x0, y0] = center(before);
    const [x1, y1] = center(now);
    this.speed = [
      (x1 - x0) / passedS, (y1 - y0) / passedS,
      (now.width - before.width) / passedS, (now.height - before.height) / passedS,
    ];
  }

  private rest(image: Pixels): void {
    this.samples = null;
    const most = CALM * Math.max(this.last.width, this.last.height);
    if (!this.speed.every((v) => Math.abs(v) < most)) return;
    const samples = sampled(image, this.last);
    if (!samples.length) return;
    this.dueS = this.lookedS + WAIT_S;
    this.samples = samples;
  }
}

/** Finds the faces of one stream, by a look at the whole frame or only near the known faces. */
export class RegionTracker {
  private readonly schedule: ScaleSchedule;
  private known: Known[] = [];
  private lookedAroundS = Infinity;

  constructor(private readonly detector: YuNet) {
    this.schedule = new ScaleSchedule(detector);
  }

  reset(): void {
    this.schedule.reset();
    this.known = [];
    this.lookedAroundS = Infinity;
  }

  /** Find the faces of the stream's next frame, best first. */
  async detect(image: Pixels, timeS: number): Promise<Detection[]> {
    const recent = this.lookedAroundS <= timeS && timeS < this.lookedAroundS + LOOK_AROUND_S;
    if (this.known.length && recent && !this.schedule.isDue(timeS)) {
      const followed = await this.followed(image, timeS);
      if (followed) return followed;
    }
    this.lookedAroundS = timeS;
    const found = await this.schedule.detect(image, timeS);
    this.known = await this.meet(image, found, timeS);
    return found;
  }

  /** Look near each face of a look at the whole; none are known where one is not seen so. */
  private async meet(image: Pixels, found: Detection[], timeS: number): Promise<Known[]> {
    if (!found.length || found.length * PIXELS_NEAR > this.schedule.pixels(image)) return [];
    const known = found.map(({ box, score }) => new Known(box, score, timeS));
    const seen = await this.lookNear(image, known);
    if (!seen) return [];
    known.forEach((face, i) => { face.near = seen[i]!.box; });
    // Every other one waits for the next frame already: from then on they take turns.
    known.forEach((face, i) => {
      if (i % 2) return;
      let best: Known = face;
      let overlap = 0;
      for (const before of this.known) {
        const each = iou(before.last, face.last);
        if (each > overlap) [overlap, best] = [each, before];
      }
      if (overlap >= SAME_FACE_IOU) face.goesOn(best, image);
    });
    return known;
  }

  private async followed(image: Pixels, timeS: number): Promise<Detection[] | null> {
    const due = this.known.filter((face) => !face.waits(timeS, image));
    const seen = due.length ? await this.lookNear(image, due) : [];
    if (!seen) return null;
    due.forEach((face, i) => face.saw(face.moved(seen[i]!.box), seen[i]!.score, timeS, image));
    const found = this.known.map((face) => ({ box: face.at(timeS), score: face.score }));
    return found.sort((a, b) => b.score - a.score);
  }

  /** Known faces in looks near them; null where one is not there. */
  private async lookNear(image: Pixels, faces: readonly Known[]): Promise<Detection[] | null> {
    const looks = await this.detector.detectNear(image, faces.map((face) => face.region));
    const seen = faces.map((face, i) => seenIn(face, looks[i]!));
    return seen.includes(null) ? null : (seen as Detection[]);
  }
}

function seenIn(face: Known, look: readonly Detection[]): Detection | null {
  let best: Detection | null = null;
  let overlap = -1;
  for (const each of look) {
    if (each.score < face.leastScore) continue;
    const now = iou(each.box, face.last);
    if (now > overlap) [overlap, best] = [now, each];
  }
  return best && overlap >= SAME_FACE_IOU && within(best.box, face.region) ? best : null;
}

function within(box: Box, region: Box): boolean {
  return box.x > region.x && box.y > region.y
    && box.x + box.width < region.x + region.width && box.y + box.height < region.y + region.height;
}

/** Some pixels of a box, evenly spread; empty where it is outside. */
function sampled(image: Pixels, box: Box): Int16Array {
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
