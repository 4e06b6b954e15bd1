/** What changed in a stream's frames, and so where to look next for faces not known yet. */

import { center, roundHalfEven, type Box } from "./geometry.js";
import type { Pixels } from "./pixels.js";
import { tilesOf, type Tile } from "./tiles.js";

/** How often the whole smallest copy is looked at while it changes. */
const WHOLE_EVERY_S = 0.15;
/** How often it is looked at where nothing changed beside the known faces. */
const WHOLE_UNCHANGED_S = 0.5;
/** How many tiles are looked at, at any frame rate. */
const TILES_A_SECOND = 18;
/** Seconds of which a frame makes up for, where frames come slowly. */
const MOST_AT_ONCE = 0.5;
/** Tiles that are put off to later frames, at most. */
const MOST_SAVED = 2;
/** In how many frames all tiles of a new scene are looked at. */
const NEW_SCENE_FRAMES = 5;
/** Periods after which a tile is looked at that has not changed since the first look, the second …. */
const UNCHANGED_PERIODS = [2, 12, 24];
/** Pixels of a frame's longer side that are compared to see what changed. */
const SAMPLES = 160;
/** Difference of a sample, of 255, from which it has changed. */
const CHANGED = 24;
/** Mean difference of the samples of two frames from which the later one is a new scene. */
const CUT = 40;
/** Standard deviation of a tile's samples up to which there is nothing to see in it. */
const FLAT = 3;
/** How much sooner a tile at the frame's edge is looked at. */
const EDGE_WEIGHT = 1.5;

interface Samples {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A part of the samples. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface State {
  readonly tile: Tile;
  readonly periodS: number;
  lookedS: number;
  checkedS: number;
  /** Since it changed. */
  looks: number;
  seen: Samples;
}

/** Says when the whole smallest copy of a stream's frames is to be looked at, and which tiles. */
export class FrameScan {
  private size = "";
  private step = 1;
  private states: State[] = [];
  private samples: Samples = { width: 0, height: 0, data: new Uint8Array(0) };
  private whole: Samples = this.samples;
  /** 1 for each sample that no known face is near. */
  private others = new Uint8Array(0);
  private timeS = Infinity;
  private wholeS = Infinity;
  private credit = 0;
  /** Tiles to look at in this frame, at most. */
  private most = 1;
  private burst = 0;

  constructor(private readonly sides: readonly number[]) {}

  reset(): void {
    this.size = "";
    this.states = [];
    this.timeS = this.wholeS = Infinity;
    this.credit = 0;
    this.burst = 0;
  }

  /** Take in the next frame; whether it begins a new scene. */
  begin(image: Pixels, timeS: number): boolean {
    const { width, height } = image;
    const size = `${width}x${height}`;
    this.step = Math.max(1, Math.floor(Math.max(width, height) / SAMPLES));
    const samples = sampled(image, this.step);
    const passedS = timeS - this.timeS;
    let isNew = size !== this.size || passedS < 0;
    if (!isNew && passedS < MOST_AT_ONCE) isNew = difference(samples, this.samples) > CUT;
    if (isNew) {
      this.beginScene(size, width, height, samples);
    } else {
      // Hardly more than this frame's share is saved up, so that frames take the same time.
      const share = Math.min(passedS, MOST_AT_ONCE) * TILES_A_SECOND;
      this.credit = Math.min(this.credit + share, Math.max(MOST_SAVED, share));
      this.most = Math.max(1, roundHalfEven(share));
    }
    this.samples = samples;
    this.timeS = timeS;
    return isNew;
  }

  /** Take in which parts of this frame are looked at anyway, around the known faces. */
  know(places: readonly Box[]): void {
    const { width, height } = this.samples;
    this.others = new Uint8Array(width * height).fill(1);
    for (const place of places) {
      const { left, top, right, bottom } = this.within(place);
      for (let y = top; y < bottom; y++) this.others.fill(0, y * width + left, y * width + Math.max(left, right));
    }
  }

  /** Whether the whole smallest copy is to be looked at in this frame; sooner: as if something had changed. */
  wholeIsDue(sooner: boolean): boolean {
    const passedS = this.timeS - this.wholeS;
    if (!(passedS >= 0 && passedS < WHOLE_UNCHANGED_S)) return true;
    const { width, height } = this.samples;
    const all = { left: 0, top: 0, right: width, bottom: height };
    return passedS >= WHOLE_EVERY_S && (sooner || this.hasChanged(this.whole, all));
  }

  /** Whether the whole smallest copy is due because something changed. */
  get wholeChanged(): boolean {
    return this.timeS - this.wholeS < WHOLE_UNCHANGED_S;
  }

  /** Know that this frame's whole smallest copy was looked at. */
  sawWhole(): void {
    this.whole = this.samples;
    this.wholeS = this.timeS;
  }

