/** Answers of the model that are kept while a face hardly changes. */

import type { InputSpec } from "./card.js";
import { roundHalfEven } from "./geometry.js";
import type { Prediction } from "./model.js";
import { meanDifference } from "./region.js";

/** How long an answer is kept at most. */
const KEPT_S = 0.3;
/** How long the answer for a face that is not shown is kept, however it changes. */
const HIDDEN_S = 0.5;
/** Share of the time and of the change at which a face is judged already where that costs little. */
export const AHEAD = 0.9;
/** How long a new face is judged in every frame. */
const EVERY_FRAME_S = 0.3;
/** Change of a probability from which an answer is kept no longer. */
const MOST_OFF = 0.1;
/** Logits by which an answer changes at most where the face changes by its own contrast. */
const LOGITS = 20;
/** Rows and columns of a crop that are compared, in lengths of its sides: eyes, nose and mouth. */
const MIDDLE = [14 / 48, 42 / 48, 8 / 48, 40 / 48] as const;
/** What is added to the face's contrast, of 255: a camera's noise is no change of a dark face. */
const LEAST_CONTRAST = 5;
/** Change of a probability from which the face is judged in every frame for a while. */
const SURPRISE = 0.15;
const ALERT_S = 0.2;
/** However clear an answer is, it is not taken to be clearer. */
const LEAST_DOUBT = 3e-4;

interface Answer {
  readonly keptFromS: number;
  readonly timeS: number;
  /** The middle of its crop. */
  readonly middle: Uint8Array;
  /** Mean difference of the middle up to which the answer is kept. */
  readonly mostChanged: number;
  readonly values: Prediction;
}

/** Knows which faces of a stream need not be judged again yet. */
export class KeptAnswers {
  private readonly answers = new Map<number, Answer>();

  constructor(private readonly input: InputSpec) {}

  reset(): void {
    this.answers.clear();
  }

  /**
   * How far a face's answer is from where it is kept no longer: from 0, 1 is there.
   * @param crop what the model would see.
   */
  staleness(id: number, crop: Uint8Array, timeS: number): number {
    const last = this.answers.get(id);
    if (!last || timeS < Math.max(last.keptFromS, last.timeS)) return Infinity;
    const age = (timeS - last.timeS) / KEPT_S;
    return age > 1 ? Infinity : Math.max(age, meanDifference(this.middle(crop), last.middle) / last.mostChanged);
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

  /**
   * Take in an answer.
   * @param crop what the model saw.
   */
  judged(id: number, crop: Uint8Array, timeS: number, values: Prediction): void {
    const before = this.answers.get(id);
    const { probabilities } = values;
    let keptFromS = timeS + EVERY_FRAME_S;
    if (before && before.timeS <= timeS) {
      const surprise = probabilities.some((p, i) => Math.abs(p - before.values.probabilities[i]!) > SURPRISE);
      keptFromS = surprise ? Math.max(before.keptFromS, timeS + ALERT_S) : before.keptFromS;
    }
    const middle = this.middle(crop);
    const mostChanged = (bears(probabilities) / LOGITS) * (deviation(middle) + LEAST_CONTRAST);
    this.answers.set(id, { keptFromS, timeS, middle, mostChanged, values });
  }

  /** Forget the faces that have gone. */
  forgetAllBut(ids: ReadonlySet<number>): void {
    for (const id of this.answers.keys()) if (!ids.has(id)) this.answers.delete(id);
  }

  /** The part of a crop that is compared. */
  private middle(crop: Uint8Array): Uint8Array {
    const { width, height, channels } = this.input;
    const [top, bottom] = [roundHalfEven(MIDDLE[0] * height), roundHalfEven(MIDDLE[1] * height)];
    const [left, right] = [roundHalfEven(MIDDLE[2] * width), roundHalfEven(MIDDLE[3] * width)];
    const row = (right - left) * channels;
    const part = new Uint8Array((bottom - top) * row);
    for (let y = top; y < bottom; y++) {
      const from = (y * width + left) * channels;
      part.set(crop.subarray(from, from + row), (y - top) * row);
    }
    return part;
  }
}

/** Logits by which the likeliest answer changes before its probability falls by `MOST_OFF`. */
function bears(probabilities: Float32Array): number {
  const p = Math.min(Math.max(...probabilities, 0.5), 1 - LEAST_DOUBT);
  return logit(p) - logit(p - MOST_OFF);
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

/** The standard deviation. */
function deviation(values: Uint8Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
}
