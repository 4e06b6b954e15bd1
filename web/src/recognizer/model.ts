/** An opened model: crops in, probabilities out. */

import { INPUT_NAME, MAIN_OUTPUT, type Card } from "./card.js";
import { prepare } from "./crops.js";
import type { Box } from "./geometry.js";
import type { Network } from "./network.js";
import type { Pixels } from "./pixels.js";

export class Model {
  readonly labels: readonly string[];

  constructor(
    private readonly network: Network,
    readonly card: Card,
  ) {
    this.labels = card.outputs[MAIN_OUTPUT]!.labels;
  }

  /** Cut faces out of a picture and judge them: a row of probabilities a face. */
  async predict(image: Pixels, boxes: readonly Box[]): Promise<Float32Array[]> {
    if (!boxes.length) return [];
    const { input, crop_margin: margin, outputs } = this.card;
    const data = prepare(image, boxes, input, margin);
    const shape = [boxes.length, input.height, input.width, input.channels];
    const [rows] = await this.network.run({ [INPUT_NAME]: { data, shape } }, [outputs[MAIN_OUTPUT]!.tensor]);
    const width = this.labels.length;
    return boxes.map((_, i) => rows!.subarray(i * width, (i + 1) * width));
  }
}
