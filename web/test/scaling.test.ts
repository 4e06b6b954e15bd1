/** The kernels scale pictures to the very bytes that JavaScript does. */

import { expect, test } from "vitest";
import { HeldPicture } from "../src/engine/held-picture.js";
import type { Kernels } from "../src/engine/kernels.js";
import { scalerOn } from "../src/engine/scaling.js";
import { scaled, type Part, type Pixels } from "../src/recognizer/pixels.js";
import { openKernels, pattern } from "./support.js";

const image = pattern(321, 240);

const colors = ({ data }: Pixels) => Uint8Array.from(data).filter((_, i) => i % 4 < 3);

const cases: [string, Part, number, number, number][] = [
  ["the whole as it is", { left: 0, top: 0, width: 321, height: 240 }, 321, 240, 0],
  ["halves", { left: 1, top: 2, width: 320, height: 96 }, 160, 48, 0],
  ["halves of an odd width", { left: 7, top: 2, width: 308, height: 96 }, 77, 24, 0],
  ["halves down to one pixel", { left: 3, top: 3, width: 2, height: 2 }, 1, 1, 0],
  ["a little smaller", { left: 0, top: 0, width: 321, height: 240 }, 320, 239, 0],
  ["an odd size, much smaller", { left: 0, top: 0, width: 321, height: 239 }, 48, 48, 0],
  ["coarsely", { left: 20, top: 0, width: 240, height: 240 }, 40, 40, 2],
  ["coarsely, to more at first", { left: 20, top: 0, width: 240, height: 240 }, 20, 20, 4],
  ["larger, at the last corner", { left: 300, top: 219, width: 21, height: 21 }, 96, 96, 2],
  ["one pixel enlarged", { left: 320, top: 239, width: 1, height: 1 }, 7, 5, 0],
];

const firstDifference = (one: Pixels, other: Pixels) => {
  const expected = colors(other);
  return colors(one).findIndex((value, i) => value !== expected[i]);
};

function held(kernels: Kernels, { width, height, data }: Pixels): HeldPicture {
  const picture = new HeldPicture(kernels, width, height);
  picture.data.set(data);
  return picture;
}

test.each(cases)("%s", async (_, part, width, height, coarse) => {
  const scale = scalerOn(await openKernels());
  const found = scale(image, part, width, height, coarse);
  expect([found.width, found.height]).toEqual([width, height]);
  expect(colors(found)).toEqual(colors(scaled(image, part, width, height, coarse)));
});

test.each(cases)("%s, of a picture in the kernels' memory", async (_, part, width, height, coarse) => {
  const kernels = await openKernels();
  const found = scalerOn(kernels)(held(kernels, image), part, width, height, coarse);
  expect([found.width, found.height]).toEqual([width, height]);
  expect(colors(found)).toEqual(colors(scaled(image, part, width, height, coarse)));
});

test("a picture stays while the kernels' memory grows, until a larger one takes its place", async () => {
  const kernels = await openKernels();
  const picture = held(kernels, image);
  const before = kernels.run.memory.buffer;
  kernels.begin();
  kernels.take(before.byteLength);
  expect(kernels.run.memory.buffer).not.toBe(before);
  expect(firstDifference(picture, image)).toBe(-1);
  const larger = pattern(500, 400);
  expect(firstDifference(held(kernels, larger), larger)).toBe(-1);
  expect(firstDifference(held(kernels, image), image)).toBe(-1);
});

test.each([[63, 10], [3, 3], [1, 1]])("red and blue change places: %d by %d", async (width, height) => {
  const picture = held(await openKernels(), pattern(width, height));
  const expected = Uint8Array.from(picture.data);
  for (let i = 0; i < expected.length; i += 4) [expected[i], expected[i + 2]] = [expected[i + 2]!, expected[i]!];
  picture.swapRedAndBlue();
  expect(Uint8Array.from(picture.data)).toEqual(expected);
});
