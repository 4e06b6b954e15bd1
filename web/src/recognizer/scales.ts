/** Which scaled copy of a frame to look at next: the smallest, with a look at larger ones now and then. */

import { iou, type Box } from "./geometry.js";
import type { Pixels } from "./pixels.js";
import type { Detection } from "./suppression.js";
import { HIGH_SCORE, SIDES, type YuNet } from "./yunet.js";

const SCOUT_EVERY_S = 0.5;
const FAR_SCOUT_EVERY = 4;
const SMALL_IN_COPY = 28;
export const SAME_FACE_IOU = 0.3;

/** Serves one stream. */
export class ScaleSchedule {
  private level = 0;
  private scoutedS = -Infinity;
  private scouts = 0;

  constructor(private readonly detector: YuNet) {}

  reset(): void {
    this.level = 0;
    this.scouts = 0;
    this.scoutedS = -Infinity;
  }

  /** Find the faces of the stream's next frame. */
  async detect(image: Pixels, timeS: number): Promise<Detection[]> {
    const found = await this.detector.detect(image, SIDES[this.level]!);
    if (!this.isDue(timeS)) return found;
    this.scoutedS = timeS;
    this.scouts += 1;
    const longest = Math.max(image.width, image.height);
    const above = SIDES.map((_, level) => level).filter(
      (level) => level > this.level && SIDES[level]! <= longest * 1.5,
    );
    if (above.length) {
      const scouted = this.scouts % FAR_SCOUT_EVERY === 0 ? above.at(-1)! : above[0]!;
      const closer = await this.detector.detect(image, SIDES[scouted]!);
      const known = found.filter(({ score }) => score >= HIGH_SCORE);
      const isNew = ({ box, score }: Detection) =>
        score >= HIGH_SCORE && known.every((other) => iou(box, other.box) < SAME_FACE_IOU);
      if (closer.some(isNew)) {
        this.level = scouted;
        return closer;
      }
    }
    if (this.level > 0) {
      const scale = SIDES[this.level - 1]! / longest;
      const isSmall = (box: Box) => Math.min(box.width, box.height) * scale < SMALL_IN_COPY;
      if (!found.some(({ box }) => isSmall(box))) this.level -= 1;
    }
    return found;
  }

  /** How many pixels the copy has that is looked at now. */
  pixels(image: Pixels): number {
    const { width, height } = image;
    return (SIDES[this.level]! ** 2 * Math.min(width, height)) / Math.max(width, height);
  }

  /** Whether the next look will be at a larger copy as well. */
  isDue(timeS: number): boolean {
    return !(this.scoutedS <= timeS && timeS < this.scoutedS + SCOUT_EVERY_S);
  }
}
