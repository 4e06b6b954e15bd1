/**
 * Pictures as bytes, and their scaling as OpenCV does it (within one step of 255), so that the
 * networks see here what they see in Python.
 */

/** Rows of pixels with interleaved channels, 0 to 255: 4 (RGBA), 3 (RGB) or 1 (gray). */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A shrinking bilinear step goes to a third at most, so that two of three rows and columns count. */
const MOST_SKIPPED = 3;
/** How much larger than the result of its first step a picture must be for a coarse shrinking to be the faster one. */
const COARSE_FROM = 2.5;

export function blank(width: number, height: number, channels: number): Pixels {
  return { width, height, channels, data: new Uint8Array(width * height * channels) };
}

/** Cut a rectangle that lies within the picture. */
export function cut(image: Pixels, left: number, top: number, width: number, height: number): Pixels {
  const { channels } = image;
  const result = blank(width, height, channels);
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    const begin = ((top + y) * image.width + left) * channels;
    result.data.set(image.data.subarray(begin, begin + row), y * row);
  }
  return result;
}

/** One step of scaling: by blocks of two by two pixels, or bilinear; to which size. */
export interface ScalingStep {
  readonly halves: boolean;
  readonly width: number;
  readonly height: number;
}

/**
 * How a picture is scaled: shrunk by halves while its sides are even, with one bilinear step.
 *
 * @param coarse one bilinear step to so many times the size comes first, however far that is; 0 for none.
 */
export function scalingSteps(
  from: { readonly width: number; readonly height: number }, width: number, height: number, coarse: number,
): ScalingStep[] {
  const steps: ScalingStep[] = [];
  let now = from;
  const step = (halves: boolean, width: number, height: number) => {
    now = { width, height };
    steps.push({ halves, width, height });
  };
  const ratio = () => Math.min(now.width / width, now.height / height);
  if (coarse && ratio() >= COARSE_FROM * coarse) step(false, coarse * width, coarse * height);
  while (ratio() >= 2) {
    if (now.height % 2 === 0 && now.width % 2 === 0) {
      step(true, now.width >> 1, now.height >> 1);
      continue;
    }
    let halvings = 1;
    while (ratio() / 2 ** halvings > MOST_SKIPPED) halvings += 1;
    step(false, width << halvings, height << halvings);
  }
  if (now.width !== width || now.height !== height) step(false, width, height);
  return steps;
}

/** A rectangle within a picture, in whole pixels. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Cuts a part of a picture out and scales it as `scalingSteps` says. */
export type Scaler = (image: Pixels, part: Part, width: number, height: number, coarse?: number) => Pixels;

/** The scaler where there are no kernels. */
export const scaled: Scaler = (image, part, width, height, coarse = 0) => {
  const whole = part.width === image.width && part.height === image.height;
  let result = whole ? image : cut(image, part.left, part.top, part.width, part.height);
  for (const step of scalingSteps(part, width, height, coarse)) {
    result = step.halves ? halved(result) : bilinear(result, step.width, step.height);
  }
  return result;
};

/** Average blocks of two by two. */
export function halved(image: Pixels): Pixels {
  const { channels, data } = image;
  if (channels === 4 && data.byteOffset % 4 === 0) return halvedWords(image);
  const result = blank(image.width >> 1, image.height >> 1, channels);
  const out = result.data;
  const row = image.width * channels;
  for (let y = 0, o = 0; y < result.height; y++) {
    let i = 2 * y * row;
    for (let x = 0; x < result.width; x++, i += 2 * channels) {
      for (let c = 0; c < channels; c++, o++) {
        const k = i + c;
        out[o] = (data[k]! + data[k + channels]! + data[k + row]! + data[k + row + channels]! + 2) >> 2;
      }
    }
  }
  return result;
}

