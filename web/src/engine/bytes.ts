/**
 * Convolutions of 3x3 in bytes, as ONNX Runtime quantizes them: between QuantizeLinear and DequantizeLinear, with
 * a rectifier in steps of its own.
 *
 * Weights have 7 of their 8 bits (training/quantization), -64 to 64. The dot product takes 0 to 127: they are raised
 * by 63 where a channel reaches 64, else by 64. Where one reaches both ends, what its -64 lack is taken off after.
 */

import type { Node } from "./onnx-file.js";
import { constantOf, Unsupported, type Picture, type Step, type Surroundings, type Value } from "./values.js";

/** What the kernels take at once: values of a pixel, channels, pixels. */
const VALUES = 16;
const CHANNELS = 8;
const TILE = 6;
/** The kernel of three by three, its lines in whole fours of bytes. */
const TAPS = 9;
const covered = (inputs: number) => Math.ceil((3 * inputs) / 4) * 4;
/** Of kernels/bytes.ts' Layer and Place. */
const LAYER_BYTES = 84;
const PLACE_BYTES = 12;
/** Of one weight that is corrected. */
const EXTRA_BYTES = 32;

interface Scale {
  readonly step: number;
  readonly zero: number;
}

interface Matched {
  readonly convolution: Node;
  readonly own: Scale;
  /** After a rectifier. */
  readonly next: Scale | null;
}

/** The convolution that ends in a QuantizeLinear; null where another layer does. */
export function byteConvolution(node: Node, around: Surroundings): Step | null {
  const found = match(node, around);
  if (!found) return null;
  const { convolution } = found;
  const [image, kernel, bias] = convolution.inputs.map((name) => around.maker(name));
  if (image?.op !== "DequantizeLinear" || kernel?.op !== "DequantizeLinear" || bias?.op !== "DequantizeLinear") return null;
  const { dims } = around.constants.get(kernel.inputs[0]!)!;
  const [outputs, inputs] = dims as [number, number];
  const stride = firstOf(convolution, "strides");
  const fits = dims[2] === 3 && dims[3] === 3 && [1, 2].includes(stride) && firstOf(convolution, "pads") === 1
    && outputs % CHANNELS === 0 && (inputs === 1 || inputs % VALUES === 0);
  if (!fits) throw new Unsupported(`a convolution in bytes of ${dims.join("x")}`);
  const seen = scaleOf(image, around);
  const layer = packed(
    constantOf<Int8Array>(around, kernel.inputs[0]), constantOf<Int32Array>(around, bias.inputs[0]), outputs, inputs, seen.zero,
  );
  const steps = constantOf<Float32Array>(around, kernel.inputs[1]);
  const scales = steps.map((step) => Math.fround(Math.fround(seen.step * step) / found.own.step));
  const { kernels } = around;
  const kept = {
    weights: kernels.keep(layer.weights), extras: kernels.keep(extras(layer.lowest, outputs, around)),
    raised: kernels.keep(layer.raised), added: kernels.keep(layer.added), scales: kernels.keep(scales),
    room: kernels.keep(new Uint8Array(LAYER_BYTES)),
  };
  return {
    inputs: [image.inputs[0]!],
    run: (value) => run(value!, { ...kept, ...found, inputs, outputs, stride, zero: seen.zero }, around),
  };
}

/** The weights in the kernels' order, and what their shifts add to the sums. */
function packed(weights: Int8Array, bias: Int32Array, outputs: number, inputs: number, zero: number) {
  const line = covered(inputs);
  const result = {
    weights: new Uint8Array(outputs * 3 * line), raised: new Int32Array(outputs), added: new Int32Array(outputs),
    /** Weights that the kernels' numbers do not reach: channel, line, and place in it. */
    lowest: [] as [number, number, number][],
  };
  for (let o = 0; o < outputs; o++) {
    const own = weights.subarray(o * TAPS * inputs, (o + 1) * TAPS * inputs);
    const raised = own.includes(64) ? 63 : 64;
    const begin = (o - (o % CHANNELS)) * 3 * line + (o % CHANNELS) * 4;
    let sum = 0;
    for (let k = 0; k < TAPS * inputs; k++) {
      // From channels first to channels last.
      const tap = k % TAPS;
      const [row, place] = [Math.floor(tap / 3), (tap % 3) * inputs + Math.floor(k / TAPS)];
      const weight = own[k]!;
      if (weight < -raised) result.lowest.push([o, row, place]);
      const at = row * line + place;
      result.weights[begin + (at - (at % 4)) * CHANNELS + (at % 4)] = Math.max(0, weight + raised);
      sum += weight;
    }
    result.raised[o] = raised;
    // Stored values are less 128, and mean as much more than the image's zero.
    result.added[o] = bias[o]! + (128 - zero) * sum;
  }
  return result;
}

