/** An opened model: crops in, predictions out. */

import { INPUT_NAME, MAIN_OUTPUT, PRESENCE_OUTPUT, TILT_OUTPUT, type Card } from "./card.js";
import { mirrored, prepare, uprightCrop } from "./crops.js";
import type { Box } from "./geometry.js";
import type { Network } from "./network.js";
import { scaled, type Pixels, type Scaler } from "./pixels.js";

/** Faces of pictures that the model says are tilted further are judged upright. */
const TILTED_DEGREES = 20;
/** Faces are turned back by no more: the model has seen none that were tilted further. */
const MOST_DEGREES = 60;

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

  /** Cut a face out of a frame, as `predict` takes it. */
  crop(image: Pixels, box: Box): Uint8Array {
    const { input, crop_margin: margin } = this.card;
    return prepare(image, [box], input, margin, this.scale);
  }

  /** Judge faces that were cut out. */
  async predict(crops: readonly Uint8Array[]): Promise<Prediction[]> {
    const { width, height, channels } = this.card.input;
    const size = width * height * channels;
    const faces = new Uint8Array(crops.length * size);
    crops.forEach((crop, i) => faces.set(crop, i * size));
    return this.judge(faces, crops.length);
  }

  /**
   * Judge faces of a picture by itself: each averaged with its mirror image, and one that is tilted cut upright first,
   * where the model says so. At twice the time of `predict`, four times for tilted faces.
   */
  async predictStill(image: Pixels, boxes: readonly Box[]): Promise<Prediction[]> {
    const { input, crop_margin: margin } = this.card;
    const faces = prepare(image, boxes, input, margin, this.scale);
    const found = await this.judgeMirrored(faces, boxes.length);
    const tilted = [...boxes.keys()].filter((i) => Math.abs(found[i]!.tilt) > TILTED_DEGREES);
    const size = faces.length / boxes.length;
    const upright = new Uint8Array(tilted.length * size);
    tilted.forEach((i, place) => {
      const degrees = Math.min(Math.max(found[i]!.tilt, -MOST_DEGREES), MOST_DEGREES);
      upright.set(uprightCrop(image, boxes[i]!, input, margin, degrees, this.scale), place * size);
    });
    const again = await this.judgeMirrored(upright, tilted.length);
    tilted.forEach((i, place) => { found[i] = again[place]!; });
    return found;
  }

  private async judgeMirrored(faces: Uint8Array, count: number): Promise<(Prediction & { tilt: number })[]> {
    const both = new Uint8Array(2 * faces.length);
    both.set(faces);
    both.set(mirrored(faces, this.card.input), faces.length);
    const tilts = new Float32Array(2 * count);
    const found = await this.judge(both, 2 * count, tilts);
    return Array.from({ length: count }, (_, i) => (
      { ...mean(found[i]!, found[count + i]!), tilt: (tilts[i]! - tilts[count + i]!) / 2 }
    ));
  }

  /** @param tilts takes the tilt of each face, where it is wanted and the model says it. */
  private async judge(data: Uint8Array, count: number, tilts?: Float32Array): Promise<Prediction[]> {
    if (!count) return [];
    const { input, outputs } = this.card;
    const shape = [count, input.height, input.width, input.channels];
    const names = [MAIN_OUTPUT, PRESENCE_OUTPUT, ...(tilts ? [TILT_OUTPUT] : [])].filter((name) => outputs[name]);
    const rows = await this.network.run({ [INPUT_NAME]: { data, shape } }, names.map((name) => outputs[name]!.tensor));
    const [values, presence, tilt] = [MAIN_OUTPUT, PRESENCE_OUTPUT, TILT_OUTPUT].map((name) => rows[names.indexOf(name)]);
    if (tilt) tilts!.set(tilt);
    const width = this.labels.length;
    return Array.from({ length: count }, (_, i) => ({
      probabilities: values!.subarray(i * width, (i + 1) * width), presence: presence?.[i] ?? null,
    }));
  }
}

function mean(one: Prediction, other: Prediction): Prediction {
  return {
    probabilities: one.probabilities.map((value, k) => (value + other.probabilities[k]!) / 2),
    presence: one.presence === null ? null : (one.presence + other.presence!) / 2,
  };
}
