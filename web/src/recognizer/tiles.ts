/** The parts of a frame that are looked at in turn, so that together they show all small faces. */

import { roundHalfEven, type Box } from "./geometry.js";

/** A face of up to this length in a copy is whole in one of its tiles; the next smaller copy shows larger ones. */
const OVERLAP_PX = 48;
/** Pixels of a tile, at most. */
const MOST_PIXELS = 256 * 192;
const STRIDE_PX = 32;
const MOST_ENLARGED = 1.5;
const EDGE_PX = 2;
/** How often a tile of each copy is looked at while it changes, from the smaller copy on. */
const PERIODS_S = [0.5, 1] as const;

/** A part of a frame, in one of its scaled copies. */
export interface Tile {
  readonly box: Box;
  /** Longer side of the scaled part, in pixels. */
  readonly side: number;
  /** Pixels of the copy for one of the frame. */
  readonly scale: number;
  readonly periodS: number;
  /** Whether the frame goes on at the left, top, right and bottom. */
  readonly openSides: readonly [boolean, boolean, boolean, boolean];
}

/** Whether a face that was found in a tile is not cut by its edges. */
export function showsWhole({ box, scale, openSides }: Tile, face: Box): boolean {
  const [left, top, right, bottom] = openSides;
  const edge = EDGE_PX / scale;
  return !((left && face.x < box.x + edge)
    || (top && face.y < box.y + edge)
    || (right && face.x + face.width > box.x + box.width - edge)
    || (bottom && face.y + face.height > box.y + box.height - edge));
}

/** The tiles of all copies of a frame, those of the smaller copies first. */
export function tilesOf(width: number, height: number, sides: readonly number[]): Tile[] {
  const longest = Math.max(width, height);
  const tiles: Tile[] = [];
  for (const [level, side] of sides.entries()) {
    const scale = side / longest;
    if (scale > MOST_ENLARGED) break;
    const wide = Math.max(1, roundHalfEven(width * scale));
    const high = Math.max(1, roundHalfEven(height * scale));
    const periodS = PERIODS_S[level]!;
    const [across, down] = grid(wide, high);
    for (const [y, bottom] of spans(high, down)) {
      for (const [x, right] of spans(wide, across)) {
        tiles.push({
          box: { x: x / scale, y: y / scale, width: (right - x) / scale, height: (bottom - y) / scale },
          side: Math.max(right - x, bottom - y), scale, periodS,
          openSides: [x > 0, y > 0, right < wide, bottom < high],
        });
      }
    }
  }
  return tiles;
}

/** The cheapest numbers of tiles across and down a copy. */
function grid(width: number, height: number): [number, number] {
  let best: [number, number] = [1, 1];
  let cost = Infinity;
  for (let across = 1; across < 2 + Math.floor(width / OVERLAP_PX); across++) {
    for (let down = 1; down < 2 + Math.floor(height / OVERLAP_PX); down++) {
      const pixels = padded(lengthOf(width, across)) * padded(lengthOf(height, down));
      if (pixels <= MOST_PIXELS && across * down * pixels < cost) {
        [best, cost] = [[across, down], across * down * pixels];
      }
    }
  }
  return best;
}

function lengthOf(length: number, count: number): number {
  return Math.ceil((length + (count - 1) * OVERLAP_PX) / count);
}

function padded(length: number): number {
  return Math.ceil(length / STRIDE_PX) * STRIDE_PX;
}

function spans(length: number, count: number): [number, number][] {
  const side = Math.min(length, lengthOf(length, count));
  const step = (length - side) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, i) => {
    const begin = roundHalfEven(i * step);
    return [begin, begin + side];
  });
}