/** The same with all four bytes of a pixel at once: the even and the odd ones each fit into one word with room. */
function halvedWords(image: Pixels): Pixels {
  const result = blank(image.width >> 1, image.height >> 1, 4);
  const words = (data: Pixels["data"]) => new Uint32Array(data.buffer, data.byteOffset, data.length >> 2);
  const [from, to] = [words(image.data), words(result.data)];
  const even = 0x00ff00ff;
  for (let y = 0, o = 0; y < result.height; y++) {
    let i = 2 * y * image.width;
    for (let k = i + image.width, x = 0; x < result.width; x++, o++, i += 2, k += 2) {
      const [a, b, c, d] = [from[i]!, from[i + 1]!, from[k]!, from[k + 1]!];
      const low = (a & even) + (b & even) + (c & even) + (d & even) + 0x00020002;
      const high = ((a >>> 8) & even) + ((b >>> 8) & even) + ((c >>> 8) & even) + ((d >>> 8) & even) + 0x00020002;
      to[o] = ((low >>> 2) & even) | (((high >>> 2) & even) << 8);
    }
  }
  return result;
}

/**
 * Scale by linear interpolation between pixels' centers.
 *
 * In OpenCV's fixed point, digit for digit: which of two overlapping boxes has the better score
 * can hang on the last step of a pixel.
 */
export function bilinear(image: Pixels, width: number, height: number): Pixels {
  if (image.width === width && image.height === height) return image;
  const { channels, data } = image;
  const result = blank(width, height, channels);
  const out = result.data;
  const across = taps(image.width, width);
  const down = taps(image.height, height);
  const row = width * channels;
  // The two lines that the present line lies between, each scaled across already.
  let [above, below] = [new Int32Array(row), new Int32Array(row)];
  let [aboveIs, belowIs] = [-1, -1];
  for (let y = 0, o = 0; y < height; y++) {
    const first = down.first[y]!;
    const second = down.second[y]!;
    if (first === belowIs) {
      [above, below] = [below, above];
      [aboveIs, belowIs] = [belowIs, -1];
    }
    if (first !== aboveIs) scaleLine(data, first * image.width * channels, across, channels, above);
    if (second !== belowIs) scaleLine(data, second * image.width * channels, across, channels, below);
    [aboveIs, belowIs] = [first, second];
    const u = down.firstWeight[y]!;
    const v = down.secondWeight[y]!;
    for (let x = 0; x < row; x++, o++) {
      out[o] = (((u * above[x]!) >> 16) + ((v * below[x]!) >> 16) + 2) >> 2;
    }
  }
  return result;
}

function scaleLine(
  data: Pixels["data"], begin: number, across: Taps, channels: number, line: Int32Array,
): void {
  const { first, second, firstWeight, secondWeight } = across;
  if (channels === 4) {
    // What lies behind the color is not looked at by anyone.
    for (let x = 0, o = 0; x < first.length; x++, o += 4) {
      const a = begin + first[x]! * 4;
      const b = begin + second[x]! * 4;
      const u = firstWeight[x]!;
      const v = secondWeight[x]!;
      line[o] = (data[a]! * u + data[b]! * v) >> 4;
      line[o + 1] = (data[a + 1]! * u + data[b + 1]! * v) >> 4;
      line[o + 2] = (data[a + 2]! * u + data[b + 2]! * v) >> 4;
    }
    return;
  }
  for (let x = 0, o = 0; x < first.length; x++) {
    const a = begin + first[x]! * channels;
    const b = begin + second[x]! * channels;
    const u = firstWeight[x]!;
    const v = secondWeight[x]!;
    for (let c = 0; c < channels; c++, o++) line[o] = (data[a + c]! * u + data[b + c]! * v) >> 4;
  }
}

/** For each pixel of the result the two that it lies between, and their weights in 1/2048. */
export interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

const knownTaps = new Map<number, Taps>();

