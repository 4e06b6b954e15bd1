/** What the page and its worker say to each other. */

import type { Fault } from "./assets.js";
import type { Card } from "./recognizer/card.js";
import type { FrameResult } from "./recognizer/results.js";
import type { Settings } from "./recognizer/recognizer.js";

/** A picture that can be handed to a worker without a copy. */
export type Transferred = VideoFrame | ImageBitmap;

/** What runs the networks: Mimika's own kernels, or ONNX Runtime Web. */
export type Engine = "kernels" | "onnxruntime";

export type Request =
  | {
    readonly kind: "load"; readonly base: string; readonly model: string; readonly settings: Settings;
    readonly threads: number; readonly engine: Engine;
  }
  | { readonly kind: "see"; readonly stream: number; readonly picture: Transferred; readonly timeS: number }
  | { readonly kind: "analyze"; readonly stream: number; readonly picture: Transferred }
  | { readonly kind: "reset" | "end"; readonly stream: number };

export type Answer =
  | { readonly kind: "loaded"; readonly card: Card; readonly threads: number; readonly engine: Engine }
  | { readonly kind: "result"; readonly result: FrameResult; readonly tookMs: number }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: string; readonly code: Fault };
