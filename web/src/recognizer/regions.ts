/** Looks near the known faces, elsewhere where something changed, and at all of it now and then. */

import { center, iou, type Box } from "./geometry.js";
import type { Pixels } from "./pixels.js";
import { HARD_SIDE, RegionOfInterest, SAME_FACE_IOU, sameFace } from "./region.js";
import { FrameScan } from "./scan.js";
import type { Detection } from "./suppression.js";
import { showsWhole, type Tile } from "./tiles.js";
import { HIGH_SCORE, NEAR_SIDE, SIDES, type YuNet } from "./yunet.js";

/** Overlap from which two known faces are one. */
const DUPLICATE_IOU = 0.5;
/** Known faces that are looked at in one frame, at most. */
const MOST_NEAR = 16;
/** Length in the smallest copy from which it surely shows a face. */
const SHOWN_PX = 24;
/** Between frames that are further apart no look is shared: it would come late. */
const SPREAD_S = 0.07;
/** How long frames share a look at most. */
const MOST_SPREAD_S = 0.2;
/** Frames after its own in which a shared look is worked on. */
const SHARED_STEPS = 2;

/**
 * A look at the smallest copy whose answer is taken in some frames later. Python does a part of it in each, so that no
 * frame takes much longer; here all of it is done at once, and the answers are the same.
 */
interface SharedLook {
  readonly found: readonly Detection[];
  /** Of the frame that it shows. */
  readonly timeS: number;
  /** Boxes of the looks near known faces in that frame. */
  readonly near: ReadonlyMap<RegionOfInterest, Box>;
  /** Whether something changed, so that each frame is to do a part of it. */
  readonly soon: boolean;
  stepsLeft: number;
}

/** Finds the faces of one stream. */
export class RegionTracker {
  private readonly scan = new FrameScan(SIDES.slice(1));
  private regions: RegionOfInterest[] = [];
  private doubtful = false;
  private shared: SharedLook | null = null;
  private waited = false;
  private timeS = 0;
  /** Whether the last frame was looked at for anything. */
  busy = true;

  constructor(private readonly detector: YuNet) {}

  reset(): void {
    this.scan.reset();
    this.regions = [];
    this.doubtful = false;
    this.shared = null;
  }

  /** Find the faces of the stream's next frame, best first. */
  async detect(image: Pixels, timeS: number): Promise<Detection[]> {
    if (this.scan.begin(image, timeS)) {
      this.regions = [];
      this.shared = null;
    }
    this.scan.know(this.regions.map(({ square }) => square));
    const passedS = timeS - this.timeS;
    this.timeS = timeS;
    const hard = this.regions.some(({ score }) => score < HIGH_SCORE);
    const due = this.due(image, timeS);
    const wholeDue = this.scan.wholeIsDue(hard);
    let whole = !this.regions.length || this.doubtful || (wholeDue && passedS > SPREAD_S);
    const step = this.shared !== null && this.hasTime(this.shared, due.length > 0);
    const tiles = this.scan.tiles(whole || wholeDue ? 2 : Number(due.length > 0 || step));
    const lost = this.follow(image, timeS, due, await this.lookNear(image, due, timeS));
    if (step && !whole && !lost.length) whole = await this.goOn(image, timeS);
    let others: Detection[] = [];
    if (whole || lost.length || !this.regions.length) others = await this.lookAtWhole(image, timeS, lost);
    else if (wholeDue && !this.shared) await this.begin(image, timeS);
    const looks = await this.lookAtTiles(image, tiles);
    for (const [i, tile] of tiles.entries()) {
      const faces = looks[i]!.filter(({ box }) => showsWhole(tile, box));
      await this.meet(image, timeS, faces);
    }
    this.busy = due.length > 0 || whole || step || tiles.length > 0;
    const known = this.regions.map((region) => ({ box: region.predict(timeS), score: region.score }));
    return [...others, ...known].sort((a, b) => b.score - a.score);
  }

  /** Whether this frame is to do a part of the look at the smallest copy. */
  private hasTime(shared: SharedLook, isDue: boolean): boolean {
    this.waited = !(shared.soon || !isDue || this.waited);
    return !this.waited;
  }

  /** Begin a look at the smallest copy. */
  private async begin(image: Pixels, timeS: number): Promise<void> {
    const found = await this.detector.detect(image, SIDES[0]);
    const soon = this.scan.wholeChanged;
    this.shared = { found, timeS, near: this.nearAt(timeS), soon, stepsLeft: SHARED_STEPS };
    this.scan.sawWhole();
  }

  /** Go on with the look at the smallest copy; whether it shows a new face, to be looked at in this frame's copy. */
  private async goOn(image: Pixels, timeS: number): Promise<boolean> {
    const shared = this.shared!;
    shared.stepsLeft -= 1;
    if (shared.stepsLeft && timeS - shared.timeS <= MOST_SPREAD_S) return false;
    this.shared = null;
    this.compare(image, shared.timeS, shared.found, shared.near);
    const known = this.regions.map((region) => region.predict(shared.timeS));
    const fresh = shared.found.filter(({ box }) => !isKnown(box, known));
    if (fresh.some(({ score }) => score >= HIGH_SCORE)) return true;
    await this.meet(image, timeS, fresh);
    return false;
  }

  /** Boxes of the looks near known faces in a frame. */
  private nearAt(timeS: number): Map<RegionOfInterest, Box> {
    const looked = this.regions.filter((region) => region.timeS === timeS);
    return new Map(looked.map((region) => [region, region.lastNear]));
  }

