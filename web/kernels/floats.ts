/**
 * Float layers of small networks (AssemblyScript): pictures are rows of pixels of channels (NHWC), channels in
 * fours, with a frame of one pixel of zeros where a kernel of 3x3 will look at them.
 */

/**
 * Multiply each pixel's channels with a matrix: a convolution of 1x1 over a line.
 *
 * @param weights for eight outputs at a time (four at the end): their weights of the first input, of the second …
 */
function pointwise(
  from: u32, inputs: u32, to: u32, outputs: u32, weights: u32, biases: u32, width: u32, relu: bool,
): void {
  const least = relu ? f32x4.splat(0) : f32x4.splat(-Infinity);
  // Four pixels at a time; the last of a line with those before them once more. Of fewer, each four times.
  const together: u32 = width < 4 ? 1 : 4;
  for (let tile: u32 = 0; tile < width; tile += together) {
    const x = min(tile, width - together);
    const steps: u32 = together == 1 ? 0 : 4 * inputs;
    const a = from + 4 * x * inputs;
    const target = to + 4 * x * outputs;
    const next: u32 = together == 1 ? 0 : 4 * outputs;
    let w = weights;
    let output: u32 = 0;
    for (; output + 8 <= outputs; output += 8) {
      let a0 = v128.load(biases + 4 * output), a1 = v128.load(biases + 4 * output, 16);
      let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
      const end = a + 4 * inputs;
      for (let k = a; k < end; k += 4, w += 32) {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        const p = v128.load32_splat(k);
        a0 = f32x4.relaxed_madd(p, w0, a0);
        a1 = f32x4.relaxed_madd(p, w1, a1);
        const q = v128.load32_splat(k + steps);
        b0 = f32x4.relaxed_madd(q, w0, b0);
        b1 = f32x4.relaxed_madd(q, w1, b1);
        const r = v128.load32_splat(k + 2 * steps);
        c0 = f32x4.relaxed_madd(r, w0, c0);
        c1 = f32x4.relaxed_madd(r, w1, c1);
        const s = v128.load32_splat(k + 3 * steps);
        d0 = f32x4.relaxed_madd(s, w0, d0);
        d1 = f32x4.relaxed_madd(s, w1, d1);
      }
      const o = target + 4 * output;
      v128.store(o, f32x4.relaxed_max(a0, least));
      v128.store(o, f32x4.relaxed_max(a1, least), 16);
      v128.store(o + next, f32x4.relaxed_max(b0, least));
      v128.store(o + next, f32x4.relaxed_max(b1, least), 16);
      v128.store(o + 2 * next, f32x4.relaxed_max(c0, least));
      v128.store(o + 2 * next, f32x4.relaxed_max(c1, least), 16);
      v128.store(o + 3 * next, f32x4.relaxed_max(d0, least));
      v128.store(o + 3 * next, f32x4.relaxed_max(d1, least), 16);
    }
    if (output < outputs) {
      let a0 = v128.load(biases + 4 * output);
      let b0 = a0, c0 = a0, d0 = a0;
      const end = a + 4 * inputs;
      for (let k = a; k < end; k += 4, w += 16) {
        const w0 = v128.load(w);
        a0 = f32x4.relaxed_madd(v128.load32_splat(k), w0, a0);
        b0 = f32x4.relaxed_madd(v128.load32_splat(k + steps), w0, b0);
        c0 = f32x4.relaxed_madd(v128.load32_splat(k + 2 * steps), w0, c0);
        d0 = f32x4.relaxed_madd(v128.load32_splat(k + 3 * steps), w0, d0);
      }
      const o = target + 4 * output;
      v128.store(o, f32x4.relaxed_max(a0, least));
      v128.store(o + next, f32x4.relaxed_max(b0, least));
      v128.store(o + 2 * next, f32x4.relaxed_max(c0, least));
      v128.store(o + 3 * next, f32x4.relaxed_max(d0, least));
    }
  }
}

/**
 * Convolve each channel with a kernel of 3x3 of its own: one line, from three with a pixel of zeros at both ends.
 *
 * @param weights for four channels at a time: nine vectors of them
 */
