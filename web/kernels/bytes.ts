/**
 * A 3x3 convolution of bytes, with WebAssembly's relaxed dot products (AssemblyScript).
 *
 * Pictures are rows of pixels of channels (NHWC) with a frame of one pixel. Values are stored less 128, as
 * signed bytes; weights plus 63 or 64, as 0 to 127: what the dot product takes on every processor. Both shifts
 * are taken out of the sums again, so that the result is that of ONNX's QLinearConv.
 *
 * Six pixels and eight channels are convolved at a time: their twelve sums, two weights and one value fill the
 * registers of x86, and all pixels see eight channels' weights while these are near.
 */

/** One layer's addresses and sizes, in the order of src/engine/bytes.ts. */
@unmanaged
class Layer {
  source: u32;
  target: u32;
  /** For eight channels at a time: four weights of each, the next four of each, and on. */
  weights: u32;
  /** For each four channels: where their weights below -63 are listed (see `corrected`), 0 for none. */
  extras: u32;
  /** For each channel: how much its weights were raised, what is added to its sum (int32); then its scale (float32). */
  raised: u32;
  added: u32;
  scales: u32;
  /** Room for one number for each pixel of the source, frame included: the sum of its stored values (int32). */
  sums: u32;
  /** Room for a place for each pixel of the target, in whole tiles. */
  places: u32;
  /** Bytes of a pixel of the source, and of a line with its frame. */
  pixel: u32;
  line: u32;
  /** Bytes of a line that a kernel covers, in whole fours. */
  covered: u32;
  stride: u32;
  /** Pixels of the target without its frame. */
  height: u32;
  width: u32;
  channels: u32;
  targetLine: u32;
  /** What zero is in the layer's own steps, 0 to 255, and how large these are. */
  zero: i32;
  step: f32;
  /** The same of the steps that the result of a rectifier is kept in; 0 where none follows. */
  nextZero: i32;
  nextStep: f32;
}

/** One pixel of the target. */
@unmanaged
class Place {
  /** Where what it sees begins. */
  source: u32;
  target: u32;
  /** Sum of what it sees. */
  sum: i32;
}

const PLACE: u32 = <u32>offsetof<Place>();
const TILE: u32 = 6;
const ONES = i8x16.splat(1);

/** Convolve one picture. */
export function convolve(layer: Layer): void {
  sumPixels(layer);
  const end = findPlaces(layer);
  let weights = layer.weights;
  for (let channel: u32 = 0; channel < layer.channels; channel += 8) {
    for (let tile = layer.places; tile < end; tile += TILE * PLACE) convolveTile(layer, tile, channel, weights);
    weights += 3 * 8 * layer.covered;
  }
}

