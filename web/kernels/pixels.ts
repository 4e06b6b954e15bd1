/**
 * Scaling of pictures of four bytes a pixel (AssemblyScript): what src/recognizer/pixels.ts does, digit for digit,
 * but for what lies behind the color. Up to 16 bytes behind a picture are read and not used.
 */

const ROUND = i16x8.splat(2);

/** From blue, green, red to red, green, blue, and back, in place; whole fours of pixels. */
export function swapRedAndBlue(at: u32, count: u32): void {
  for (const end = at + 4 * count; at < end; at += 16) {
    const pixels = v128.load(at);
    v128.store(at, i8x16.shuffle(pixels, pixels, 2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15));
  }
}

/**
 * Average blocks of two by two.
 *
 * @param line bytes of a line of the source
 * @param height of the result, as is `width`
 */
export function halvePixels(from: u32, line: u32, to: u32, height: u32, width: u32): void {
  for (let y: u32 = 0; y < height; y++) {
    let a = from + 2 * y * line;
    let x: u32 = 0;
    for (; x + 2 <= width; x += 2, a += 16, to += 8) v128.store64_lane(to, averageTwo(a, a + line), 0);
    if (x < width) {
      v128.store32_lane(to, averageTwo(a, a + line), 0);
      to += 4;
    }
  }
}

/** Two pixels, from four of two lines. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function averageTwo(above: u32, below: u32): v128 {
  const a = v128.load(above), b = v128.load(below);
  const left = i16x8.add(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(b));
  const right = i16x8.add(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(b));
  const sums = i16x8.add(v128.shuffle<i64>(left, right, 0, 2), v128.shuffle<i64>(left, right, 1, 3));
  const means = i16x8.shr_u(i16x8.add(sums, ROUND), 2);
  return i8x16.narrow_i16x8_u(means, means);
}

/**
 * Scale by linear interpolation.
 *
 * @param line bytes of a line of the source
 * @param across for each pixel of a line: where the first of its two begins, and both weights in 1/2048 (16 bits each)
 * @param down for each line the same of lines, with the second one's beginning between them
 * @param lines room for two lines of 16 bytes a pixel
 */
export function scalePixels(
  from: u32, line: u32, to: u32, height: u32, width: u32, across: u32, down: u32, lines: u32,
): void {
  const room: u32 = 16 * width;
  let above = lines, below = lines + room;
  let aboveIs: u32 = u32.MAX_VALUE, belowIs: u32 = u32.MAX_VALUE;
  for (let y: u32 = 0; y < height; y++, down += 12) {
    const first = load<u32>(down), second = load<u32>(down, 4);
    if (first == belowIs) {
      const kept = above;
      above = below;
      below = kept;
      belowIs = aboveIs;
      aboveIs = first;
    }
    if (first != aboveIs) scaleLine(from + first * line, across, above, width);
    if (second != belowIs) scaleLine(from + second * line, across, below, width);
    aboveIs = first;
    belowIs = second;
    const u = i32x4.splat(load<u16>(down, 8)), v = i32x4.splat(load<u16>(down, 10));
    const end = above + room;
    let b = below;
    for (let a = above; a < end; a += 16, b += 16, to += 4) {
      const sum = i32x4.add(
        i32x4.shr_s(i32x4.mul(v128.load(a), u), 16), i32x4.shr_s(i32x4.mul(v128.load(b), v), 16),
      );
      const value = i32x4.shr_s(i32x4.add(sum, i32x4.splat(2)), 2);
      const narrow = i16x8.narrow_i32x4_s(value, value);
      v128.store32_lane(to, i8x16.narrow_i16x8_u(narrow, narrow), 0);
    }
  }
}

/** Scale a line across. The second pixel is always the next one: where there is none its weight is zero. */
function scaleLine(from: u32, across: u32, to: u32, width: u32): void {
  const end = to + 16 * width;
  for (; to < end; to += 16, across += 8) {
    const both = v128.load64_zero(from + load<u32>(across));
    const paired = v128.shuffle<i8>(both, both, 0, 4, 1, 5, 2, 6, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0);
    const weights = v128.load32_splat(across + 4);
    v128.store(to, i32x4.shr_s(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(paired), weights), 4));
  }
}
