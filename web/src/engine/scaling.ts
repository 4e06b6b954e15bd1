/** The scaling of pictures on the kernels: the same bytes as `scaled` gives, sooner. */

import { scaled, scalingSteps, taps, type Pixels, type Scaler, type ScalingStep } from "../recognizer/pixels.js";
import { HeldPicture } from "./held-picture.js";
import type { Kernels } from "./kernels.js";

const PIXEL = 4;
/** Numbers of 32 bits that the kernels want of a pixel across and of a line. */
const ACROSS = 2;
const DOWN = 3;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Scale on the kernels; they take pictures of four channels. */
export function scalerOn(kernels: Kernels): Scaler {
  return (image, part, width, height, coarse = 0) => {
    const steps = scalingSteps(part, width, height, coarse);
    if (image.channels !== PIXEL || !steps.length) return scaled(image, part, width, height, coarse);
    kernels.begin();
    const begin = (part.top * image.width + part.left) * PIXEL;
    let [at, line] = image instanceof HeldPicture
      ? [image.at + begin, image.width * PIXEL] : [copied(kernels, image, part, begin), part.width * PIXEL];
    let now: Size = part;
    for (const step of steps) {
      const result = kernels.take(step.width * step.height * PIXEL);
      if (step.halves) kernels.run.halvePixels(at, line, result, step.height, step.width);
      else bilinear(kernels, at, line, now, result, step);
      if (now !== part) kernels.give(at);
      [at, line, now] = [result, step.width * PIXEL, step];
    }
    return { width, height, channels: PIXEL, data: kernels.bytes(at, width * height * PIXEL).slice() };
  };
}

function copied(kernels: Kernels, image: Pixels, part: Size, begin: number): number {
  const at = kernels.take(part.width * part.height * PIXEL);
  const line = part.width * PIXEL;
  const copy = kernels.bytes(at, part.height * line);
  for (let y = 0, from = begin; y < part.height; y++, from += image.width * PIXEL) {
    copy.set(image.data.subarray(from, from + line), y * line);
  }
  return at;
}

function bilinear(
  kernels: Kernels, from: number, line: number, size: Size, to: number, { width, height }: ScalingStep,
): void {
  const [horizontal, vertical] = [taps(size.width, width), taps(size.height, height)];
  const across = kernels.take(4 * ACROSS * width);
  const down = kernels.take(4 * DOWN * height);
  const lines = kernels.take(2 * 16 * width);
  const table = new Uint32Array(kernels.run.memory.buffer);
  for (let x = 0, i = across / 4; x < width; x++) {
    table[i++] = horizontal.first[x]! * PIXEL;
    table[i++] = horizontal.firstWeight[x]! | (horizontal.secondWeight[x]! << 16);
  }
  for (let y = 0, i = down / 4; y < height; y++) {
    table[i++] = vertical.first[y]!;
    table[i++] = vertical.second[y]!;
    table[i++] = vertical.firstWeight[y]! | (vertical.secondWeight[y]! << 16);
  }
  kernels.run.scalePixels(from, line, to, height, width, across, down, lines);
  for (const part of [across, down, lines]) kernels.give(part);
}
