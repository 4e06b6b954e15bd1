/** Results at a fixed rate: ten values a second by the frames' times, never by counting frames. */

import type { Face, FrameResult } from "../recognizer/results.js";

export const RATE_HZ = 10;
/** Longer pauses between frames are gaps, not time seen. */
export const LONGEST_STEP_S = 1;
/** What lies longer back than this is forgotten. */
const LONGEST_S = 12 * 3600;
/** Times are written with four decimals: 0.3 s must not miss the third tenth. */
const EDGE = 1e-6;

/** Place of a face: its middle and longer side, in widths of the frame. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** What is known of a face at a tenth of a second. */
export interface Value {
  readonly tenth: number;
  readonly probabilities: readonly number[];
  readonly place: Place;
}

/** One face's values at the fixed rate, growing as results come. */
export class Track {
  readonly values: Value[] = [];
  private lastS = -Infinity;
  private last: Value | null = null;
  private next = 0;

  constructor(readonly id: number) {}

  /** Take in the face's next values; a time that is not later than the last is left out. */
  add(timeS: number, probabilities: readonly number[], place: Place): void {
    const pauseS = timeS - this.lastS;
    if (pauseS <= 0) return;
    const now = { tenth: 0, probabilities, place };
    if (pauseS > LONGEST_STEP_S) this.next = Math.ceil(timeS * RATE_HZ - EDGE);
    for (; this.next <= timeS * RATE_HZ + EDGE; this.next++) {
      const weight = (this.next / RATE_HZ - this.lastS) / pauseS;
      const between = pauseS > LONGEST_STEP_S || !this.last
        ? now : mixed(this.last, now, Math.min(1, Math.max(0, weight)));
      this.values.push({ ...between, tenth: this.next });
    }
    this.lastS = timeS;
    this.last = now;
  }

  get begin(): number { return this.values[0]!.tenth; }

  /** Number of the tenth after its last. */
  get end(): number { return this.values.at(-1)!.tenth + 1; }

  forgetBefore(tenth: number): void {
    const kept = this.values.findIndex((value) => value.tenth >= tenth);
    this.values.splice(0, kept < 0 ? this.values.length : kept);
  }
}

function mixed(a: Value, b: Value, weight: number): Value {
  const mix = (from: number, to: number) => from + weight * (to - from);
  return {
    tenth: 0,
    probabilities: a.probabilities.map((value, i) => mix(value, b.probabilities[i]!)),
    place: {
      x: mix(a.place.x, b.place.x), y: mix(a.place.y, b.place.y), size: mix(a.place.size, b.place.size),
    },
  };
}

/** The faces of a run at a fixed rate. */
export class Timeline {
  labels: readonly string[] = [];
  private tracks = new Map<number, Track>();
  private firstS = Infinity;
  private lastS = -Infinity;
  private sweptS = 0;

  add(result: FrameResult): void {
    this.firstS = Math.min(this.firstS, result.time_s);
    this.lastS = Math.max(this.lastS, result.time_s);
    for (const face of result.faces) {
      if (!this.labels.length) this.labels = Object.keys(face.probabilities);
      let track = this.tracks.get(face.track_id);
      if (!track) {
        track = new Track(face.track_id);
        this.tracks.set(face.track_id, track);
      }
      track.add(result.time_s, this.labels.map((label) => face.probabilities[label] ?? 0), placeOf(face, result.width));
    }
    if (this.lastS - this.sweptS > LONGEST_S / 12) this.sweep();
  }

  /** Number of the first tenth of a second, with or without a face. */
  get begin(): number {
    if (this.firstS > this.lastS) return 0;
    return Math.ceil(Math.max(this.firstS, this.lastS - LONGEST_S) * RATE_HZ - EDGE);
  }

  /** The tracks that have values, by their first time. */
  seen(): Track[] {
    return [...this.tracks.values()].filter((track) => track.values.length)
      .sort((a, b) => a.begin - b.begin || a.id - b.id);
  }

  private sweep(): void {
    this.sweptS = this.lastS;
    for (const [id, track] of this.tracks) {
      track.forgetBefore(this.begin);
      if (!track.values.length) this.tracks.delete(id);
    }
  }
}

function placeOf({ box }: Face, width: number): Place {
  return {
    x: (box.x + box.width / 2) / width, y: (box.y + box.height / 2) / width,
    size: Math.max(box.width, box.height) / width,
  };
}
