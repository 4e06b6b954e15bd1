/** Layers of pictures in floats: what a detector such as YuNet is made of. */

import type { Kernels } from "./kernels.js";
import type { Node } from "./onnx-file.js";
import { constantOf, Unsupported, type Picture, type Step, type Surroundings, type Value } from "./values.js";

/** Inputs of the first layer's pixel: three planes' nine, and one of zeros. */
const STEM_INPUTS = 28;

/** The picture's layer that makes a value; null where it is another one. */
export function floatLayer(node: Node, around: Surroundings): Step | null {
  const rectified = node.op === "Relu" ? around.maker(node.inputs[0]!) : undefined;
  const convolution = node.op === "Conv" ? node : rectified?.op === "Conv" ? rectified : undefined;
  if (convolution) return stem(convolution, around) ?? separable(convolution, convolution !== node, around);
  if (node.op === "MaxPool") return halved(node, around);
  if (node.op === "Add") return sum(node, around);
  if (node.op === "Transpose" && listOf(node, "perm") === "0,2,3,1") return channelsLast(node, around);
  return null;
}

function shapeOf(node: Node, around: Surroundings): readonly number[] {
  return around.constants.get(node.inputs[1]!)?.dims ?? [];
}

function listOf(node: Node, name: string): string {
  return ([] as number[]).concat(node.attributes[name] ?? []).join();
}

function stem(node: Node, around: Surroundings): Step | null {
  const [outputs = 0, inputs, height, width] = shapeOf(node, around);
  const fits = inputs === 3 && height === 3 && width === 3 && outputs % 4 === 0
    && listOf(node, "strides") === "2,2" && listOf(node, "pads") === "1,1,1,1";
  if (!fits) return null;
  const { kernels } = around;
  const weights = kernels.keep(matrix(constantOf(around, node.inputs[1]), outputs, outputs, 27, STEM_INPUTS));
  const biases = kernels.keep(constantOf<Float32Array>(around, node.inputs[2]));
  return {
    inputs: [node.inputs[0]!],
    run(value) {
      if (value!.kind !== "plain") throw new Unsupported("a first layer that is none");
      const [, , rows, columns] = value!.dims as [number, number, number, number];
      const result = picture(kernels, rows / 2, columns / 2, outputs);
      const data = value!.data as Float32Array;
      const planes = kernels.take(data.byteLength);
      const room = kernels.take((columns / 2) * STEM_INPUTS * 4);
      kernels.floats(planes, data.length).set(data);
      kernels.run.stem(planes, result.at, outputs, weights, biases, room, rows / 2, columns / 2);
      kernels.give(planes);
      kernels.give(room);
      return result;
    },
  };
}

/** A convolution of 1x1 and one of 3x3 of each channel by itself. */
function separable(depth: Node, relu: boolean, around: Surroundings): Step | null {
  const point = around.maker(depth.inputs[0]!);
  if (point?.op !== "Conv") return null;
  const [outputs = 0, inputs = 0, ...size] = shapeOf(point, around);
  const fits = size.join() === "1,1" && inputs % 4 === 0 && shapeOf(depth, around).join() === `${outputs},1,3,3`
    && listOf(depth, "pads") === "1,1,1,1" && listOf(depth, "strides") === "1,1" && listOf(point, "strides") === "1,1";
  if (!fits) return null;
  const { kernels } = around;
  const stored = Math.ceil(outputs / 4) * 4;
  const points = kernels.keep(matrix(constantOf(around, point.inputs[1]), outputs, stored, inputs, inputs));
  const depths = kernels.keep(kernelsOfChannels(constantOf(around, depth.inputs[1]), outputs, stored));
  const [pointBiases, depthBiases] = [point, depth].map((node) => {
    const biases = new Float32Array(stored);
    biases.set(constantOf<Float32Array>(around, node.inputs[2]));
    return kernels.keep(biases);
  }) as [number, number];
  return {
    inputs: [point.inputs[0]!],
    run(value) {
      const from = seen(value, inputs);
      const result = picture(kernels, from.height, from.width, outputs);
      const lines = kernels.take(4 * 4 * (from.width + 2) * stored);
      kernels.run.separable(
        from.at, inputs, result.at, stored, points, pointBiases, depths, depthBiases, lines,
        from.height, from.width, Number(relu),
      );
      kernels.give(lines);
      return result;
    },
  };
}

function halved(node: Node, { kernels }: Surroundings): Step | null {
  if (listOf(node, "kernel_shape") !== "2,2" || listOf(node, "strides") !== "2,2") return null;
  return {
    inputs: [node.inputs[0]!],
    run(value) {
      const from = seen(value);
      const result = picture(kernels, from.height >> 1, from.width >> 1, from.channels);
      kernels.run.halve(from.at, result.at, from.stored, result.height, result.width);
      return result;
    },
  };
}

/** A picture and one of half its size, enlarged. */
function sum(node: Node, around: Surroundings): Step | null {
  const [first, second] = node.inputs as [string, string];
  const enlarged = around.maker(second)?.op === "Resize" ? second : first;
  const small = around.maker(enlarged);
  const scales = small && Array.from(around.constants.get(small.inputs[2]!)?.data ?? [], Number).join();
  if (small?.op !== "Resize" || scales !== "1,1,2,2") return null;
  const { kernels } = around;
  return {
    inputs: [enlarged === second ? first : second, small.inputs[0]!],
    run(value, half) {
      const [large, less] = [seen(value), seen(half)];
      const result = picture(kernels, large.height, large.width, large.channels);
      kernels.run.addTwice(large.at, less.at, result.at, large.stored, large.height, large.width);
      return result;
    },
  };
}

/** As numbers, in the order in which they lie there. */
function channelsLast(node: Node, around: Surroundings): Step | null {
  if (around.maker(node.inputs[0]!)?.op !== "Conv") return null;
  return {
    inputs: [node.inputs[0]!],
    run(value) {
      const { at, height, width, channels, stored } = seen(value);
      const from = around.kernels.floats(at, height * width * stored);
      const data = new Float32Array(height * width * channels);
      for (let pixel = 0, i = 0; pixel < from.length; pixel += stored) {
        for (let c = 0; c < channels; c++, i++) data[i] = from[pixel + c]!;
      }
      return { kind: "plain", data, dims: [1, height, width, channels] };
    },
  };
}

function picture(kernels: Kernels, height: number, width: number, channels: number): Picture {
  const stored = Math.ceil(channels / 4) * 4;
  return { kind: "floats", at: kernels.take(4 * height * width * stored), height, width, channels, stored };
}

function seen(value: Value | undefined, channels?: number): Picture {
  if (value?.kind !== "floats" || (channels && value.stored !== channels)) throw new Unsupported("a picture of another kind");
  return value;
}

/** Rows of a matrix in the kernels' order: eight outputs at a time (four at the end), input by input. */
function matrix(weights: Float32Array, outputs: number, stored: number, inputs: number, room: number): Float32Array {
  const result = new Float32Array(stored * room);
  for (let output = 0; output < outputs; output++) {
    const begin = output - (output % 8);
    const group = Math.min(8, stored - begin);
    for (let k = 0; k < inputs; k++) result[begin * room + k * group + (output % 8)] = weights[output * inputs + k]!;
  }
  return result;
}

/** For four channels at a time: nine vectors of them. */
function kernelsOfChannels(weights: Float32Array, channels: number, stored: number): Float32Array {
  const result = new Float32Array(stored * 9);
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < 9; k++) result[(c - (c % 4)) * 9 + k * 4 + (c % 4)] = weights[c * 9 + k]!;
  }
  return result;
}