/** For each four channels the address of their list, as kernels/bytes.ts reads it. */
function extras(
  lowest: readonly (readonly [number, number, number])[], outputs: number, { kernels }: Surroundings,
): Int32Array {
  const found = new Int32Array(outputs / 4);
  for (const group of new Set(lowest.map(([channel]) => Math.floor(channel / 4)))) {
    const own = lowest.filter(([channel]) => Math.floor(channel / 4) === group);
    const list = new Int32Array(((own.length + 1) * EXTRA_BYTES) / 4);
    list[0] = own.length;
    own.forEach(([channel, line, place], i) => {
      const at = ((i + 1) * EXTRA_BYTES) / 4;
      list[at + (channel % 4)] = -1;
      list[at + 4] = line;
      list[at + 5] = place;
    });
    found[group] = kernels.keep(list);
  }
  return found;
}

interface Layer extends Matched {
  readonly weights: number;
  readonly extras: number;
  readonly raised: number;
  readonly added: number;
  readonly scales: number;
  readonly room: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  readonly zero: number;
}

function run(value: Value, layer: Layer, { kernels }: Surroundings): Picture {
  const [rows, columns] = value.kind === "plain" ? value.dims.slice(2) as [number, number] : [value.height, value.width];
  const height = Math.ceil(rows / layer.stride);
  const width = Math.ceil(columns / layer.stride);
  const line = (columns + 2) * layer.inputs;
  const source = value.kind === "bytes" ? value.at : kernels.take((rows + 2) * line);
  const target = kernels.take((height + 2) * (width + 2) * layer.outputs);
  const sums = kernels.take(4 * (rows + 2) * (columns + 2));
  const places = kernels.take(PLACE_BYTES * (height * width + TILE));
  if (value.kind === "plain") framed(value.data as Uint8Array, rows, columns, layer, kernels.bytes(source, (rows + 2) * line));
  const targetLine = (width + 2) * layer.outputs;
  const zero = (layer.next ?? layer.own).zero ^ 128;
  const view = kernels.bytes(target, (height + 2) * targetLine);
  view.fill(zero, 0, targetLine + layer.outputs);
  for (let y = 1; y <= height; y++) view.fill(zero, (y + 1) * targetLine - layer.outputs, (y + 1) * targetLine + layer.outputs);
  view.fill(zero, (height + 1) * targetLine);
  const fields = new DataView(kernels.run.memory.buffer, layer.room, LAYER_BYTES);
  [
    source, target + targetLine + layer.outputs, layer.weights, layer.extras, layer.raised, layer.added, layer.scales, sums,
    places, layer.inputs, line, covered(layer.inputs), layer.stride, height, width, layer.outputs, targetLine, layer.own.zero,
  ].forEach((number, i) => { fields.setUint32(4 * i, number, true); });
  fields.setFloat32(72, layer.own.step, true);
  fields.setInt32(76, layer.next?.zero ?? 0, true);
  fields.setFloat32(80, layer.next?.step ?? 0, true);
  kernels.run.convolve(layer.room);
  kernels.give(sums);
  kernels.give(places);
  if (value.kind === "plain") kernels.give(source);
  return { kind: "bytes", at: target, height, width, channels: layer.outputs, stored: layer.outputs };
}

/** From channels first to pixels of channels with a frame. */
function framed(data: Uint8Array, rows: number, columns: number, { inputs, zero }: Layer, to: Uint8Array): void {
  to.fill(zero ^ 128);
  const line = (columns + 2) * inputs;
  for (let c = 0, i = 0; c < inputs; c++) {
    for (let y = 0; y < rows; y++) {
      let o = (y + 1) * line + inputs + c;
      for (let x = 0; x < columns; x++, i++, o += inputs) to[o] = data[i]! ^ 128;
    }
  }
}

function match(last: Node, around: Surroundings): Matched | null {
  const before = around.maker(last.inputs[0]!);
  if (before?.op === "Conv") return { convolution: before, own: scaleOf(last, around), next: null };
  if (before?.op !== "Relu") return null;
  const undone = around.maker(before.inputs[0]!);
  const own = undone?.op === "DequantizeLinear" ? around.maker(undone.inputs[0]!) : undefined;
  const convolution = own?.op === "QuantizeLinear" ? around.maker(own.inputs[0]!) : undefined;
  if (convolution?.op !== "Conv") return null;
  return { convolution, own: scaleOf(own!, around), next: scaleOf(last, around) };
}

function scaleOf(node: Node, around: Surroundings): Scale {
  return { step: constantOf(around, node.inputs[1])[0] as number, zero: constantOf(around, node.inputs[2])[0] as number };
}

function firstOf(node: Node, name: string): number {
  const value = node.attributes[name];
  return typeof value === "object" ? value[0]! : (value as number | undefined) ?? 0;
}