  private due(image: Pixels, timeS: number): RegionOfInterest[] {
    const due = this.regions.filter((region) => !region.maySkip(timeS, image));
    if (due.length <= MOST_NEAR) return due;
    return [...due].sort((a, b) => a.timeS - b.timeS).slice(0, MOST_NEAR);
  }

  /** Take in the looks near known faces; those that are not there are forgotten and returned. */
  private follow(
    image: Pixels, timeS: number, due: readonly RegionOfInterest[], looks: readonly Detection[][],
  ): RegionOfInterest[] {
    const lost: RegionOfInterest[] = [];
    due.forEach((region, i) => {
      const seen = region.find(looks[i]!, timeS);
      if (seen) region.update(seen, timeS, image);
      else lost.push(region);
    });
    if (!due.length) return lost;
    this.regions = distinct(this.regions.filter((region) => !lost.includes(region)));
    // Those that were looked at together are from now on looked at in turns.
    for (const region of due.slice(Math.ceil(this.regions.length / 2))) region.dontSkip();
    return lost;
  }

  /** Look at the smallest copy, and get to know the faces there; those that are not seen near. */
  private async lookAtWhole(
    image: Pixels, timeS: number, lost: readonly RegionOfInterest[],
  ): Promise<Detection[]> {
    const found = await this.detector.detect(image, SIDES[0]);
    this.scan.sawWhole();
    this.shared = null;
    for (const region of lost) this.scan.hurry(region.box);
    this.compare(image, timeS, found, this.nearAt(timeS));
    await this.meet(image, timeS, found, lost.map((region) => region.predict(timeS)));
    const known = this.regions.map((region) => region.predict(timeS));
    const others = found.filter(({ box }) => !overlaps(box, known));
    this.doubtful = others.some(({ score }) => score >= HIGH_SCORE);
    return others;
  }

  /** Hold the known faces to a look at a frame's smallest copy, and to the looks near them in it. */
  private compare(
    image: Pixels, timeS: number, found: readonly Detection[], near: ReadonlyMap<RegionOfInterest, Box>,
  ): void {
    const scale = SIDES[0] / Math.max(image.width, image.height);
    for (const region of [...this.regions]) {
      if (Math.min(region.box.width, region.box.height) * scale < SHOWN_PX) continue;
      const seen = sameFace(region.predict(timeS), found);
      if (!seen) {
        if (region.score < HIGH_SCORE) this.regions = this.regions.filter((each) => each !== region);
      } else if (near.has(region) && seen.score >= HIGH_SCORE) {
        region.match(seen, near.get(region)!, timeS, image);
      }
    }
  }

  /**
   * Get to know the faces that are new, if a look near shows them as well. Those with a low score are looked at closer:
   * they are faces where that shows them with a high one, or if they continue one that was known `before`.
   */
  private async meet(
    image: Pixels, timeS: number, faces: readonly Detection[], before: readonly Box[] = [],
  ): Promise<void> {
    const known = this.regions.map((region) => region.predict(timeS));
    const fresh = faces.filter(({ box }) => !isKnown(box, known)).map((face) => new RegionOfInterest(face, timeS));
    for (const region of fresh) region.side = region.score >= HIGH_SCORE ? NEAR_SIDE : HARD_SIDE;
    const looks = await this.lookNear(image, fresh, timeS);
    fresh.forEach((region, i) => {
      const seen = region.find(looks[i]!, timeS);
      if (!seen) return;
      if (region.score < HIGH_SCORE) {
        if (seen.score < HIGH_SCORE && !overlaps(region.box, before)) return;
        region.score = seen.score;
      }
      region.near = region.lastNear = seen.box;
      // Every other one waits for the next frame already: from then on they take turns.
      if (this.regions.length % 2) region.planSkip(image);
      this.regions.push(region);
    });
    this.regions = distinct(this.regions);
  }

  /** Look near faces, in one run. */
  private async lookNear(
    image: Pixels, regions: readonly RegionOfInterest[], timeS: number,
  ): Promise<Detection[][]> {
    if (!regions.length) return [];
    return this.detector.detectNear(image, regions.map((region) => region.lookAt(timeS)), regions.map(({ side }) => side));
  }

  /** Look at tiles; beside those in one run, a known face would get another box. */
  private async lookAtTiles(image: Pixels, tiles: readonly Tile[]): Promise<Detection[][]> {
    if (!tiles.length) return [];
    return this.detector.detectNear(image, tiles.map(({ box }) => box), tiles.map(({ side }) => side));
  }
}

function overlaps(box: Box, others: readonly Box[]): boolean {
  return others.some((other) => iou(box, other) >= SAME_FACE_IOU);
}

function isKnown(box: Box, known: readonly Box[]): boolean {
  return overlaps(box, known) || known.some((each) => holds(each, box));
}

/** Whether the middle of `other` lies in `box`. */
function holds(box: Box, other: Box): boolean {
  const [x, y] = center(other);
  return box.x < x && x < box.x + box.width && box.y < y && y < box.y + box.height;
}

/** The faces without those that have come to be the same as another of a higher score. */
function distinct(regions: readonly RegionOfInterest[]): RegionOfInterest[] {
  const kept: RegionOfInterest[] = [];
  for (const region of [...regions].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => iou(region.box, other.box) < DUPLICATE_IOU)) kept.push(region);
  }
  return kept;
}
