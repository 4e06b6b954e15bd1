/** Who was seen, what they showed, and the strongest moments: as Python's `Summary`. */

import type { FrameResult } from "../recognizer/results.js";
import { choose, findMoments, type Moment } from "./moments.js";
import { people } from "./people.js";
import { LONGEST_STEP_S, Timeline } from "./resample.js";

/** One face over the run. */
export interface SeenFace {
  readonly track_id: number;
  readonly first_s: number;
  readonly last_s: number;
  readonly frames: number;
  /** Emotion to the time it was shown, in seconds. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Emotion to its share of the frames, the largest first. */
  readonly shares: Readonly<Record<string, number>>;
}

interface Counted {
  readonly firstS: number;
  lastS: number;
  frames: number;
  readonly seconds: Map<string, number>;
  readonly counts: Map<string, number>;
}

/** Gathers a run's results. */
export class Summary {
  frames = 0;
  private readonly seen = new Map<number, Counted>();
  private readonly timeline = new Timeline();
  private lastS: number | null = null;

  add(result: FrameResult): void {
    this.frames += 1;
    const pauseS = this.lastS === null ? 0 : result.time_s - this.lastS;
    const stepS = pauseS >= 0 && pauseS <= LONGEST_STEP_S ? pauseS : 0;
    this.lastS = result.time_s;
    this.timeline.add(result);
    for (const face of result.faces) {
      let counted = this.seen.get(face.track_id);
      if (!counted) {
        counted = { firstS: result.time_s, lastS: 0, frames: 0, seconds: new Map(), counts: new Map() };
        this.seen.set(face.track_id, counted);
      }
      counted.lastS = result.time_s;
      counted.frames += 1;
      counted.seconds.set(face.emotion, (counted.seconds.get(face.emotion) ?? 0) + stepS);
      counted.counts.set(face.emotion, (counted.counts.get(face.emotion) ?? 0) + 1);
    }
  }

  get people(): SeenFace[] {
    return [...this.seen].map(([id, counted]) => ({
      track_id: id,
      first_s: counted.firstS,
      last_s: counted.lastS,
      frames: counted.frames,
      seconds: Object.fromEntries(counted.seconds),
      shares: Object.fromEntries([...counted.counts].sort((a, b) => b[1] - a[1])
        .map(([emotion, count]) => [emotion, count / counted.frames])),
    }));
  }

  /** The strongest moments until now, by time, with a share for each emotion. */
  get moments(): Moment[] {
    return choose(people(this.timeline).flatMap((person) => findMoments(person, this.timeline.labels)));
  }
}
