/** Answers of the model that are kept while a face hardly changes. */

import { iou, type Box } from "./geometry.js";
import type { Prediction } from "./model.js";
import type { Pixels } from "./pixels.js";
import { samplesAcross } from "./appearance.js";
import { meanDifference } from "./region.js";

/** How long an answer is kept at most. */
const KEPT_S = 0.3;
/** How long the answer for a face that is not shown is kept, however it changes. */
const HIDDEN_S = 0.5;
/** Share of the time and of the change at which a face is judged already where that costs little. */
export const AHEAD = 0.7;
/** How long a new face is judged in every frame. */
const EVERY_FRAME_S = 0.3;
/** Change of the samples, times how much the answer may change with them, up to which it is kept. */
const MOST_EXPECTED = 0.5;
/** Pixels of a face that are compared, across and down. */
const SAMPLES = 16;
/** Mean difference of them, of 255, up to which an answer is kept, however clear it is. */
const MOST_CHANGED = 30;
/** Least overlap of a face's boxes: another box gives another crop, of the same pixels too. */
const SAME_PLACE_IOU = 0.85;
/** Change of a probability from which the face is judged in every frame for a while. */
const SURPRISE = 0.15;
const ALERT_S = 0.2;
const LEAST_UNCERTAINTY = 0.01;

interface Answer {
  readonly keptFromS: number;
  readonly timeS: number;
  readonly box: Box;
  readonly samples: Int16Array;
  readonly uncertainty: number;
  readonly values: Prediction;
}

/** Knows which faces of a stream need not be judged again yet. */
export class KeptAnswers {
  private readonly answers = new Map<number, Answer>();

  reset(): void {
    this.answers.clear();
  }

  /** How far a face's answer is from where it is kept no longer: from 0, 1 is there. */
  staleness(id: number, image: Pixels, box: Box, timeS: number): number {
    const last = this.answers.get(id);
    if (!last || timeS < Math.max(last.keptFromS, last.timeS)) return Infinity;
    const age = (timeS - last.timeS) / KEPT_S;
    if (age > 1 || iou(box, last.box) < SAME_PLACE_IOU) return Infinity;
    // Of the face where it is now: a head that moves shows the model the same.
    const changed = meanDifference(samplesAcross(image, box, SAMPLES), last.samples);
    return Math.max(age, changed / MOST_CHANGED, (changed * last.uncertainty) / MOST_EXPECTED);
  }

  /** The answer of a face that has one. */
  values(id: number): Prediction {
    return this.answers.get(id)!.values;
  }

  /** The answer that a face keeps which is not shown; null where it is to be judged. */
  ofHidden(id: number, timeS: number): Prediction | null {
    const last = this.answers.get(id);
    return last && last.timeS <= timeS && timeS < last.timeS + HIDDEN_S ? last.values : null;
  }

  /** Take in an answer. */
  judged(id: number, image: Pixels, box: Box, timeS: number, values: Prediction): void {
    const before = this.answers.get(id);
    const { probabilities } = values;
    let keptFromS = timeS + EVERY_FRAME_S;
    if (before && before.timeS <= timeS) {
      const surprise = probabilities.some((p, i) => Math.abs(p - before.values.probabilities[i]!) > SURPRISE);
      keptFromS = surprise ? Math.max(before.keptFromS, timeS + ALERT_S) : before.keptFromS;
    }
    // The derivative of a softmax output p is p (1 - p): a clear answer hardly changes.
    const uncertainty = Math.max(...probabilities.map((p) => p * (1 - p))) + LEAST_UNCERTAINTY;
    this.answers.set(id, { keptFromS, timeS, box, samples: samplesAcross(image, box, SAMPLES), uncertainty, values });
  }

  /** Forget the faces that have gone. */
  forgetAllBut(ids: ReadonlySet<number>): void {
    for (const id of this.answers.keys()) if (!ids.has(id)) this.answers.delete(id);
  }
}
