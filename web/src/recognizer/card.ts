/** What a model says of itself: the JSON file beside it, made from the card in the model file. */

export const MAIN_OUTPUT = "emotion";
/** One number from 0 to 1: whether a box holds a face at all. */
export const PRESENCE_OUTPUT = "presence";
/** Degrees by which a face is tilted clockwise: the recognizer's own, to judge pictures upright. */
export const TILT_OUTPUT = "tilt";
export const INPUT_NAME = "faces";

/** The crops that a model takes: uint8 (N, height, width, channels). */
export interface InputSpec {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly color: "gray" | "rgb";
}

export interface Output {
  readonly kind: "categorical" | "continuous" | "angles";
  readonly tensor: string;
  readonly labels: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface Card {
  readonly format: number;
  readonly name: string;
  readonly version: string;
  readonly outputs: Readonly<Record<string, Output>>;
  readonly input: InputSpec;
  readonly crop_margin: number;
  readonly training_data: string;
  readonly license: string;
  readonly notes: string;
}
