/** Colors in CIE L*a*b* as OpenCV gives them (sRGB, white point D65). */

const LINEAR = Float64Array.from({ length: 256 }, (_, i) => linear(i / 255));
const WHITE_X = 0.950456;
const WHITE_Z = 1.088754;

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function root(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}

/** Lightness 0 to 100, a and b about -127 to 127, of red, green and blue from 0 to 255 (whole numbers). */
export function lab(red: number, green: number, blue: number): [number, number, number] {
  const [r, g, b] = [LINEAR[red]!, LINEAR[green]!, LINEAR[blue]!];
  const x = root((0.412453 * r + 0.35758 * g + 0.180423 * b) / WHITE_X);
  const y = 0.212671 * r + 0.71516 * g + 0.072169 * b;
  const z = root((0.019334 * r + 0.119193 * g + 0.950227 * b) / WHITE_Z);
  const lightness = y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
  return [lightness, 500 * (x - root(y)), 200 * (root(y) - z)];
}

/** In OpenCV's fixed point, digit for digit: colors near a bin's edge must fall on the same side. */
const GAMMA = Int32Array.from(LINEAR, (value) => Math.round(255 * 8 * value));
const ROOTS = Int32Array.from({ length: 3072 }, (_, i) => Math.round(32768 * root(i / (255 * 8))));
const ROWS = [
  [0.412453 / WHITE_X, 0.35758 / WHITE_X, 0.180423 / WHITE_X], [0.212671, 0.71516, 0.072169],
  [0.019334 / WHITE_Z, 0.119193 / WHITE_Z, 0.950227 / WHITE_Z],
].map((row) => row.map((share) => Math.round(share * 4096))) as unknown as readonly [Row, Row, Row];
const LIGHTNESS_SCALE = 296;
const LIGHTNESS_SHIFT = Math.floor((16 * 255 * 32768 + 50) / 100);

type Row = readonly [number, number, number];

/** The same in bytes: lightness from 0 to 255, a and b plus 128. */
export function labBytes(red: number, green: number, blue: number): [number, number, number] {
  const [r, g, b] = [GAMMA[red]!, GAMMA[green]!, GAMMA[blue]!];
  const [x, y, z] = ROWS.map((row) => ROOTS[(r * row[0] + g * row[1] + b * row[2] + 2048) >> 12]!) as [number, number, number];
  const whole = (value: number) => (value + 16384) >> 15;
  const middle = 128 * 32768;
  return [whole(LIGHTNESS_SCALE * y - LIGHTNESS_SHIFT), whole(500 * (x - y) + middle), whole(200 * (y - z) + middle)];
}
