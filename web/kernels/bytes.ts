/**
 * A 3x3 convolution of bytes, with WebAssembly's relaxed dot products (AssemblyScript).
 *
 * Pictures are rows of pixels of channels (NHWC) with a frame of one pixel. Values are stored less 128, as
 * signed bytes; weights plus 63 or 64, as 0 to 127: what the dot product takes on every processor. Both shifts
 * are taken out of the sums again, so that the result is that of ONNX's QLinearConv.
 */

/** One layer's addresses and sizes, in the order of src/engine/bytes.ts. */
@unmanaged
class Layer {
  source: u32;
  target: u32;
  /** For four channels at a time: sixteen weights of the first, of the second, the third, the fourth, and on. */
  weights: u32;
  /** For each four channels: where their weights below -63 are listed (see `corrected`), 0 for none. */
  extras: u32;
  /** For each channel: how much its weights were raised, what is added to its sum (int32); then its scale (float32). */
  raised: u32;
  added: u32;
  scales: u32;
  /** One number for each pixel of the source, frame included: the sum of its stored values (int32). */
  sums: u32;
  /** Bytes of a pixel of the source, and of a line with its frame. */
  pixel: u32;
  line: u32;
  /** Lines that a kernel covers, 3 (or 1, where a pixel holds its surroundings), and sixteens of bytes in each. */
  kernelLines: u32;
  blocks: u32;
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

const ONES = i8x16.splat(1);

/** Sum each pixel's stored values. */
function sumPixels(layer: Layer, lines: u32, columns: u32): void {
  let from = layer.source;
  let to = layer.sums;
  for (let i: u32 = 0; i < lines * columns; i++) {
    let sum = i32x4.splat(0);
    for (let k: u32 = 0; k < layer.pixel; k += 16) {
      sum = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(from + k), ONES, sum);
    }
    store<i32>(to, added(sum));
    from += layer.pixel;
    to += 4;
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function added(v: v128): i32 {
  const half = i32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(half, 0) + i32x4.extract_lane(half, 1);
}

/** The sums of four vectors' lanes, as one vector. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function addedFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** From four channels' sums to stored bytes: rounded to the layer's own steps, rectified, rounded to the next ones. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function keep(layer: Layer, channel: u32, sum: v128, surroundings: i32, to: u32): void {
  const raised = i32x4.mul(v128.load(layer.raised + 4 * channel), i32x4.splat(surroundings));
  const exact = i32x4.add(i32x4.sub(sum, raised), v128.load(layer.added + 4 * channel));
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(exact), v128.load(layer.scales + 4 * channel));
  const lowest: i32 = -layer.zero;
  const highest: i32 = lowest + 255;
  const least = f32x4.splat(<f32>lowest), most = f32x4.splat(<f32>highest);
  let value = f32x4.min(f32x4.max(f32x4.nearest(scaled), least), most);
  let zero = layer.zero;
  if (layer.nextStep > 0) {
    const rectified = f32x4.max(f32x4.mul(value, f32x4.splat(layer.step)), f32x4.splat(0));
    value = f32x4.nearest(f32x4.div(rectified, f32x4.splat(layer.nextStep)));
    zero = layer.nextZero;
  }
  const whole = i32x4.add(i32x4.trunc_sat_f32x4_s(value), i32x4.splat(zero));
  const narrow = i16x8.narrow_i32x4_s(whole, whole);
  const bytes = v128.xor(i8x16.narrow_i16x8_u(narrow, narrow), i8x16.splat(-128));
  v128.store32_lane(to + channel, bytes, 0);
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

/** Sum of what the kernel covers at a pixel. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function covered(layer: Layer, row: u32, column: u32): i32 {
  if (layer.kernelLines == 1) return load<i32>(layer.sums + 4 * (row * layer.width + column));
  const perLine = layer.line / layer.pixel;
  let sum = 0;
  for (let k: u32 = 0; k < 3; k++) {
    const at = layer.sums + 4 * ((row * layer.stride + k) * perLine + column * layer.stride);
    sum += load<i32>(at) + load<i32>(at, 4) + load<i32>(at, 8);
  }
  return sum;
}

/** Convolve one picture. */
export function convolve(layer: Layer): void {
  const framed = layer.kernelLines == 3;
  const lines = framed ? (layer.height - 1) * layer.stride + 3 : layer.height;
  sumPixels(layer, lines, layer.line / layer.pixel);
  const step = layer.stride * layer.pixel;
  const perFour = layer.kernelLines * layer.blocks * 64;
  for (let row: u32 = 0; row < layer.height; row++) {
    const lineFrom = layer.source + row * layer.stride * layer.line;
    const lineTo = layer.target + row * layer.targetLine;
    for (let pair: u32 = 0; pair < layer.width; pair += 2) {
      // An odd width's last pixel is done with the one before it once more.
      const column = min(pair, layer.width - 2);
      const first = lineFrom + column * step;
      const firstCovered = covered(layer, row, column);
      const secondCovered = covered(layer, row, column + 1);
      const to = lineTo + column * layer.channels;
      let weights = layer.weights;
      for (let channel: u32 = 0; channel < layer.channels; channel += 4) {
        let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
        let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        let w = weights;
        for (let k: u32 = 0; k < layer.kernelLines; k++) {
          let x = first + k * layer.line;
          const end = x + 16 * layer.blocks;
          for (; x < end; x += 16, w += 64) {
            const a = v128.load(x);
            const b = v128.load(x + step);
            const w0 = v128.load(w);
            a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, w0, a0);
            b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b, w0, b0);
            const w1 = v128.load(w, 16);
            a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, w1, a1);
            b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b, w1, b1);
            const w2 = v128.load(w, 32);
            a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, w2, a2);
            b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b, w2, b2);
            const w3 = v128.load(w, 48);
            a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, w3, a3);
            b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b, w3, b3);
          }
        }
        let firstSum = addedFour(a0, a1, a2, a3), secondSum = addedFour(b0, b1, b2, b3);
        const extra = load<u32>(layer.extras + channel);
        if (extra) {
          firstSum = corrected(layer, extra, firstSum, first);
          secondSum = corrected(layer, extra, secondSum, first + step);
        }
        keep(layer, channel, firstSum, firstCovered, to);
        keep(layer, channel, secondSum, secondCovered, to + layer.channels);
        weights += perFour;
      }
    }
  }
}