/** Sum each pixel's stored values. */
function sumPixels(layer: Layer): void {
  const end = layer.source + ((layer.height - 1) * layer.stride + 3) * layer.line;
  let to = layer.sums;
  for (let from = layer.source; from < end; from += layer.pixel, to += 4) {
    if (layer.pixel == 1) {
      store<i32>(to, load<i8>(from));
      continue;
    }
    let sum = i32x4.splat(0);
    for (let k: u32 = 0; k < layer.pixel; k += 16) {
      sum = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(from + k), ONES, sum);
    }
    store<i32>(to, added(sum));
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function added(v: v128): i32 {
  const half = i32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(half, 0) + i32x4.extract_lane(half, 1);
}

/** Write down all places, the last one until a tile is full; where they end. */
function findPlaces(layer: Layer): u32 {
  const step = layer.stride * layer.pixel;
  const perLine = layer.line / layer.pixel;
  let to = layer.places;
  for (let row: u32 = 0; row < layer.height; row++) {
    let source = layer.source + row * layer.stride * layer.line;
    let target = layer.target + row * layer.targetLine;
    let sums = layer.sums + 4 * row * layer.stride * perLine;
    for (let column: u32 = 0; column < layer.width; column++, to += PLACE) {
      const place = changetype<Place>(to);
      place.source = source;
      place.target = target;
      place.sum = sumOfThree(sums) + sumOfThree(sums + 4 * perLine) + sumOfThree(sums + 8 * perLine);
      source += step;
      target += layer.channels;
      sums += 4 * layer.stride;
    }
  }
  const last = to - PLACE;
  for (let count = layer.height * layer.width; count % TILE; count++, to += PLACE) memory.copy(to, last, PLACE);
  return to;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function sumOfThree(at: u32): i32 {
  return load<i32>(at) + load<i32>(at, 4) + load<i32>(at, 8);
}

/** Convolve six pixels to eight channels. */
function convolveTile(layer: Layer, tile: u32, channel: u32, weights: u32): void {
  let a0 = i32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, e0 = a0, f0 = a0;
  let a1 = a0, b1 = a0, c1 = a0, d1 = a0, e1 = a0, f1 = a0;
  for (let line: u32 = 0; line < 3 * layer.line; line += layer.line) {
    let a = load<u32>(tile) + line, b = load<u32>(tile, PLACE) + line, c = load<u32>(tile, 2 * PLACE) + line;
    let d = load<u32>(tile, 3 * PLACE) + line, e = load<u32>(tile, 4 * PLACE) + line, f = load<u32>(tile, 5 * PLACE) + line;
    const end = a + layer.covered;
    for (; a < end; a += 4, b += 4, c += 4, d += 4, e += 4, f += 4, weights += 32) {
      const w0 = v128.load(weights), w1 = v128.load(weights, 16);
      let x = v128.load32_splat(a);
      a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w0, a0);
      a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w1, a1);
      x = v128.load32_splat(b);
      b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w0, b0);
      b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w1, b1);
      x = v128.load32_splat(c);
      c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w0, c0);
      c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w1, c1);
      x = v128.load32_splat(d);
      d0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w0, d0);
      d1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w1, d1);
      x = v128.load32_splat(e);
      e0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w0, e0);
      e1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w1, e1);
      x = v128.load32_splat(f);
      f0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w0, f0);
      f1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w1, f1);
    }
  }
  keep(layer, channel, changetype<Place>(tile), a0, a1);
  keep(layer, channel, changetype<Place>(tile + PLACE), b0, b1);
  keep(layer, channel, changetype<Place>(tile + 2 * PLACE), c0, c1);
  keep(layer, channel, changetype<Place>(tile + 3 * PLACE), d0, d1);
  keep(layer, channel, changetype<Place>(tile + 4 * PLACE), e0, e1);
  keep(layer, channel, changetype<Place>(tile + 5 * PLACE), f0, f1);
}

/** From a pixel's sums of eight channels to stored bytes. */
function keep(layer: Layer, channel: u32, place: Place, first: v128, second: v128): void {
  const low = quantized(layer, channel, place, first);
  const high = quantized(layer, channel + 4, place, second);
  const narrow = i16x8.narrow_i32x4_s(low, high);
  const bytes = v128.xor(i8x16.narrow_i16x8_u(narrow, narrow), i8x16.splat(-128));
  v128.store64_lane(place.target + channel, bytes, 0);
}

/** Four channels' sums rounded to the layer's own steps, rectified, rounded to the next ones. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function quantized(layer: Layer, channel: u32, place: Place, sum: v128): v128 {
  const extra = load<u32>(layer.extras + channel);
  if (extra) sum = corrected(layer, extra, sum, place.source);
  const raised = i32x4.mul(v128.load(layer.raised + 4 * channel), i32x4.splat(place.sum));
  const exact = i32x4.add(i32x4.sub(sum, raised), v128.load(layer.added + 4 * channel));
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(exact), v128.load(layer.scales + 4 * channel));
  const lowest: i32 = -layer.zero;
  const highest: i32 = lowest + 255;
  const least = f32x4.splat(layer.nextStep > 0 ? 0 : <f32>lowest), most = f32x4.splat(<f32>highest);
  let value = f32x4.relaxed_min(f32x4.relaxed_max(f32x4.nearest(scaled), least), most);
  let zero = layer.zero;
  if (layer.nextStep > 0) {
    value = f32x4.nearest(f32x4.div(f32x4.mul(value, f32x4.splat(layer.step)), f32x4.splat(layer.nextStep)));
    zero = layer.nextZero;
  }
  return i32x4.add(i32x4.relaxed_trunc_f32x4_s(value), i32x4.splat(zero));
}

/**
 * Take off once more what weights of -64 see, which count as -63 where others are 64.
 *
 * @param list how many; then of each, in 32 bytes: -1 in its channel's lane, its line, and its place in that
 */
function corrected(layer: Layer, list: u32, sum: v128, at: u32): v128 {
  const end = list + 32 + 32 * load<u32>(list);
  for (let entry = list + 32; entry < end; entry += 32) {
    const value = load<i8>(at + load<u32>(entry, 16) * layer.line + load<u32>(entry, 20));
    sum = i32x4.add(sum, i32x4.mul(v128.load(entry), i32x4.splat(value)));
  }
  return sum;
}
