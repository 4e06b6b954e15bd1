/** The scaling of pictures on the kernels: the same bytes as `scaled` gives, sooner. */

import { scaled, scalingSteps, taps, type Scaler, type ScalingStep } from "../recognizer/pixels.js";
import type { Kernels } from "./kernels.js";

const PIXEL = 4;
/** Numbers of 32 bits that the kernels want of a pixel across and of a line. */
const ACROSS = 2;
const DOWN = 3;

/** Scale on the kernels; they take pictures of four channels. */
export function scalerOn(kernels: Kernels): Scaler {
  return (image, part, width, height, coarse = false) => {
    const steps = scalingSteps(part, width, height, coarse);
    if (image.channels !== PIXEL || !steps.length) return scaled(image, part, width, height, coarse);
    kernels.begin();
    let at = kernels.take(part.width * part.height * PIXEL);
    const line = part.width * PIXEL;
    const copy = kernels.bytes(at, part.height * line);
    for (let y = 0; y < part.height; y++) {
      const begin = ((part.top + y) * image.width + part.left) * PIXEL;
      copy.set(image.data.subarray(begin, begin + line), y * line);
    }
    let now: { width: number; height: number } = part;
    for (const step of steps) {
      const result = kernels.take(step.width * step.height * PIXEL);
      if (step.halves) kernels.run.halvePixels(at, result, step.height, step.width);
      else bilinear(kernels, at, now, result, step);
      kernels.give(at);
      [at, now] = [result, step];
    }
    return { width, height, channels: PIXEL, data: kernels.bytes(at, width * height * PIXEL).slice() };
  };
}

function bilinear(
  kernels: Kernels, from: number, size: { width: number; height: number }, to: number, { width, height }: ScalingStep,
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
  kernels.run.scalePixels(from, size.width * PIXEL, to, height, width, across, down, lines);
  for (const part of [across, down, lines]) kernels.give(part);
}
