import { expect, test } from "vitest";
import { compileKernels } from "../kernels/compile.js";
import { Kernels } from "../src/engine/kernels.js";
import { openOnKernels } from "../src/engine/network.js";
import { Unsupported } from "../src/engine/values.js";
import { openShipped } from "./support.js";

const FACES = [8, 16, 32].map((stride) => `faces_${stride}`);
const wave = (i: number) => 127 + 120 * Math.sin(i / 7 + (i * i) / 1e4);

/** Names of a network, of its input and outputs, and shapes; a map of less than four pixels a line among them. */
const CASES = [
  ["default", "faces", ["probabilities", "probabilities_fer2013", "presence"], [3, 48, 48, 1]],
  ["fast", "faces", ["probabilities", "probabilities_fer2013", "presence"], [2, 48, 48, 1]],
  ["yunet", "input", FACES, [1, 3, 96, 96]],
  ["yunet", "input", FACES, [1, 3, 192, 320]],
  ["yunet", "input", FACES, [1, 3, 736, 1280]],
] as const;

test.each(CASES)("%s gives what ONNX Runtime gives", async (name, input, outputs, shape) => {
  const length = shape.reduce<number>((a, b) => a * b, 1);
  const data = name === "yunet" ? Float32Array.from({ length }, (_, i) => wave(i)) : Uint8Array.from({ length }, (_, i) => wave(i));
  const [ours, theirs] = await Promise.all((["kernels", "onnxruntime"] as const).map(async (engine) =>
    (await openShipped(name, engine)).run({ [input]: { data, shape } }, outputs)));
  ours!.forEach((values, i) => {
    expect(values.length).toBe(theirs![i]!.length);
    const off = (value: number, other: number) => Math.abs(value - other) / Math.max(1, Math.abs(other));
    const worst = values.reduce((most, value, k) => Math.max(most, off(value, theirs![i]![k]!)), 0);
    expect(worst, outputs[i]).toBeLessThan(1e-5);
  });
});

test("a run does not see what an earlier one of another size left", async () => {
  const network = await openShipped("yunet");
  const seen = async (side: number, value: (i: number) => number) => {
    const data = Float32Array.from({ length: 3 * side * side }, (_, i) => value(i));
    return (await network.run({ input: { data, shape: [1, 3, side, side] } }, ["faces_8"]))[0]!;
  };
  const before = await seen(96, wave);
  await seen(320, () => 255);
  expect(await seen(96, wave)).toEqual(before);
});

test("memory stays as large as the largest run needs", async () => {
  const kernels = (await Kernels.open(await compileKernels()))!;
  const { readFile } = await import("node:fs/promises");
  const network = openOnKernels(kernels, await readFile(new URL("../../src/mimika/assets/yunet.onnx", import.meta.url)));
  const look = (rows: number, columns: number) =>
    network.run({ input: { data: new Float32Array(3 * rows * columns), shape: [1, 3, rows, columns] } }, FACES);
  await look(736, 1280);
  const size = kernels.run.memory.buffer.byteLength;
  for (const side of [96, 640, 320]) await look(side, side);
  await look(736, 1280);
  expect(kernels.run.memory.buffer.byteLength).toBe(size);
  expect(size).toBeLessThan(80e6);
});

test("a network with other layers is left to ONNX Runtime", async () => {
  const kernels = (await Kernels.open(await compileKernels()))!;
  // The smallest model: one node, LSTM, from x to y.
  const node = [10, 1, 120, 18, 1, 121, 34, 4, ...new TextEncoder().encode("LSTM")];
  const graph = [10, node.length, ...node, 90, 3, 10, 1, 120, 98, 3, 10, 1, 121];
  expect(() => openOnKernels(kernels, new Uint8Array([58, graph.length, ...graph]))).toThrow(Unsupported);
});

test("a browser without relaxed SIMD is told from one with it", async () => {
  const unknown = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 99]);
  expect(await Kernels.open(unknown)).toBeNull();
});
