/** A second look for tilted faces, at a picture in which none was found; as mimika.detection.tilted. */

import { center, roundHalfEven } from "./geometry.js";
import { blank, scaled, type Pixels } from "./pixels.js";
import type { Detection } from "./suppression.js";
import type { YuNet } from "./yunet.js";

const TURNS = [45, -45] as const;
/** Longer side of the copy that is turned: tilted faces that are missed fill the picture. */
const LONGEST = 640;
/** A second look sees a further chance for what is no face: it takes no doubtful ones. */
const LEAST_SCORE = 0.7;

/** From pixels of a turned picture to those of the picture: x = a u + b v + c, y = -b u + a v + d. */
interface Back {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** Look at a picture turned by 45 degrees to either side: faces of the turn that shows the better one. */
export async function detectTilted(detector: YuNet, image: Pixels): Promise<Detection[]> {
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const width = Math.max(1, roundHalfEven(image.width * scale));
  const height = Math.max(1, roundHalfEven(image.height * scale));
  const whole = { left: 0, top: 0, width: image.width, height: image.height };
  const copy = scale < 1 ? scaled(image, whole, width, height) : image;
  const looks: Detection[][] = [];
  for (const degrees of TURNS) {
    const { picture, back } = turned(copy, degrees);
    const found = (await detector.detectThoroughly(picture)).filter(({ score }) => score >= LEAST_SCORE);
    looks.push(found.map((each) => turnedBack(each, back, width / image.width)));
  }
  const best = (found: readonly Detection[]) => Math.max(0, ...found.map(({ score }) => score));
  return looks.reduce((a, b) => (best(b) > best(a) ? b : a));
}

/** Turn a picture clockwise, on a black square that holds it all; linear between pixels' centers. */
export function turned(image: Pixels, degrees: number): { picture: Pixels; back: Back } {
  const { width, height, channels, data } = image;
  const side = Math.ceil(Math.hypot(height, width));
  const a = Math.cos((degrees * Math.PI) / 180);
  const b = Math.sin((degrees * Math.PI) / 180);
  const middle = (side - 1) / 2;
  const back = { a, b, c: (width - 1) / 2 - middle * (a + b), d: (height - 1) / 2 - middle * (a - b) };
  const picture = blank(side, side, channels);
  const at = (x: number, y: number, k: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : data[(y * width + x) * channels + k]!;
  for (let v = 0, o = 0; v < side; v++) {
    for (let u = 0; u < side; u++, o += channels) {
      const x = a * u + b * v + back.c;
      const y = -b * u + a * v + back.d;
      const left = Math.floor(x);
      const top = Math.floor(y);
      if (left < -1 || top < -1 || left >= width || top >= height) continue;
      const across = x - left;
      const down = y - top;
      for (let k = 0; k < channels; k++) {
        const above = at(left, top, k) * (1 - across) + at(left + 1, top, k) * across;
        const below = at(left, top + 1, k) * (1 - across) + at(left + 1, top + 1, k) * across;
        picture.data[o + k] = Math.round(above * (1 - down) + below * down);
      }
    }
  }
  return { picture, back };
}

/** A face of the turned picture in pixels of the whole one: a box around the same middle. */
function turnedBack({ box, score }: Detection, { a, b, c, d }: Back, scale: number): Detection {
  // Turns go between the middles of pixels, boxes between their edges.
  const [u, v] = center(box).map((value) => value - 0.5) as [number, number];
  const x = (a * u + b * v + c + 0.5) / scale;
  const y = (-b * u + a * v + d + 0.5) / scale;
  const width = box.width / scale;
  const height = box.height / scale;
  return { score, box: { x: x - width / 2, y: y - height / 2, width, height } };
}
