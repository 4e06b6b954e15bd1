/** From tracks to people: who was lost from sight gets a new number, and is joined again by place and time. */

import { RATE_HZ, type Timeline, type Track, type Value } from "./resample.js";

/** Farthest that a face may have moved while it was away, in lengths of its side. */
const NEAR = 1.5;
/** Most that its side may have grown or shrunk. */
const RESIZED = 1.8;
/** Two tracks of one person may overlap by this: a lost face is carried on for a moment. */
const SHARED_S = 0.5;

/** One person over a recording, at the fixed rate. */
export interface Person {
  /** From 1, in the order of appearance. */
  readonly number: number;
  /** Number of the first tenth of a second. */
  readonly begin: number;
  /** From `begin` on, null where the face was not seen. */
  readonly values: readonly (readonly number[] | null)[];
  /** Number of the face that is seen, 0 for none. */
  readonly trackAt: readonly number[];
}

/** Join a run's tracks into people, in the order of their first appearance. */
export function people(timeline: Timeline): Person[] {
  const chains: Track[][] = [];
  for (const track of timeline.seen()) {
    let best: Track[] | null = null;
    let least = Infinity;
    for (const chain of chains) {
      if (!chain.every((other) => other.end - track.begin <= SHARED_S * RATE_HZ)) continue;
      const [distance, resized] = far(chain, track);
      if (distance <= NEAR && resized <= RESIZED && distance < least) [least, best] = [distance, chain];
    }
    if (best) best.push(track);
    else chains.push([track]);
  }
  return chains.map((chain, i) => person(i + 1, timeline, chain));
}

/** How far, in lengths of its side, a track begins from a chain's end; how much larger it is. */
function far(chain: readonly Track[], track: Track): [number, number] {
  const last = chain.reduce((a, b) => (b.end > a.end ? b : a)).values.at(-1)!.place;
  const first = track.values[0]!.place;
  const side = Math.max(last.size, first.size);
  return [Math.hypot(first.x - last.x, first.y - last.y) / side, side / Math.min(last.size, first.size)];
}

function person(number: number, timeline: Timeline, tracks: readonly Track[]): Person {
  const begin = Math.max(timeline.begin, Math.min(...tracks.map((track) => track.begin)));
  const count = Math.max(...tracks.map((track) => track.end)) - begin;
  const at: (Value | null)[] = new Array<null>(count).fill(null);
  const trackAt = new Array<number>(count).fill(0);
  for (const track of tracks) {
    for (const value of track.values) {
      if (value.tenth < begin) continue;
      at[value.tenth - begin] = value;
      trackAt[value.tenth - begin] = track.id;
    }
  }
  return { number, begin, values: at.map((value) => value?.probabilities ?? null), trackAt };
}
