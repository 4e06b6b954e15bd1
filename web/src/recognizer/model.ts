/** An opened model: crops in, predictions out. */

import { INPUT_NAME, MAIN_OUTPUT, PRESENCE_OUTPUT, type Card } from "./card.js";
import { mirrored, prepare } from "./crops.js";
import type { Box } from "./geometry.js";
import type { Network } from "./network.js";
import { scaled, type Pixels, type Scaler } from "./pixels.js";

/** What the model says of a face. */
export interface Prediction {
  /** In the order of the labels, summing to 1. */
  readonly probabilities: Float32Array;
  /** Probability that it is a face; null where the model does not say it. */
  readonly presence: number | null;
}

export class Model {
  readonly labels: readonly string[];

  constructor(
    private readonly network: Network,
    readonly card: Card,
    private readonly scale: Scaler = scaled,
  ) {
    this.labels = card.outputs[MAIN_OUTPUT]!.labels;
  }

  /** Cut faces out of a frame and judge them. */
  async predict(image: Pixels, boxes: readonly Box[]): Promise<Prediction[]> {
    const { input, crop_margin: margin } = this.card;
    return this.judge(prepare(image, boxes, input, margin, this.scale), boxes.length);
  }

  /** As `predict`, each face averaged with its mirror image: for pictures, at twice the time. */
  async predictMirrored(image: Pixels, boxes: readonly Box[]): Promise<Prediction[]> {
    const { input, crop_margin: margin } = this.card;
    const faces = prepare(image, boxes, input, margin, this.scale);
    const both = new Uint8Array(2 * faces.length);
    both.set(faces);
    both.set(mirrored(faces, input), faces.length);
    const found = await this.judge(both, 2 * boxes.length);
    return boxes.map((_, i) => mean(found[i]!, found[boxes.length + i]!));
  }

  private async judge(data: Uint8Array, count: number): Promise<Prediction[]> {
    if (!count) return [];
    const { input, outputs } = this.card;
    const shape = [count, input.height, input.width, input.channels];
    const wanted = [outputs[MAIN_OUTPUT], outputs[PRESENCE_OUTPUT]].flatMap((output) => output?.tensor ?? []);
    const [rows, presence] = await this.network.run({ [INPUT_NAME]: { data, shape } }, wanted);
    const width = this.labels.length;
    return Array.from({ length: count }, (_, i) => ({
      probabilities: rows!.subarray(i * width, (i + 1) * width), presence: presence?.[i] ?? null,
    }));
  }
}

function mean(one: Prediction, other: Prediction): Prediction {
  return {
    probabilities: one.probabilities.map((value, k) => (value + other.probabilities[k]!) / 2),
    presence: one.presence === null ? null : (one.presence + other.presence!) / 2,
  };
}
