/** Faces that keep their number: ByteTrack's two-step association (Zhang et al. 2022), on time. */

import { area, center, iou, type Box } from "./geometry.js";
import { BoxFilter } from "./kalman.js";
import type { Detection } from "./suppression.js";
import { HIGH_SCORE } from "./yunet.js";

/** How long a face that is not seen is remembered. */
const MAX_AGE_S = 1.5;
const HOLD_S = 0.12;
/** Score from which a face gets its number at first sight. */
const CLEAR = 0.8;
const LEAST_LIKENESS = -0.35;
const LARGEST_SIZE_RATIO = 2.5;

/** One face over time. */
export class Track {
  /** From 1, never used again; 0 until the face has been seen clearly enough. */
  id = 0;
  readonly filter: BoxFilter;
  /** The present frame's detection, null where it was not seen. */
  detection: Detection | null;

  constructor(
    detection: Detection,
    public seenS: number,
  ) {
    this.filter = new BoxFilter(detection.box);
    this.detection = detection;
  }
}

/** Follows the faces of one stream. */
export class Tracker {
  private tracks: Track[] = [];
  private lastId = 0;
  private timeS: number | null = null;

  /** Forget all faces, as at a cut or a new source; numbers go on. */
  reset(): void {
    this.tracks = [];
    this.timeS = null;
  }

  /** Take in a frame's detections, best first; the faces that are there, by number. */
  update(found: readonly Detection[], timeS: number): Track[] {
    this.predict(timeS);
    this.tracks = this.tracks.filter((t) => timeS - t.seenS <= (t.id ? MAX_AGE_S : HOLD_S));
    for (const track of this.tracks) track.detection = null;
    const high = found.filter(({ score }) => score >= HIGH_SCORE);
    const low = found.filter(({ score }) => score < HIGH_SCORE);
    const free = this.match(this.tracks, high, timeS);
    // A face seen a moment ago may go on with a low score; one long gone needs a high one.
    const recent = this.tracks.filter((t) => !t.detection && timeS - t.seenS <= MAX_AGE_S / 3);
    this.match(recent, low, timeS);
    for (const detection of free) {
      const taken = this.tracks.some((t) => t.detection && iou(detection.box, t.filter.box) > 0.5);
      if (taken) continue;
      const track = new Track(detection, timeS);
      if (detection.score >= CLEAR) track.id = this.nextId();
      this.tracks.push(track);
    }
    return this.tracks
      .filter((t) => t.id && timeS - t.seenS <= HOLD_S)
      .sort((a, b) => a.id - b.id);
  }

  /** Numbers of all faces that are remembered, seen or not. */
  get ids(): Set<number> {
    return new Set(this.tracks.filter((t) => t.id).map((t) => t.id));
  }

  private predict(timeS: number): void {
    if (this.timeS !== null && timeS < this.timeS) this.reset();
    const stepS = this.timeS === null ? 0 : timeS - this.timeS;
    this.timeS = timeS;
    if (stepS > 0) for (const t of this.tracks) t.filter.predict(Math.min(stepS, MAX_AGE_S));
  }

  /** Give detections to tracks, the likest pair first; the detections that are left. */
  private match(tracks: readonly Track[], found: readonly Detection[], timeS: number): Detection[] {
    const pairs: { likeness: number; track: Track; detection: Detection }[] = [];
    for (const track of tracks) {
      for (const detection of found) {
        const value = likeness(track.filter.box, detection.box);
        if (value > LEAST_LIKENESS) pairs.push({ likeness: value, track, detection });
      }
    }
    pairs.sort((a, b) => b.likeness - a.likeness);
    const taken = new Set<Detection>();
    for (const { track, detection } of pairs) {
      if (track.detection || taken.has(detection)) continue;
      taken.add(detection);
      track.detection = detection;
      track.seenS = timeS;
      track.filter.update(detection.box);
      if (!track.id) track.id = this.nextId();
    }
    return found.filter((each) => !taken.has(each));
  }

  private nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }
}

/** Distance-IoU (Zheng et al. 2020), -1 to 1; -1 where the sizes differ too much for one face. */
function likeness(a: Box, b: Box): number {
  const ratio = Math.sqrt(area(a) / Math.max(area(b), 1e-9));
  if (!(1 / LARGEST_SIZE_RATIO <= ratio && ratio <= LARGEST_SIZE_RATIO)) return -1;
  const [ax, ay] = center(a);
  const [bx, by] = center(b);
  const width = Math.max(a.x + a.width, b.x + b.width) - Math.min(a.x, b.x);
  const height = Math.max(a.y + a.height, b.y + b.height) - Math.min(a.y, b.y);
  return iou(a, b) - ((ax - bx) ** 2 + (ay - by) ** 2) / (width ** 2 + height ** 2);
}