function depthwise(
  above: u32, middle: u32, below: u32, to: u32, channels: u32, weights: u32, biases: u32, width: u32, relu: bool,
): void {
  const least = relu ? f32x4.splat(0) : f32x4.splat(-Infinity);
  const pixel: u32 = 4 * channels;
  for (let channel: u32 = 0; channel < pixel; channel += 16) {
    const w = weights + 9 * channel;
    const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
    const w4 = v128.load(w, 64), w5 = v128.load(w, 80), w6 = v128.load(w, 96), w7 = v128.load(w, 112);
    const w8 = v128.load(w, 128);
    const bias = v128.load(biases + channel);
    let a = above + channel, b = middle + channel, c = below + channel, o = to + channel;
    for (let x: u32 = 0; x < width; x++) {
      let first = f32x4.relaxed_madd(v128.load(a), w0, bias);
      let second = f32x4.mul(v128.load(b), w3);
      let third = f32x4.mul(v128.load(c), w6);
      first = f32x4.relaxed_madd(v128.load(a + pixel), w1, first);
      second = f32x4.relaxed_madd(v128.load(b + pixel), w4, second);
      third = f32x4.relaxed_madd(v128.load(c + pixel), w7, third);
      first = f32x4.relaxed_madd(v128.load(a + 2 * pixel), w2, first);
      second = f32x4.relaxed_madd(v128.load(b + 2 * pixel), w5, second);
      third = f32x4.relaxed_madd(v128.load(c + 2 * pixel), w8, third);
      v128.store(o, f32x4.relaxed_max(f32x4.add(f32x4.add(first, second), third), least));
      a += pixel;
      b += pixel;
      c += pixel;
      o += pixel;
    }
  }
}

/**
 * A convolution of 1x1 and one of 3x3 of each channel by itself, line by line, so that what is between stays near.
 *
 * @param lines room for four lines of `width + 2` pixels of `outputs` channels
 */
export function separable(
  from: u32, inputs: u32, to: u32, outputs: u32, points: u32, pointBiases: u32, depths: u32, depthBiases: u32,
  lines: u32, height: u32, width: u32, relu: bool,
): void {
  const pixel: u32 = 4 * outputs;
  const line = (width + 2) * pixel;
  const none = lines + 3 * line;
  const fromLine: u32 = 4 * width * inputs;
  memory.fill(lines, 0, 4 * line);
  pointwise(from, inputs, lines + pixel, outputs, points, pointBiases, width, false);
  for (let y: u32 = 0; y < height; y++) {
    const below = lines + ((y + 1) % 3) * line;
    const isLast = y + 1 == height;
    if (!isLast) pointwise(from + (y + 1) * fromLine, inputs, below + pixel, outputs, points, pointBiases, width, false);
    depthwise(
      y ? lines + ((y + 2) % 3) * line : none, lines + (y % 3) * line, isLast ? none : below,
      to + y * width * pixel, outputs, depths, depthBiases, width, relu,
    );
  }
}

/** Keep the largest of each two by two pixels. */
export function halve(from: u32, to: u32, channels: u32, height: u32, width: u32): void {
  const pixel: u32 = 4 * channels;
  for (let y: u32 = 0; y < height; y++) {
    for (let x: u32 = 0; x < width; x++) {
      const a = from + (4 * y * width + 2 * x) * pixel;
      const b = a + 2 * width * pixel;
      for (let k: u32 = 0; k < pixel; k += 16, to += 16) {
        const upper = f32x4.relaxed_max(v128.load(a + k), v128.load(a + pixel + k));
        v128.store(to, f32x4.relaxed_max(upper, f32x4.relaxed_max(v128.load(b + k), v128.load(b + pixel + k))));
      }
    }
  }
}

/** Add a picture of half the height and width, each pixel of it to four. */
export function addTwice(large: u32, small: u32, to: u32, channels: u32, height: u32, width: u32): void {
  const pixel: u32 = 4 * channels;
  for (let y: u32 = 0; y < height; y++) {
    for (let x: u32 = 0; x < width; x++) {
      const a = small + ((y >> 1) * (width >> 1) + (x >> 1)) * pixel;
      for (let k: u32 = 0; k < pixel; k += 16, large += 16, to += 16) {
        v128.store(to, f32x4.add(v128.load(large), v128.load(a + k)));
      }
    }
  }
}

/**
 * A convolution of 3x3 with stride 2 over three planes (channels first), and a rectifier.
 *
 * @param weights as of `pointwise`, for 28 inputs: each plane's nine, and one of zeros
 * @param room for a line of 28 numbers a pixel
 */
export function stem(
  from: u32, to: u32, outputs: u32, weights: u32, biases: u32, room: u32, height: u32, width: u32,
): void {
  for (let y: u32 = 0; y < height; y++) {
    spread(from, room, y, height, width);
    pointwise(room, 28, to + 4 * y * width * outputs, outputs, weights, biases, width, true);
  }
}

/** Lay what the kernel covers side by side, for a line. */
function spread(from: u32, to: u32, y: u32, height: u32, width: u32): void {
  const columns = 2 * width;
  const plane: u32 = 4 * columns * 2 * height;
  for (let x: u32 = 0; x < width; x++) {
    for (let c: u32 = 0; c < 3; c++) {
      for (let k: u32 = 0; k < 3; k++) {
        const at = from + c * plane + 4 * ((2 * y + k - 1) * columns + 2 * x);
        if (y + k == 0) {
          store<u64>(to, 0);
          store<f32>(to, 0, 8);
        } else {
          store<f32>(to, x ? load<f32>(at - 4) : 0);
          store<u64>(to, load<u64>(at), 4);
        }
        to += 12;
      }
    }
    store<f32>(to, 0);
    to += 4;
  }
}
