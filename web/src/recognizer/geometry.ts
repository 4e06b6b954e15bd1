/** Places in a picture, in pixels of the full frame; x to the right, y down. */

/** A rectangle; it may reach beyond the frame where a face does. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Middle of a box, [x, y]. */
export function center(box: Box): [number, number] {
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** Area in square pixels. */
export function area(box: Box): number {
  return box.width * box.height;
}

/** Intersection over union, 0 to 1. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const overlap = width * height;
  return overlap / (area(a) + area(b) - overlap);
}

/** Round half to even, as Python does: both must cut the same pixels. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
