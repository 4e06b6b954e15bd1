/** A picture in the kernels' memory, where they scale it without a copy. */

import type { Pixels } from "../recognizer/pixels.js";
import type { Kernels } from "./kernels.js";

/** RGBA; there until another one takes its place. */
export class HeldPicture implements Pixels {
  readonly channels = 4;
  readonly at: number;
  private view: Uint8Array;

  constructor(
    private readonly kernels: Kernels,
    readonly width: number,
    readonly height: number,
  ) {
    this.at = kernels.hold(width * height * this.channels);
    this.view = this.viewed();
  }

  get data(): Uint8Array {
    // Memory that has grown since voids the view.
    if (!this.view.length) this.view = this.viewed();
    return this.view;
  }

  /** Exchange red and blue. */
  swapRedAndBlue(): void {
    this.kernels.run.swapRedAndBlue(this.at, this.width * this.height);
  }

  private viewed(): Uint8Array {
    return this.kernels.bytes(this.at, this.width * this.height * this.channels);
  }
}
