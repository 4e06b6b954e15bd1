/** From what a browser shows to pixels. */

import { MimikaError } from "./assets.js";
import type { Transferred } from "./messages.js";
import type { Pixels } from "./recognizer/pixels.js";

/** Longest side that is looked at; larger pictures are scaled down first. */
const LONGEST_SIDE = 2560;

let canvas: OffscreenCanvas | null = null;
let context: OffscreenCanvasRenderingContext2D | null = null;
let scaledBy = 1;

/** Pixels of a picture, RGBA, with the scale that brings places in them back to the picture's own. */
export function pixelsOf(picture: Transferred): { pixels: Pixels; scale: number } {
  const [width, height] = sizeOf(picture);
  if (!width || !height) throw new MimikaError("The picture is empty: wait until the video plays.", "picture");
  scaledBy = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const size = [Math.max(1, Math.round(width * scaledBy)), Math.max(1, Math.round(height * scaledBy))] as const;
  if (canvas?.width !== size[0] || canvas.height !== size[1]) {
    canvas = new OffscreenCanvas(...size);
    context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  }
  if (!context) throw new MimikaError("This browser gives no canvas: close other pages and reload this one.", "memory");
  context.drawImage(picture, 0, 0, ...size);
  const { data } = context.getImageData(0, 0, ...size);
  return { pixels: { width: size[0], height: size[1], channels: 4, data }, scale: 1 / scaledBy };
}

export function sizeOf(picture: Transferred): [number, number] {
  return "displayWidth" in picture
    ? [picture.displayWidth, picture.displayHeight]
    : [picture.width, picture.height];
}
