/**
 * What a face and the hair around it look like, coarsely: enough to know it again for a minute.
 *
 * How often which color occurs (Swain & Ballard 1991, compared by the Bhattacharyya coefficient), and a tiny picture
 * with the brightness evened out. Compared within one stream, and forgotten with it.
 */

import { squareCrop } from "./crops.js";
import type { Box } from "./geometry.js";
import { lab, labBytes } from "./lab.js";
import { averaged, blank, bilinear, type Pixels } from "./pixels.js";

/** Share by which the square exceeds the face's longer side, and how far it is moved up, in lengths of that side. */
const MARGIN = 0.5;
const RAISED = 0.1;
const SIDE = 48;
const THUMBNAIL = 6;
/** Bins of lightness, a and b; a and b count within 88 to 184. */
const BINS = [4, 8, 8] as const;
const LEAST = 88;
const MOST = 184;
/** What counts as a difference of 1. */
const COLOR_UNIT = 0.1;
const THUMBNAIL_UNIT = 6;
/** Difference of two tiny pictures at a cut that shows another person. */
const OTHER = 3.6;
/** Mean distance of a and b from gray below which a picture has no color; people then differ by less than half. */
const COLORLESS = 2;
const COLORLESS_FACTOR = 2.2;

/** How a face looks at one moment. */
export class Appearance {
  private constructor(
    /** Square roots of the shares of the colors. */
    private readonly colors: Float64Array,
    /** L, a and b of 6x6 pixels; lightness with mean 0 and standard deviation 10. */
    private readonly thumbnail: Float64Array,
    private readonly colorless: boolean,
  ) {}

  static of(image: Pixels, box: Box): Appearance {
    const up = RAISED * Math.max(box.width, box.height);
    const square = thinned(squareCrop(image, { ...box, y: box.y - up }, MARGIN));
    const small = resized(square, SIDE);
    const thumbnail = evened(resized(small, THUMBNAIL));
    let color = 0;
    thumbnail.forEach((value, i) => { if (i % 3) color += Math.abs(value); });
    return new Appearance(histogram(small), thumbnail, color / (2 * THUMBNAIL * THUMBNAIL) < COLORLESS);
  }

  /** Whether two neighboring frames show two people: the shapes differ, and the colors. */
  isOther(other: Appearance): boolean {
    return this.light(other) * this.factor(other) > OTHER && this.difference(other) > (2 * OTHER) / THUMBNAIL_UNIT;
  }

  /** How different two faces look, from 0. */
  difference(other: Appearance): number {
    let alike = 0;
    this.colors.forEach((value, i) => { alike += value * other.colors[i]!; });
    return ((1 - alike) / COLOR_UNIT + this.light(other) / THUMBNAIL_UNIT) * this.factor(other);
  }

  private light(other: Appearance): number {
    let sum = 0;
    this.thumbnail.forEach((value, i) => { sum += Math.abs(value - other.thumbnail[i]!); });
    return sum / this.thumbnail.length;
  }

  private factor(other: Appearance): number {
    return this.colorless && other.colorless ? COLORLESS_FACTOR : 1;
  }
}

/** Of a large square every n-th pixel: enough for colors. */
function thinned(square: Pixels): Pixels {
  if (square.height <= 4 * SIDE) return square;
  const step = Math.floor(square.height / (2 * SIDE));
  const side = Math.ceil(square.height / step);
  const { channels } = square;
  const result = blank(side, side, channels);
  for (let y = 0, o = 0; y < side; y++) {
    for (let x = 0; x < side; x++, o += channels) {
      const i = (y * step * square.width + x * step) * channels;
      for (let c = 0; c < channels; c++) result.data[o + c] = square.data[i + c]!;
    }
  }
  return result;
}

function resized(square: Pixels, side: number): Pixels {
  if (square.width === side) return square;
  return square.width > side ? averaged(square, side, side) : bilinear(square, side, side);
}

/** As OpenCV counts, whose roundings decide for values at a bin's edge. */
function bin(value: number, bins: number): number {
  const perStep = bins / (MOST - LEAST);
  return Math.max(0, Math.floor(value * perStep - perStep * LEAST));
}

function histogram({ data, channels, width, height }: Pixels): Float64Array {
  const counts = new Float64Array(BINS[0] * BINS[1] * BINS[2]);
  let total = 0;
  for (let i = 0; i < width * height * channels; i += channels) {
    const [lightness, a, b] = labBytes(data[i]!, data[i + 1]!, data[i + 2]!);
    if (a < LEAST || a >= MOST || b < LEAST || b >= MOST) continue;
    counts[(Math.floor((lightness * BINS[0]) / 256) * BINS[1] + bin(a, BINS[1])) * BINS[2] + bin(b, BINS[2])]! += 1;
    total += 1;
  }
  return counts.map((count) => Math.sqrt(count / Math.max(total, 1)));
}

function evened({ data, channels, width, height }: Pixels): Float64Array {
  const count = width * height;
  const result = new Float64Array(3 * count);
  let mean = 0;
  for (let i = 0; i < count; i++) {
    const color = lab(data[i * channels]!, data[i * channels + 1]!, data[i * channels + 2]!);
    result.set(color, 3 * i);
    mean += color[0] / count;
  }
  let variance = 0;
  for (let i = 0; i < count; i++) variance += (result[3 * i]! - mean) ** 2 / count;
  for (let i = 0; i < count; i++) result[3 * i] = ((result[3 * i]! - mean) * 10) / (Math.sqrt(variance) + 1e-6);
  return result;
}

/** Pixels of a face, evenly spread: the same parts of it wherever it is and however large. */
export function samplesAcross({ width, height, channels, data }: Pixels, box: Box, count: number): Int16Array {
  const result = new Int16Array(3 * count * count);
  const place = (start: number, size: number, i: number, end: number) =>
    Math.min(Math.max(Math.trunc(start + (size * (i + 0.5)) / count), 0), end - 1);
  for (let row = 0, o = 0; row < count; row++) {
    const y = place(box.y, box.height, row, height);
    for (let column = 0; column < count; column++) {
      const i = (y * width + place(box.x, box.width, column, width)) * channels;
      for (let c = 0; c < 3; c++, o++) result[o] = data[i + c]!;
    }
  }
  return result;
}
