/** Moments: the intervals in which an emotion stands out from a person's own face at rest. */

import { calmest, expressed } from "./baseline.js";
import { findPeaks } from "./peaks.js";
import type { Person } from "./people.js";
import { departures } from "./reaction.js";
import { RATE_HZ } from "./resample.js";

const LEAST_STRENGTH = 4;
/** A dip divides a moment where the departure falls by this share of the lower peak beside it … */
const DIP = 0.5;
/** … for at least this many tenths of a second: who laughs takes breath. */
const BREATH = RATE_HZ;
/** The peak is where the departure first comes this near to its highest: a full laugh is flat. */
const PLATEAU = 0.25;
const TIE = 1e-9;
const HINT = 1e-6;
const TOP = 10;

/** An interval in which one person shows an emotion strongly; times in seconds. */
export interface Moment {
  readonly onset_s: number;
  readonly peak_s: number;
  readonly end_s: number;
  readonly duration_s: number;
  readonly person: number;
  readonly track_id: number;
  readonly emotion: string;
  /** Largest departure from the person's baseline, in spreads at rest. */
  readonly strength: number;
  /** Of the emotion at the peak, 0 to 1. */
  readonly probability: number;
}

/** Find all moments of one person, in the order of their peaks. */
export function findMoments(person: Person, labels: readonly string[]): Moment[] {
  const columns = expressed(labels);
  const baseline = calmest(person, columns);
  const found = columns.flatMap((column, k) => {
    const signal = departures(person, column, k, baseline);
    return intervals(signal).flatMap(([onset, highest, end]): Moment[] => {
      // The face has to show it, and the peak is where it does.
      const peak = leads(person, highest, column) ? highest : shownMost(person, onset, end, column);
      if (peak === undefined) return [];
      return [{
        onset_s: (person.begin + onset) / RATE_HZ,
        peak_s: (person.begin + peak) / RATE_HZ,
        end_s: (person.begin + end) / RATE_HZ,
        duration_s: (end - onset) / RATE_HZ,
        person: person.number,
        track_id: person.trackAt[peak]!,
        emotion: labels[column]!,
        strength: signal.slice(onset, end + 1).reduce((most, v) => (v > most ? v : most), -Infinity),
        probability: person.values[peak]?.[column] ?? 0,
      }];
    });
  });
  const kept: Moment[] = [];
  for (const moment of found.sort((a, b) => b.strength - a.strength)) {
    if (!kept.some((other) => other.onset_s <= moment.peak_s && moment.peak_s <= other.end_s)) kept.push(moment);
  }
  return kept.sort((a, b) => a.peak_s - b.peak_s);
}

/** Whether a label leads all others at a tenth of a second; never in a gap. */
function leads(person: Person, tenth: number, column: number): boolean {
  const values = person.values[tenth];
  return !!values && values.every((value) => values[column]! >= value);
}

/** The tenth of an interval at which a label that leads is the most probable. */
function shownMost(person: Person, begin: number, end: number, column: number): number | undefined {
  let best: number | undefined;
  let most = -1;
  for (let tenth = begin; tenth <= end; tenth += 1) {
    const value = person.values[tenth]?.[column] ?? 0;
    if (value > most && leads(person, tenth, column)) [best, most] = [tenth, value];
  }
  return best;
}

/** First index, that of the peak, and last index of each interval in which a signal stands out. */
function intervals(signal: Float32Array): [number, number, number][] {
  // A rest before and after: what the recording cuts off still counts. Valleys stay the deepest where
  // they were. Of equally high peaks the first counts as the higher one, or a dip in a full laugh were two.
  const shown = new Float64Array(signal.length + 2);
  signal.forEach((value, i) => { shown[i + 1] = Number.isNaN(value) ? 0 : Math.max(0, value); });
  const padded = withoutShortDips(shown, BREATH).map((filled, i) =>
    (filled >= LEAST_STRENGTH ? filled : shown[i]!) + HINT * shown[i]! - TIE * i);
  const peaks = findPeaks(padded, LEAST_STRENGTH, LEAST_STRENGTH, DIP);
  const limits = [0, ...peaks.slice(1).map((b, i) => lowestBetween(padded, peaks[i]!, b)), padded.length - 1];
  return peaks.map((peak, i) => {
    let [begin, end] = [peak, peak];
    while (padded[begin - 1]! >= LEAST_STRENGTH / 2) begin -= 1;
    while (padded[end + 1]! >= LEAST_STRENGTH / 2) end += 1;
    begin = Math.max(begin, limits[i]!);
    end = Math.min(end, limits[i + 1]!);
    let first = begin;
    while (padded[first]! < padded[peak]! - PLATEAU) first += 1;
    return [begin - 1, first - 1, end - 1];
  });
}

/** Fill dips of fewer samples than so many to the lower of their edges (a grayscale closing). */
function withoutShortDips(values: Float64Array, samples: number): Float64Array {
  // Before and after is rest.
  const raised = Float64Array.from({ length: values.length + samples - 1 }, (_, i) =>
    Math.max(...values.subarray(Math.max(0, i - samples + 1), i + 1)));
  return values.map((_, i) => Math.min(...raised.subarray(i, i + samples)));
}

function lowestBetween(values: Float64Array, a: number, b: number): number {
  let best = a;
  for (let i = a; i < b; i++) if (values[i]! < values[best]!) best = i;
  return best;
}

/** Choose the strongest, with a share for each emotion: they take turns, the strongest first. */
export function choose(moments: readonly Moment[], top = TOP): Moment[] {
  const counts = new Map<string, number>();
  const turns = [...moments].sort((a, b) => b.strength - a.strength).map((moment) => {
    const turn = counts.get(moment.emotion) ?? 0;
    counts.set(moment.emotion, turn + 1);
    return { turn, moment };
  });
  turns.sort((a, b) => a.turn - b.turn || b.moment.strength - a.moment.strength);
  return turns.slice(0, top).map(({ moment }) => moment)
    .sort((a, b) => a.peak_s - b.peak_s || a.person - b.person);
}
