/** The emotions' words, colors and published places: the same JSON file as Python's. */

import table from "../../../src/mimika/labels/emotions.json" with { type: "json" };

export interface Emotion {
  readonly name: string;
  /** #rrggbb */
  readonly color: string;
  readonly words: Readonly<Record<string, string>>;
  readonly valence?: number;
  readonly arousal?: number;
}

export const UNCERTAIN = "uncertain";
const EMOTIONS = new Map<string, Emotion>(table.emotions.map((each) => [each.name, each as Emotion]));
/** Least probability of the emotions that have a published place, for an answer to be given. */
const LEAST_KNOWN = 0.5;

export function colorOf(label: string): string {
  return EMOTIONS.get(label)?.color ?? table.other_color;
}

export function wordFor(label: string, language: string): string {
  return EMOTIONS.get(label)?.words[language] ?? label;
}

/**
 * Valence and arousal as the mean of the emotions' published places (Russell & Mehrabian 1977),
 * weighted by probability; null where emotions without a place have most of the probability.
 */
export function derivedAffect(
  labels: readonly string[], probabilities: ArrayLike<number>,
): { valence: number; arousal: number } | null {
  let known = 0;
  let valence = 0;
  let arousal = 0;
  labels.forEach((label, i) => {
    const place = EMOTIONS.get(label);
    if (place?.valence === undefined || place.arousal === undefined) return;
    known += probabilities[i]!;
    valence += probabilities[i]! * place.valence;
    arousal += probabilities[i]! * place.arousal;
  });
  return known < LEAST_KNOWN ? null : { valence: valence / known, arousal: arousal / known };
}
