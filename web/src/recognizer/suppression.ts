/** Non-maximum suppression: of boxes that show the same face the best is kept. */

import { iou, type Box } from "./geometry.js";

export interface Detection {
  readonly box: Box;
  /** 0 to 1. */
  readonly score: number;
}

const SUPPRESSION_IOU = 0.3;

/** Keep the best boxes, best first; faces whose shorter side has fewer pixels are left out. */
export function suppress(found: readonly Detection[], minFace: number): Detection[] {
  const kept: Detection[] = [];
  // A stable sort: of equal scores the earlier one is kept, as in Python.
  for (const each of [...found].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => iou(each.box, other.box) <= SUPPRESSION_IOU)) kept.push(each);
  }
  return kept.filter(({ box }) => Math.min(box.width, box.height) >= minFace);
}
