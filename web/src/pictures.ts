/** From what a browser shows to pixels. */

import { MimikaError } from "./assets.js";
import { HeldPicture } from "./engine/held-picture.js";
import type { Kernels } from "./engine/kernels.js";
import type { Transferred } from "./messages.js";
import type { Pixels } from "./recognizer/pixels.js";

/** Longest side that is looked at; larger pictures are scaled down first. */
const LONGEST_SIDE = 2560;

export class PictureReader {
  private context: OffscreenCanvasRenderingContext2D | null = null;

  /** Pictures are read into the memory of the kernels, if there are any. */
  constructor(private readonly kernels: Kernels | null) {}

  /** Pixels of a picture, RGBA, with the scale that brings places in them back to the picture's own. */
  async read(picture: Transferred): Promise<{ pixels: Pixels; scale: number }> {
    const [width, height] = sizeOf(picture);
    if (!width || !height) throw new MimikaError("The picture is empty: wait until the video plays.", "picture");
    const scaledBy = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    const copied = scaledBy === 1 ? await this.copied(picture, width, height) : null;
    return { pixels: copied ?? this.drawn(picture, width, height, scaledBy), scale: 1 / scaledBy };
  }

  /** Copied as it is, in a quarter of the time that it takes to draw it; null where the browser cannot. */
  private async copied(picture: Transferred, width: number, height: number): Promise<Pixels | null> {
    // Browsers that know no rotation yet may copy a film's pictures as they lie in the file.
    if (!this.kernels || typeof VideoFrame === "undefined" || !("rotation" in VideoFrame.prototype)) return null;
    const frame = picture instanceof VideoFrame ? picture : new VideoFrame(picture, { timestamp: 0 });
    try {
      const { visibleRect, rotation, flip, format } = frame as VideoFrame & { rotation: number; flip: boolean };
      if (rotation || flip || visibleRect?.width !== width || visibleRect.height !== height) return null;
      const isBlueFirst = format === "BGRA" || format === "BGRX";
      const as: VideoFrameCopyToOptions = isBlueFirst ? {} : { format: "RGBA" };
      const pixels = new HeldPicture(this.kernels, width, height);
      if (frame.allocationSize(as) !== pixels.data.length) return null;
      await frame.copyTo(pixels.data, as);
      if (isBlueFirst) pixels.swapRedAndBlue();
      return pixels;
    } catch {
      return null;
    } finally {
      if (frame !== picture) frame.close();
    }
  }

  private drawn(picture: Transferred, width: number, height: number, scaledBy: number): Pixels {
    const size = [Math.max(1, Math.round(width * scaledBy)), Math.max(1, Math.round(height * scaledBy))] as const;
    if (this.context?.canvas.width !== size[0] || this.context.canvas.height !== size[1]) {
      this.context = new OffscreenCanvas(...size).getContext("2d", { willReadFrequently: true, alpha: false });
    }
    if (!this.context) throw new MimikaError("This browser gives no canvas: close other pages and reload this one.", "memory");
    this.context.drawImage(picture, 0, 0, ...size);
    const { data } = this.context.getImageData(0, 0, ...size);
    return { width: size[0], height: size[1], channels: 4, data };
  }
}

export function sizeOf(picture: Transferred): [number, number] {
  return "displayWidth" in picture
    ? [picture.displayWidth, picture.displayHeight]
    : [picture.width, picture.height];
}
