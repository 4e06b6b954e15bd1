/** YuNet (Wu, Peng & Yu 2023, doi 10.1007/s11633-023-1423-y) on scaled copies and on tiles. */

import { roundHalfEven, type Box } from "./geometry.js";
import type { Network } from "./network.js";
import { scaled, type Pixels, type Scaler } from "./pixels.js";
import { suppress, type Detection } from "./suppression.js";

export const SIDES = [320, 640, 1280] as const;
/** Score from which a detection counts as a face by itself (ByteTrack's high scores). */
export const HIGH_SCORE = 0.6;
/** Score from which a detection may continue a face that is already followed. */
const LOW_SCORE = 0.35;

const STRIDES = [8, 16, 32] as const;
/** Longer side of the scaled copy of the surroundings of one known face, in pixels. */
export const NEAR_SIDE = 96;
/** How the one copy is shrunk that a stream looks at: it comes again, with other noise. */
const COARSE = 2;
const STRIDE = 32;
const EVEN = 16;
/** Of each cell: the logits of class and objectness, and the box. */
const CHANNELS = 6;
const OUTPUTS = STRIDES.map((stride) => `faces_${stride}`);
// The score is the root of a product of two probabilities, so each of them is at least its square.
const LEAST_PRODUCT = LOW_SCORE * LOW_SCORE;
const LEAST_LOGIT = Math.log(LEAST_PRODUCT / (1 - LEAST_PRODUCT));

export class YuNet {
  private planes = new Float32Array(0);

  constructor(
    private readonly network: Network,
    private readonly minFace = 16,
    private readonly scale: Scaler = scaled,
  ) {}

  /** Find the faces of a copy whose longer side is `side`; those of LOW_SCORE or more, best first. */
  async detect(image: Pixels, side: number): Promise<Detection[]> {
    return suppress(await this.look(image, side, COARSE), this.minFace);
  }

  /** Look at several scales, for a picture that will not come again. */
  async detectThoroughly(image: Pixels): Promise<Detection[]> {
    const longest = Math.max(image.width, image.height);
    const found: Detection[] = [];
    for (const side of SIDES.filter((each, i) => i === 0 || each <= longest * 1.5)) {
      found.push(...(await this.look(image, side)));
    }
    return suppress(found, this.minFace);
  }

  /** Find the faces of regions, each in a copy with this longer side, all in one run. */
  async detectNear(image: Pixels, regions: readonly Box[], sides: readonly number[]): Promise<Detection[][]> {
    const parts = regions.map((region, i) => partOf(image, region, sides[i]!));
    const { rows, columns, corners } = arranged(parts);
    const planes = this.cleared(rows, columns);
    parts.forEach((part, i) => this.draw(part, image, planes, rows, columns, corners[i]!));
    const found = await this.run(rows, columns);
    return parts.map(({ scale, origin, cell }, i) => {
      const [left, top] = corners[i]!;
      const own = found.filter(({ box }) => {
        const x = box.x + box.width / 2 - left;
        const y = box.y + box.height / 2 - top;
        return parts.length === 1 || (x >= 0 && x < cell[0] && y >= 0 && y < cell[1]);
      });
      const moved = own.map(({ box, score }) => ({
        score,
        box: {
          x: (box.x - left) / scale + origin[0], y: (box.y - top) / scale + origin[1],
          width: box.width / scale, height: box.height / scale,
        },
      }));
      return suppress(moved, this.minFace);
    });
  }

  /** Draw a part, scaled, at its corner of the sheet. */
  private draw(
    { within, scale }: Part, image: Pixels, planes: Float32Array, rows: number, columns: number,
    corner: readonly [number, number],
  ): void {
    const size = [roundHalfEven(within.width * scale), roundHalfEven(within.height * scale)] as const;
    if (within.width <= 0 || within.height <= 0 || Math.min(...size) < 1) return;
    toPlanes(this.scale(image, within, ...size, 2), planes, rows, columns, ...corner);
  }

  private async look(image: Pixels, side: number, coarse = 0): Promise<Detection[]> {
    const scale = side / Math.max(image.width, image.height);
    const width = Math.max(1, roundHalfEven(image.width * scale));
    const height = Math.max(1, roundHalfEven(image.height * scale));
    const whole = { left: 0, top: 0, width: image.width, height: image.height };
    const copy = this.scale(image, whole, width, height, coarse);
    const columns = Math.ceil(width / 32) * 32;
    const rows = Math.ceil(height / 32) * 32;
    toPlanes(copy, this.cleared(rows, columns), rows, columns, 0, 0);
    const across = image.width / width;
    const down = image.height / height;
    return (await this.run(rows, columns)).map(({ box, score }) => ({
      score,
      box: { x: box.x * across, y: box.y * down, width: box.width * across, height: box.height * down },
    }));
  }