export function taps(from: number, to: number): Taps {
  const key = from * 65536 + to;
  const before = knownTaps.get(key);
  if (before) return before;
  const made: Taps = {
    first: new Int32Array(to), second: new Int32Array(to),
    firstWeight: new Int32Array(to), secondWeight: new Int32Array(to),
  };
  for (let i = 0; i < to; i++) {
    const place = Math.fround((i + 0.5) * (from / to) - 0.5);
    const floor = Math.floor(place);
    const inside = floor >= 0 && floor < from - 1;
    const rest = inside ? Math.fround(place - floor) : 0;
    made.first[i] = Math.min(Math.max(floor, 0), from - 1);
    made.second[i] = Math.min(made.first[i]! + 1, from - 1);
    made.firstWeight[i] = Math.round(Math.fround(1 - rest) * 2048);
    made.secondWeight[i] = Math.round(rest * 2048);
  }
  if (knownTaps.size > 256) knownTaps.clear();
  knownTaps.set(key, made);
  return made;
}

/** Shrink by averaging the area that each pixel covers. */
export function averaged(image: Pixels, width: number, height: number): Pixels {
  const { channels, data } = image;
  const across = areas(image.width, width);
  const down = areas(image.height, height);
  const row = width * channels;
  const lines = new Float32Array(image.height * row);
  for (let x = 0; x < width; x++) {
    const [first, end] = [across.begin[x]!, across.begin[x + 1]!];
    for (let c = 0; c < channels; c++) {
      const start = across.source[first]! * channels + c;
      for (let y = 0, o = x * channels + c; y < image.height; y++, o += row) {
        let sum = 0;
        for (let k = first, i = y * image.width * channels + start; k < end; k++, i += channels) {
          sum += data[i]! * across.weight[k]!;
        }
        lines[o] = sum;
      }
    }
  }
  const result = blank(width, height, channels);
  const sums = new Float64Array(row);
  for (let y = 0, o = 0; y < height; y++) {
    sums.fill(0.5);
    for (let k = down.begin[y]!; k < down.begin[y + 1]!; k++) {
      const weight = down.weight[k]!;
      for (let x = 0, i = down.source[k]! * row; x < row; x++, i++) sums[x]! += lines[i]! * weight;
    }
    for (let x = 0; x < row; x++, o++) result.data[o] = Math.min(255, sums[x]!);
  }
  return result;
}

interface Areas {
  /** Where each pixel's entries begin, one more than there are pixels. */
  readonly begin: Int32Array;
  readonly source: Int32Array;
  readonly weight: Float64Array;
}

const knownAreas = new Map<number, Areas>();

function areas(from: number, to: number): Areas {
  const key = from * 65536 + to;
  const before = knownAreas.get(key);
  if (before) return before;
  const begin = new Int32Array(to + 1);
  const source: number[] = [];
  const weight: number[] = [];
  const step = from / to;
  for (let i = 0; i < to; i++) {
    begin[i] = source.length;
    const start = i * step;
    const end = Math.min(start + step, from);
    for (let k = Math.floor(start); k < Math.ceil(end - 1e-9); k++) {
      source.push(k);
      weight.push((Math.min(k + 1, end) - Math.max(k, start)) / (end - start));
    }
  }
  begin[to] = source.length;
  const made = { begin, source: Int32Array.from(source), weight: Float64Array.from(weight) };
  if (knownAreas.size > 256) knownAreas.clear();
  knownAreas.set(key, made);
  return made;
}

/** Gray by the weights of ITU-R BT.601, as OpenCV rounds them. */
export function gray(image: Pixels): Pixels {
  if (image.channels === 1) return image;
  const { channels, data } = image;
  const result = blank(image.width, image.height, 1);
  const count = image.width * image.height;
  for (let o = 0, i = 0; o < count; o++, i += channels) {
    result.data[o] = (data[i]! * 9798 + data[i + 1]! * 19235 + data[i + 2]! * 3735 + 16384) >> 15;
  }
  return result;
}
