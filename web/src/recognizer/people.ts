/**
 * From tracks to people: who looks away for some seconds and comes back keeps the number.
 *
 * A new track is compared with the people who are away, by place, size and appearance. Nothing is kept longer than
 * AWAY_S, and nothing is stored.
 */

import { Appearance, samplesAcross } from "./appearance.js";
import { center, type Box } from "./geometry.js";
import type { Pixels } from "./pixels.js";
import type { Track } from "./tracker.js";

/** How long somebody who is not seen is remembered. */
const AWAY_S = 60;
/** Largest difference in appearance of one person who returns to the same place, and elsewhere. */
const SIMILAR = 0.6;
const VERY_SIMILAR = 0.5;
/** How far the same place reaches, in lengths of the face's side, and most that this may have grown or shrunk. */
const NEAR = 1.5;
const RESIZED = 1.8;
/** How often a person is looked at, how many looks are kept, from which difference one is new. */
const LOOK_EVERY_S = 1;
const LOOKS = 16;
const NEW_LOOK = 0.1;
/** Mean difference of some pixels of a face between two frames from which the film may have been cut. */
const GLANCE = 12;
const CHANGED = 30;

class Person {
  private looks: Appearance[] = [];
  private glance: Int16Array | null = null;

  constructor(
    /** From 1, never used again. */
    readonly number: number,
    public trackId: number,
    private box: Box,
    public seenS: number,
    private lookedS: number,
  ) {}

  difference(look: Appearance): number {
    return Math.min(...this.looks.map((known) => known.difference(look)));
  }

  /** How much a face differs from how the person looked, 1 where it is just the person's. */
  unlike(look: Appearance, box: Box): number {
    return this.difference(look) / (this.wasAt(box) ? SIMILAR : VERY_SIMILAR);
  }

  /** Take in the next frame of the person's track; false where it is another person's now. */
  follow(image: Pixels, box: Box, timeS: number): boolean {
    if (this.isCut(image, box)) {
      this.trackId = 0;
      this.glance = null;
      return false;
    }
    this.box = box;
    this.seenS = timeS;
    const passedS = timeS - this.lookedS;
    if (passedS < 0 || passedS >= LOOK_EVERY_S) this.add(Appearance.of(image, box), timeS);
    return true;
  }

  /** Be shown by a new track. */
  appear(trackId: number, look: Appearance, box: Box, timeS: number): void {
    this.trackId = trackId;
    this.box = box;
    this.seenS = timeS;
    this.glance = null;
    this.add(look, timeS);
  }

  private add(look: Appearance, timeS: number): void {
    this.lookedS = timeS;
    if (this.difference(look) > NEW_LOOK) this.looks = [...this.looks.slice(1 - LOOKS), look];
  }

  private isCut(image: Pixels, box: Box): boolean {
    const before = this.glance;
    const now = (this.glance = samplesAcross(image, box, GLANCE));
    if (!before) return false;
    let sum = 0;
    for (let i = 0; i < now.length; i++) sum += Math.abs(now[i]! - before[i]!);
    if (sum / now.length < CHANGED) return false;
    const look = Appearance.of(image, box);
    return this.looks.every((known) => look.isOther(known));
  }

  private wasAt(box: Box): boolean {
    const size = Math.max(this.box.width, this.box.height);
    const other = Math.max(box.width, box.height);
    const [x0, y0] = center(this.box);
    const [x1, y1] = center(box);
    const larger = Math.max(size, other);
    return Math.hypot(x0 - x1, y0 - y1) <= NEAR * larger && larger <= RESIZED * Math.min(size, other);
  }
}

/** Numbers the people of one stream. */
export class People {
  private people: Person[] = [];
  private lastNumber = 0;

  /** Forget everybody, as before a new film; numbers go on. */
  reset(): void {
    this.people = [];
  }

  /** Take in a frame's confirmed faces; the person's number of each, by the track's. */
  update(image: Pixels, tracks: readonly Track[], timeS: number): Map<number, number> {
    this.people = this.people.filter(({ seenS }) => timeS >= seenS && timeS - seenS <= AWAY_S);
    const seen = new Map(tracks.flatMap(({ id, detection }) => (detection ? [[id, detection.box] as const] : [])));
    const shown = new Map(this.people.map((person) => [person.trackId, person]));
    const followed = new Set([...shown].flatMap(([trackId, person]) => {
      const box = seen.get(trackId);
      return box && person.follow(image, box, timeS) ? [trackId] : [];
    }));
    for (const [trackId, box] of seen) {
      if (!followed.has(trackId)) this.place(trackId, image, box, seen, timeS);
    }
    const wanted = new Set(tracks.map(({ id }) => id));
    return new Map(this.people.filter(({ trackId }) => wanted.has(trackId)).map((p) => [p.trackId, p.number]));
  }

  /** Numbers of the tracks that show people, or did last. */
  get trackIds(): Set<number> {
    return new Set(this.people.map(({ trackId }) => trackId));
  }

  /** Find out whose face a new track shows. */
  private place(trackId: number, image: Pixels, box: Box, seen: ReadonlyMap<number, Box>, timeS: number): void {
    const look = Appearance.of(image, box);
    let best: Person | null = null;
    let least = Infinity;
    for (const person of this.people) {
      if (seen.has(person.trackId)) continue;
      const unlike = person.unlike(look, box);
      if (unlike < least) [least, best] = [unlike, person];
    }
    if (!best || least > 1) {
      this.lastNumber += 1;
      best = new Person(this.lastNumber, 0, box, timeS, timeS);
      this.people.push(best);
    }
    best.appear(trackId, look, box, timeS);
  }
}
