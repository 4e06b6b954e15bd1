/** Reaction: how far an expression departs from the person's own face at rest, in spreads at rest. */

import { logOdds, type Baseline } from "./baseline.js";
import type { Person } from "./people.js";
import { RATE_HZ } from "./resample.js";

const SMOOTHED_S = 0.5;

/** Departures of one emotion over time, NaN where the face was not seen. */
export function departures(person: Person, column: number, k: number, baseline: Baseline): Float32Array {
  const odds = person.values.map((value) => (value ? logOdds(value[column]!) : Number.NaN));
  const smooth = movingMean(odds, SMOOTHED_S);
  return Float32Array.from(smooth, (value) => (value - baseline.center[k]!) / baseline.spread[k]!);
}

/** Mean over a centered window of what is known in it; gaps stay gaps. */
function movingMean(values: readonly number[], lengthS: number): number[] {
  const half = Math.floor(Math.floor(lengthS * RATE_HZ) / 2);
  return values.map((value, i) => {
    if (Number.isNaN(value)) return value;
    let [sum, count] = [0, 0];
    for (let k = Math.max(0, i - half); k <= Math.min(values.length - 1, i + half); k++) {
      if (Number.isNaN(values[k]!)) continue;
      sum += values[k]!;
      count += 1;
    }
    return sum / count;
  });
}