  private cleared(rows: number, columns: number): Float32Array {
    const size = 3 * rows * columns;
    if (this.planes.length === size) this.planes.fill(0);
    else this.planes = new Float32Array(size);
    return this.planes;
  }

  private async run(rows: number, columns: number): Promise<Detection[]> {
    const input = { data: this.planes, shape: [1, 3, rows, columns] };
    return decode(await this.network.run({ input }, OUTPUTS), rows, columns);
  }
}

/** Turn the network's outputs into boxes of LOW_SCORE or more, in pixels of what it saw. */
export function decode(outputs: readonly Float32Array[], rows: number, columns: number): Detection[] {
  const found: Detection[] = [];
  STRIDES.forEach((stride, level) => {
    const cells = outputs[level]!;
    const perRow = Math.ceil(columns / stride);
    const count = perRow * Math.ceil(rows / stride);
    for (let i = 0, at = 0; i < count; i++, at += CHANNELS) {
      if (Math.min(cells[at]!, cells[at + 1]!) < LEAST_LOGIT) continue;
      const product = probability(cells[at]!) * probability(cells[at + 1]!);
      if (product < LEAST_PRODUCT) continue;
      const width = Math.exp(cells[at + 4]!) * stride;
      const height = Math.exp(cells[at + 5]!) * stride;
      const x = ((i % perRow) + cells[at + 2]!) * stride - width / 2;
      const y = (Math.floor(i / perRow) + cells[at + 3]!) * stride - height / 2;
      found.push({ box: { x, y, width, height }, score: Math.sqrt(product) });
    }
  });
  return found;
}

function probability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** Write a picture into the network's planes (blue, green, red) at a corner. */
function toPlanes(
  copy: Pixels, planes: Float32Array, rows: number, columns: number, left: number, top: number,
): void {
  const { width, height, channels, data } = copy;
  const plane = rows * columns;
  for (let y = 0, i = 0; y < height; y++) {
    let o = (top + y) * columns + left;
    for (let x = 0; x < width; x++, i += channels, o++) {
      planes[o] = data[i + 2]!;
      planes[o + plane] = data[i + 1]!;
      planes[o + 2 * plane] = data[i]!;
    }
  }
}

/** A part of a picture, and its place on the sheet that the network sees. */
interface Part {
  /** What of it lies within the picture. */
  readonly within: { left: number; top: number; width: number; height: number };
  readonly scale: number;
  readonly origin: readonly [number, number];
  /** Width and height of its place on the sheet. */
  readonly cell: readonly [number, number];
}

/** Cut a region out; what lies beyond the picture is left out. */
function partOf(image: Pixels, region: Box, side: number): Part {
  // Sides that can be halved several times shrink faster.
  const even = (length: number) => Math.max(EVEN, roundHalfEven(length / EVEN) * EVEN);
  const [wide, high] = [even(region.width), even(region.height)];
  const x = roundHalfEven(region.x);
  const y = roundHalfEven(region.y);
  const left = Math.max(x, 0);
  const top = Math.max(y, 0);
  const width = Math.min(Math.max(x + wide, 0), image.width) - left;
  const height = Math.min(Math.max(y + high, 0), image.height) - top;
  const scale = side / Math.max(wide, high);
  const padded = (length: number) =>
    Math.max(Math.ceil(roundHalfEven(length * scale) / STRIDE) * STRIDE, STRIDE);
  return { within: { left, top, width, height }, scale, origin: [left, top], cell: [padded(wide), padded(high)] };
}

/** Place parts on one sheet, in columns from left to right, the widest first. */
function arranged(parts: readonly Part[]): { rows: number; columns: number; corners: [number, number][] } {
  let rows = Math.max(...parts.map(({ cell }) => cell[1]));
  const [first] = parts;
  const alike = parts.every(({ cell }) => cell[0] === first!.cell[0] && cell[1] === first!.cell[1]);
  if (alike) rows *= Math.ceil(Math.sqrt(parts.length));
  const corners: [number, number][] = parts.map(() => [0, 0]);
  let [x, y, wide] = [0, 0, 0];
  const order = parts.map((_, i) => i).sort((a, b) => parts[b]!.cell[0] - parts[a]!.cell[0]);
  for (const i of order) {
    const [width, height] = parts[i]!.cell;
    if (y + height > rows) [x, y, wide] = [x + wide, 0, 0];
    corners[i] = [x, y];
    y += height;
    wide = Math.max(wide, width);
  }
  return { rows, columns: x + wide, corners };
}
