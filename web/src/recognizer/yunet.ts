/** YuNet (Wu, Peng & Yu 2023, doi 10.1007/s11633-023-1423-y) on scaled copies and on tiles. */

import { roundHalfEven, type Box } from "./geometry.js";
import type { Network } from "./network.js";
import { scaled, type Pixels, type Scaler } from "./pixels.js";
import { suppress, type Detection } from "./suppression.js";

export const SIDES = [320, 640, 1280] as const;
/** Score from which a detection counts as a face by itself (ByteTrack's high scores). */
export const HIGH_SCORE = 0.6;
/** Score from which a detection may continue a face that is already followed. */
export const LOW_SCORE = 0.35;

const STRIDES = [8, 16, 32] as const;
const KINDS = ["cls", "obj", "bbox"] as const;
const TILE = 96;
const EVEN = 16;
const OUTPUTS = KINDS.flatMap((kind) => STRIDES.map((stride) => `${kind}_${stride}`));

export class YuNet {
  private planes = new Float32Array(0);

  constructor(
    private readonly network: Network,
    private readonly minFace = 16,
    private readonly scale: Scaler = scaled,
  ) {}

  /** Find the faces of a copy whose longer side is `side`; those of LOW_SCORE or more, best first. */
  async detect(image: Pixels, side: number): Promise<Detection[]> {
    return suppress(await this.look(image, side), this.minFace);
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

  /** Find the faces of square regions, each about twice as long as the one face in it, in one run. */
  async detectNear(image: Pixels, regions: readonly Box[]): Promise<Detection[][]> {
    const perRow = Math.ceil(Math.sqrt(regions.length));
    const columns = perRow * TILE;
    const rows = Math.ceil(regions.length / perRow) * TILE;
    const planes = this.cleared(rows, columns);
    const places = regions.map((region, i) => {
      const corner: [number, number] = [(i % perRow) * TILE, Math.floor(i / perRow) * TILE];
      return { corner, ...this.put(image, region, planes, rows, columns, corner) };
    });
    const found = await this.run(rows, columns);
    return places.map(({ corner, scale, origin }) => {
      const own = found.filter(({ box }) =>
        Math.floor((box.x + box.width / 2) / TILE) * TILE === corner[0]
        && Math.floor((box.y + box.height / 2) / TILE) * TILE === corner[1]);
      const moved = own.map(({ box, score }) => ({
        score,
        box: {
          x: (box.x - corner[0]) / scale + origin[0], y: (box.y - corner[1]) / scale + origin[1],
          width: box.width / scale, height: box.height / scale,
        },
      }));
      return suppress(moved, this.minFace);
    });
  }

  /** Draw a region into a tile; the tile's scale and its origin in the picture. */
  private put(
    image: Pixels, region: Box, planes: Float32Array, rows: number, columns: number,
    corner: readonly [number, number],
  ): { scale: number; origin: [number, number] } {
    // A side that can be halved several times shrinks faster.
    const side = Math.max(EVEN, roundHalfEven(region.width / EVEN) * EVEN);
    const x = roundHalfEven(region.x);
    const y = roundHalfEven(region.y);
    const left = Math.max(x, 0);
    const top = Math.max(y, 0);
    const width = Math.min(Math.max(x + side, 0), image.width) - left;
    const height = Math.min(Math.max(y + side, 0), image.height) - top;
    const scale = TILE / side;
    const size = [roundHalfEven(width * scale), roundHalfEven(height * scale)] as const;
    if (width > 0 && height > 0 && Math.min(...size) >= 1) {
      const copy = this.scale(image, { left, top, width, height }, ...size, true);
      toPlanes(copy, planes, rows, columns, ...corner);
    }
    return { scale, origin: [left, top] };
  }

  private async look(image: Pixels, side: number): Promise<Detection[]> {
    const scale = side / Math.max(image.width, image.height);
    const width = Math.max(1, roundHalfEven(image.width * scale));
    const height = Math.max(1, roundHalfEven(image.height * scale));
    const copy = this.scale(image, { left: 0, top: 0, width: image.width, height: image.height }, width, height);
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
    const [cls, obj, box] = [outputs[level]!, outputs[level + 3]!, outputs[level + 6]!];
    const perRow = Math.ceil(columns / stride);
    const cells = perRow * Math.ceil(rows / stride);
    for (let i = 0; i < cells; i++) {
      const product = cls[i]! * obj[i]!;
      if (product < LOW_SCORE * LOW_SCORE) continue;
      const width = Math.exp(box[4 * i + 2]!) * stride;
      const height = Math.exp(box[4 * i + 3]!) * stride;
      const x = ((i % perRow) + box[4 * i]!) * stride - width / 2;
      const y = (Math.floor(i / perRow) + box[4 * i + 1]!) * stride - height / 2;
      found.push({ box: { x, y, width, height }, score: Math.sqrt(Math.min(Math.max(product, 0), 1)) });
    }
  });
  return found;
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
