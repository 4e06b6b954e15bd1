/** Which boxes hold no face: by the model's output `presence`, where it has one. */

import type { Prediction } from "./model.js";
import { MeanSmoother } from "./smoothing.js";

/** Whether a box holds a face with a probability of `least` or more; for a model that does not say it all boxes do. */
export function isFace({ presence }: Prediction, least: number): boolean {
  return presence === null || presence >= least;
}

/** Knows which followed boxes hold no face, by the mean over time, so that none blinks. */
export class FollowedPresence {
  /** Numbers of the tracks without a face. */
  readonly hidden = new Set<number>();
  private readonly smoothers = new Map<number, MeanSmoother>();

  constructor(private readonly least: number) {}

  /** Take in what the model says of a frame's boxes, by the number of their track. */
  update(predicted: ReadonlyMap<number, Prediction>, timeS: number): void {
    for (const [id, { presence }] of predicted) {
      if (presence === null) continue;
      const smoother = this.smoothers.get(id) ?? new MeanSmoother();
      this.smoothers.set(id, smoother);
      if (smoother.update([presence], timeS)[0]! >= this.least) this.hidden.delete(id);
      else this.hidden.add(id);
    }
  }

  /** Forget the boxes that have gone. */
  forgetAllBut(ids: ReadonlySet<number>): void {
    for (const id of this.smoothers.keys()) if (!ids.has(id)) this.smoothers.delete(id);
    for (const id of this.hidden) if (!ids.has(id)) this.hidden.delete(id);
  }

  /** Forget the stream. */
  reset(): void {
    this.smoothers.clear();
    this.hidden.clear();
  }
}
