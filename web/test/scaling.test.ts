/** The kernels scale pictures to the very bytes that JavaScript does. */

import { expect, test } from "vitest";
import { scalerOn } from "../src/engine/scaling.js";
import { scaled, type Part, type Pixels } from "../src/recognizer/pixels.js";
import { openKernels, pattern } from "./support.js";

const image = pattern(321, 240);

const colors = ({ data }: Pixels) => Uint8Array.from(data).filter((_, i) => i % 4 < 3);

const cases: [string, Part, number, number, boolean][] = [
  ["the whole as it is", { left: 0, top: 0, width: 321, height: 240 }, 321, 240, false],
  ["halves", { left: 1, top: 2, width: 320, height: 96 }, 160, 48, false],
  ["halves of an odd width", { left: 7, top: 2, width: 308, height: 96 }, 77, 24, false],
  ["halves down to one pixel", { left: 3, top: 3, width: 2, height: 2 }, 1, 1, false],
  ["a little smaller", { left: 0, top: 0, width: 321, height: 240 }, 320, 239, false],
  ["an odd size, much smaller", { left: 0, top: 0, width: 321, height: 239 }, 48, 48, false],
  ["coarsely", { left: 20, top: 0, width: 240, height: 240 }, 40, 40, true],
  ["larger, at the last corner", { left: 300, top: 219, width: 21, height: 21 }, 96, 96, true],
  ["one pixel enlarged", { left: 320, top: 239, width: 1, height: 1 }, 7, 5, false],
];

test.each(cases)("%s", async (_, part, width, height, coarse) => {
  const scale = scalerOn(await openKernels());
  const found = scale(image, part, width, height, coarse);
  expect([found.width, found.height]).toEqual([width, height]);
  expect(colors(found)).toEqual(colors(scaled(image, part, width, height, coarse)));
});
