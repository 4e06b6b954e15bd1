/** What the recognizer says of one frame: the JSON shape of Python's `FrameResult.to_dict()`. */

import type { Box } from "./geometry.js";

export interface Face {
  /** Its number, from 1; kept while the face is followed. */
  readonly track_id: number;
  readonly box: Box;
  readonly emotion: string;
  readonly confidence: number;
  readonly detection_score: number;
  /** Label to probability, in the model's order. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Probability that the box holds a face, where the model says it. */
  readonly face_presence?: number;
  /** Derived from the probabilities, not measured. */
  readonly derived_valence?: number;
  readonly derived_arousal?: number;
}

export interface FrameResult {
  readonly time_s: number;
  readonly frame_index: number;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Face[];
}
