/** Faces cut and scaled as the networks were trained on: the same as Python's preprocessing. */

import type { InputSpec } from "./card.js";
import { center, roundHalfEven, type Box } from "./geometry.js";
import { averaged, bilinear, blank, cut, gray, halved, scaled, type Part, type Pixels, type Scaler } from "./pixels.js";

/** Times the size to which a large face is shrunk in one step. */
const COARSE = 4;

/** The square around a face. */
function squareAround(box: Box, margin: number): Part {
  const side = Math.max(1, roundHalfEven(Math.max(box.width, box.height) * (1 + margin)));
  const [x, y] = center(box);
  return { left: roundHalfEven(x - side / 2), top: roundHalfEven(y - side / 2), width: side, height: side };
}

function isWithin({ left, top, width, height }: Part, image: Pixels): boolean {
  return left >= 0 && top >= 0 && left + width <= image.width && top + height <= image.height;
}

/** Cut the square around a face; what lies beyond the picture repeats its edge. */
export function squareCrop(image: Pixels, box: Box, margin: number): Pixels {
  const square = squareAround(box, margin);
  const { left, top, width: side } = square;
  if (isWithin(square, image)) return cut(image, left, top, side, side);
  const { width, height, channels, data } = image;
  const result = blank(side, side, channels);
  for (let row = 0, o = 0; row < side; row++) {
    const from = Math.min(Math.max(top + row, 0), height - 1) * width;
    for (let column = 0; column < side; column++) {
      const i = (from + Math.min(Math.max(left + column, 0), width - 1)) * channels;
      for (let c = 0; c < channels; c++, o++) result.data[o] = data[i + c]!;
    }
  }
  return result;
}

/** Scale a crop and give it the model's color. Shrinking averages areas, enlarging is bilinear. */
function fit(image: Pixels, spec: InputSpec): Pixels {
  const shrinks = image.height >= spec.height && image.width >= spec.width;
  if (spec.color === "gray") image = gray(image);
  if (image.width !== spec.width || image.height !== spec.height) {
    image = shrinks ? averaged(image, spec.width, spec.height) : bilinear(image, spec.width, spec.height);
  }
  return spec.color === "gray" ? image : withoutAlpha(image);
}

/** Cut a face out, scaled for the model; one much larger than its input is shrunk first. */
function cropped(image: Pixels, box: Box, spec: InputSpec, margin: number, scale: Scaler): Pixels {
  const square = squareAround(box, margin);
  const { width: side } = square;
  if (side < 4 * spec.height || side < 4 * spec.width) return fit(squareCrop(image, box, margin), spec);
  if (isWithin(square, image)) return fit(scale(image, square, spec.width, spec.height, COARSE), spec);
  const whole = { left: 0, top: 0, width: side, height: side };
  return fit(scale(squareCrop(image, box, margin), whole, spec.width, spec.height, COARSE), spec);
}

/** Cut and scale all faces of a picture: uint8 (N, height, width, channels). */
export function prepare(
  image: Pixels, boxes: readonly Box[], spec: InputSpec, margin: number, scale: Scaler = scaled,
): Uint8Array {
  const size = spec.width * spec.height * spec.channels;
  const faces = new Uint8Array(boxes.length * size);
  boxes.forEach((box, i) => faces.set(cropped(image, box, spec, margin, scale).data, i * size));
  return faces;
}

/** Side of a face's surroundings in sides of its crop. */
const AROUND = 1.5;
/** Pixels of the surroundings for one of a crop, across and down, so that turning keeps it sharp. */
const FINER = 2;

/** Cut a face that is tilted clockwise by so many degrees, upright: uint8 (height, width, channels). */
export function uprightCrop(
  image: Pixels, box: Box, spec: InputSpec, margin: number, degrees: number, scale: Scaler = scaled,
): Uint8Array {
  const larger = { ...spec, width: AROUND * FINER * spec.width, height: AROUND * FINER * spec.height };
  const around = cropped(image, box, larger, AROUND * (1 + margin) - 1, scale);
  return turnedBack(around, spec, degrees);
}

/** The upright middle of a face's surroundings; what lies beyond them repeats their edge. */
function turnedBack({ width, height, channels, data }: Pixels, spec: InputSpec, degrees: number): Uint8Array {
  const fine = blank(FINER * spec.width, FINER * spec.height, channels);
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const at = (x: number, y: number, k: number) => {
    const [column, row] = [Math.min(Math.max(x, 0), width - 1), Math.min(Math.max(y, 0), height - 1)];
    return data[(row * width + column) * channels + k]!;
  };
  for (let v = 0, o = 0; v < fine.height; v++) {
    for (let u = 0; u < fine.width; u++, o += channels) {
      const [right, down] = [u - (fine.width - 1) / 2, v - (fine.height - 1) / 2];
      const x = cos * right - sin * down + (width - 1) / 2;
      const y = sin * right + cos * down + (height - 1) / 2;
      const [left, top] = [Math.floor(x), Math.floor(y)];
      for (let k = 0; k < channels; k++) {
        const above = at(left, top, k) * (left + 1 - x) + at(left + 1, top, k) * (x - left);
        const below = at(left, top + 1, k) * (left + 1 - x) + at(left + 1, top + 1, k) * (x - left);
        fine.data[o + k] = Math.round(above * (top + 1 - y) + below * (y - top));
      }
    }
  }
  return Uint8Array.from(halved(fine).data);
}

/** Mirror images of crops, left and right exchanged. */
export function mirrored(faces: Uint8Array, { width, channels }: InputSpec): Uint8Array {
  const result = new Uint8Array(faces.length);
  for (let row = 0; row < faces.length; row += width * channels) {
    for (let x = 0; x < width; x++) {
      const from = row + x * channels;
      result.set(faces.subarray(from, from + channels), row + (width - 1 - x) * channels);
    }
  }
  return result;
}

function withoutAlpha(image: Pixels): Pixels {
  if (image.channels === 3) return image;
  const result = blank(image.width, image.height, 3);
  for (let i = 0, o = 0; o < result.data.length; i += image.channels) {
    for (let c = 0; c < 3; c++, o++) result.data[o] = image.data[image.channels === 1 ? i : i + c]!;
  }
  return result;
}
