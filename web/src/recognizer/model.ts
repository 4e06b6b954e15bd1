/** An opened model: crops in, probabilities out. */

import { INPUT_NAME, MAIN_OUTPUT, type Card } from "./card.js";
import { mirrored, prepare } from "./crops.js";
import type { Box } from "./geometry.js";
import type { Network } from "./network.js";
import { scaled, type Pixels, type Scaler } from "./pixels.js";

export class Model {
  readonly labels: readonly string[];

  constructor(
    private readonly network: Network,
    readonly card: Card,
    private readonly scale: Scaler = scaled,
  ) {
    this.labels = card.outputs[MAIN_OUTPUT]!.labels;
  }

  /** Cut faces out of a frame and judge them: a row of probabilities a face. */
  async predict(image: Pixels, boxes: readonly Box[]): Promise<Float32Array[]> {
    const { input, crop_margin: margin } = this.card;
    return this.judge(prepare(image, boxes, input, margin, this.scale), boxes.length);
  }

  /** As `predict`, each face averaged with its mirror image: for pictures, at twice the time. */
  async predictMirrored(image: Pixels, boxes: readonly Box[]): Promise<Float32Array[]> {
    const { input, crop_margin: margin } = this.card;
    const faces = prepare(image, boxes, input, margin, this.scale);
    const both = new Uint8Array(2 * faces.length);
    both.set(faces);
    both.set(mirrored(faces, input), faces.length);
    const rows = await this.judge(both, 2 * boxes.length);
    return boxes.map((_, i) => rows[i]!.map((value, k) => (value + rows[boxes.length + i]![k]!) / 2));
  }

  private async judge(data: Uint8Array, count: number): Promise<Float32Array[]> {
    if (!count) return [];
    const { input, outputs } = this.card;
    const shape = [count, input.height, input.width, input.channels];
    const [rows] = await this.network.run({ [INPUT_NAME]: { data, shape } }, [outputs[MAIN_OUTPUT]!.tensor]);
    const width = this.labels.length;
    return Array.from({ length: count }, (_, i) => rows!.subarray(i * width, (i + 1) * width));
  }
}
