/** Probabilities smoothed in time, and a shown label that does not flicker. */

const TIME_CONSTANT_S = 0.35;
const LEAD = 0.08;

/** An exponential average with a time constant in seconds, whatever the frame rate. */
export class MeanSmoother {
  private mean: Float64Array | null = null;
  private timeS = 0;

  update(values: ArrayLike<number>, timeS: number): Float64Array {
    if (this.mean) {
      const weight = 1 - Math.exp(-Math.max(0, timeS - this.timeS) / TIME_CONSTANT_S);
      this.mean = this.mean.map((old, i) => old + weight * (values[i]! - old));
    } else {
      this.mean = Float64Array.from(values);
    }
    this.timeS = timeS;
    return this.mean;
  }
}

/** A mean of probabilities; the held label changes only when another leads it clearly. */
export class ProbabilitySmoother extends MeanSmoother {
  held = -1;

  override update(values: ArrayLike<number>, timeS: number): Float64Array {
    const mean = super.update(values, timeS);
    const leader = likeliest(mean);
    if (this.held < 0 || mean[leader]! > mean[this.held]! + LEAD) this.held = leader;
    return mean;
  }
}

/** Index of the greatest value. */
export function likeliest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
