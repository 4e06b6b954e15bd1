/** A person's own face at rest, which reactions are measured against: the calmest stretch of the run. */

import { UNCERTAIN } from "../recognizer/emotions.js";
import type { Person } from "./people.js";
import { RATE_HZ } from "./resample.js";

/** Where a model's probabilities say nothing. */
const LEAST_SHARE = 0.05;
const STRETCH_S = 20;
const LEAST_SPREAD = 0.5;
/** A stretch that moves more than this is not calm. */
const MOST_SPREAD = 1;
/** A stretch in which an emotion is likelier than this is that emotion, not a face at rest. */
const MOST_SHOWN = 0.7;
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const NORMAL = 1.4826;
const STEPS = 4000;

/** A face at rest: median and spread of each emotion's log-odds. */
export interface Baseline {
  readonly center: readonly number[];
  readonly spread: readonly number[];
}

/** Columns of the labels that are an expression: all but neutral and uncertain. */
export function expressed(labels: readonly string[]): number[] {
  return labels.flatMap((label, i) => (label === "neutral" || label === UNCERTAIN ? [] : [i]));
}

export function logOdds(share: number): number {
  return Math.log((share + LEAST_SHARE) / (1 - share + LEAST_SHARE));
}

/** Find a person's calmest stretch; a face that shows nothing where there is none. */
export function calmest(person: Person, columns: readonly number[]): Baseline {
  const odds = person.values.flatMap((value) => (value ? [columns.map((c) => logOdds(value[c]!))] : []));
  const length = STRETCH_S * RATE_HZ;
  let best: Baseline | null = null;
  let least = Infinity;
  if (columns.length && odds.length >= length) {
    const step = Math.max(RATE_HZ, Math.floor(odds.length / STEPS));
    for (let begin = 0; begin + length <= odds.length; begin += step) {
      const stretch = odds.slice(begin, begin + length);
      const center = columns.map((_, k) => median(stretch.map((row) => row[k]!)));
      const spread = columns.map((_, k) => NORMAL * median(stretch.map((row) => Math.abs(row[k]! - center[k]!))));
      const leading = Math.max(...center);
      const moving = Math.max(...spread);
      if (moving > MOST_SPREAD || leading > logOdds(MOST_SHOWN) || leading + moving >= least) continue;
      least = leading + moving;
      best = { center, spread: spread.map((value) => Math.max(value, LEAST_SPREAD)) };
    }
  }
  return best ?? { center: columns.map(() => logOdds(0)), spread: columns.map(() => LEAST_SPREAD) };
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}