  /** The tiles to look at; they wait a little for a frame that is looked at for less else (in tiles). */
  tiles(beside: number): Tile[] {
    if (this.burst) {
      this.burst -= 1;
      const waiting = this.states.filter(({ lookedS }) => lookedS === -Infinity);
      const count = Math.ceil(this.states.length / NEW_SCENE_FRAMES);
      return waiting.slice(0, count).map((state) => this.look(state));
    }
    const found: Tile[] = [];
    const least = Math.min(1 + beside / 4, MOST_SAVED);
    while (found.length < this.most && this.credit >= least) {
      const state = this.next();
      if (!state) break;
      this.credit -= 1;
      found.push(this.look(state));
    }
    return found;
  }

  /** Look soon at the tiles around a place, where a face was lost. */
  hurry(place: Box): void {
    const [x, y] = center(place);
    for (const state of this.states) {
      const { box } = state.tile;
      const within = box.x <= x && x <= box.x + box.width && box.y <= y && y <= box.y + box.height;
      if (!within) continue;
      state.lookedS = state.checkedS = -Infinity;
      state.looks = 0;
    }
  }

  private beginScene(size: string, width: number, height: number, samples: Samples): void {
    this.size = size;
    this.states = tilesOf(width, height, this.sides).map((tile) => {
      const atEdge = tile.openSides.includes(true) && tile.openSides.includes(false);
      const periodS = tile.periodS / (atEdge ? EDGE_WEIGHT : 1);
      return { tile, periodS, lookedS: -Infinity, checkedS: -Infinity, looks: 0, seen: samples };
    });
    this.wholeS = Infinity;
    this.burst = NEW_SCENE_FRAMES;
    this.credit = 0;
  }

  private look(state: State): Tile {
    state.lookedS = state.checkedS = this.timeS;
    state.seen = this.samples;
    state.looks += 1;
    return state.tile;
  }

  /** The tile that has waited longest for its period and may show something new, if any. */
  private next(): State | null {
    for (;;) {
      let best: State | null = null;
      let longest = -Infinity;
      for (const state of this.states) {
        const waited = (this.timeS - state.checkedS) / state.periodS;
        if (waited > longest) [best, longest] = [state, waited];
      }
      if (!best || longest < 1) return null;
      if (this.mayShowNew(best)) return best;
      best.checkedS = this.timeS;
    }
  }

  private mayShowNew(state: State): boolean {
    const part = this.within(state.tile.box);
    if (this.hasChanged(state.seen, part)) {
      state.looks = 0;
    } else {
      const looks = Math.min(Math.max(1, state.looks), UNCHANGED_PERIODS.length);
      if (this.timeS - state.lookedS < UNCHANGED_PERIODS[looks - 1]! * state.periodS) return false;
    }
    let count = 0;
    let sum = 0;
    let squares = 0;
    const { width, data } = this.samples;
    for (let y = part.top; y < part.bottom; y++) {
      for (let i = y * width + part.left; i < y * width + part.right; i++) {
        const value = data[i]!;
        count += 1;
        sum += value;
        squares += value * value;
      }
    }
    const mean = sum / count;
    return Math.sqrt(Math.max(0, squares / count - mean * mean)) > FLAT;
  }

  /** Whether a part of the frame, beside the known faces, is not as it was. */
  private hasChanged(before: Samples, { left, top, right, bottom }: Part): boolean {
    const { width, data } = this.samples;
    let changed = 0;
    for (let y = top; y < bottom; y++) {
      for (let i = y * width + left; i < y * width + right; i++) {
        if (this.others[i] && Math.abs(data[i]! - before.data[i]!) > CHANGED) changed += 1;
      }
    }
    return changed > 0;
  }

  /** The samples of a box. */
  private within(box: Box): Part {
    const { width, height } = this.samples;
    return {
      left: Math.max(0, Math.floor(box.x / this.step)),
      top: Math.max(0, Math.floor(box.y / this.step)),
      right: Math.min(Math.ceil((box.x + box.width) / this.step), width),
      bottom: Math.min(Math.ceil((box.y + box.height) / this.step), height),
    };
  }
}

/** Every `step`-th pixel's green. */
function sampled({ width, height, channels, data }: Pixels, step: number): Samples {
  const [across, down] = [Math.ceil(width / step), Math.ceil(height / step)];
  const found = new Uint8Array(across * down);
  for (let y = 0, o = 0; y < down; y++) {
    for (let x = 0; x < across; x++, o++) found[o] = data[(y * step * width + x * step) * channels + 1]!;
  }
  return { width: across, height: down, data: found };
}

function difference(a: Samples, b: Samples): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - b.data[i]!);
  return sum / a.data.length;
}
