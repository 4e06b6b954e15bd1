/** Layers on small arrays: what comes before and after the convolutions. */

import { roundHalfEven } from "../recognizer/geometry.js";
import type { Constant, Node } from "./onnx-file.js";
import { Unsupported, type Plain } from "./values.js";

/** From a value and the node's constants to a value. */
type Layer = (node: Node, value: Plain, ...constants: Plain[]) => Plain;

export function asPlain({ data, dims }: Constant): Plain {
  return { kind: "plain", data, dims };
}

/** A loop: `from` with a function takes twenty times as long. */
function each(value: Plain, to: (x: number) => number): Plain {
  const from = value.data as Float32Array;
  const data = new Float32Array(from.length);
  for (let i = 0; i < data.length; i++) data[i] = to(from[i]!);
  return { kind: "plain", data, dims: value.dims };
}

/** With one number, or one for each of the last axis. */
function both(a: Plain, b: Plain | undefined, to: (x: number, y: number) => number): Plain {
  const y = numbers(b);
  const single = y.length === 1 ? y[0]! : null;
  if (single !== null) return each(a, (x) => to(x, single));
  const from = a.data as Float32Array;
  const data = new Float32Array(from.length);
  for (let i = 0; i < data.length; i++) data[i] = to(from[i]!, y[i % y.length]!);
  return { kind: "plain", data, dims: a.dims };
}

function numbers(constant: Plain | undefined): Float32Array {
  if (!constant) throw new Unsupported("a constant that is computed");
  return constant.data as Float32Array;
}

function shaped(value: Plain, dims: readonly number[]): Plain {
  const known = dims.map((size, i) => (size === 0 ? value.dims[i]! : size));
  const rest = value.data.length / known.filter((size) => size > 0).reduce((a, b) => a * b, 1);
  return { ...value, dims: known.map((size) => (size < 0 ? rest : size)) };
}

function transposed(value: Plain, order: readonly number[]): Plain {
  const dims = order.map((axis) => value.dims[axis]!);
  // One channel may stand anywhere.
  if (value.dims.filter((size, axis) => size > 1 && order[axis] !== axis).length < 2 || value.dims.at(-1) === 1) return { ...value, dims };
  const strides = value.dims.map((_, axis) => value.dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const data = value.data.slice() as Float32Array;
  const from = value.data as Float32Array;
  const place = order.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    let at = 0;
    for (let axis = 0; axis < order.length; axis++) at += place[axis]! * strides[order[axis]!]!;
    data[i] = from[at]!;
    for (let axis = order.length - 1; axis >= 0 && ++place[axis]! === dims[axis]; axis--) place[axis] = 0;
  }
  return { kind: "plain", data, dims };
}

/** Mean over all but the first two axes. */
function means(value: Plain): Plain {
  const [batch, channels] = value.dims as [number, number];
  const data = value.data as Float32Array;
  const size = data.length / batch / channels;
  const result = new Float32Array(batch * channels);
  for (let i = 0; i < result.length; i++) {
    let sum = 0;
    for (let k = i * size; k < (i + 1) * size; k++) sum += data[k]!;
    result[i] = sum / size;
  }
  return { kind: "plain", data: result, dims: [batch, channels, 1, 1] };
}

function product(value: Plain, matrix?: Plain, bias?: Plain): Plain {
  const [x, w] = [value.data as Float32Array, numbers(matrix)];
  const [outputs, inputs] = matrix!.dims as [number, number];
  const b = bias ? numbers(bias) : new Float32Array(outputs);
  const data = Float32Array.from(b, (start, row) => {
    let sum = start;
    for (let k = 0; k < inputs; k++) sum += x[k]! * w[row * inputs + k]!;
    return sum;
  });
  return { kind: "plain", data, dims: [1, outputs] };
}

/** A 3x3 convolution with a frame of zeros: the first layer, where it is not in bytes. */
function convolution(image: Plain, kernel?: Plain, bias?: Plain): Plain {
  const [x, w, b] = [image.data as Float32Array, numbers(kernel), numbers(bias)];
  const [, inputs, height, width] = image.dims as [number, number, number, number];
  const [outputs] = kernel!.dims as [number];
  const line = width + 2;
  const framed = new Float32Array(inputs * (height + 2) * line);
  for (let row = 0; row < inputs * height; row++) {
    const to = (row + 1 + 2 * Math.floor(row / height)) * line + 1;
    framed.set(x.subarray(row * width, (row + 1) * width), to);
  }
  const data = new Float32Array(outputs * height * width);
  for (let o = 0, k = 0; o < outputs; o++) {
    const plane = data.subarray(o * height * width, (o + 1) * height * width).fill(b[o]!);
    for (let tap = 0; tap < inputs * 9; tap++, k++) {
      const weight = w[k]!;
      const from = (Math.floor(tap / 9) * (height + 2) + Math.floor((tap % 9) / 3)) * line + (tap % 3);
      for (let y = 0, i = 0; y < height; y++) {
        for (let at = from + y * line, end = at + width; at < end; at++, i++) plane[i]! += weight * framed[at]!;
      }
    }
  }
  return { kind: "plain", data, dims: [1, outputs, height, width] };
}

function softmax(value: Plain): Plain {
  const data = value.data as Float32Array;
  const most = Math.max(...data);
  const powers = data.map((x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b);
  return { kind: "plain", data: powers.map((x) => x / sum), dims: value.dims };
}

function quantized(value: Plain, scale?: Plain, zero?: Plain): Plain {
  const [step, middle] = [numbers(scale)[0]!, numbers(zero)[0]!];
  const from = value.data as Float32Array;
  const data = new Uint8Array(from.length);
  for (let i = 0; i < from.length; i++) {
    const whole = roundHalfEven(Math.fround(from[i]! / step)) + middle;
    data[i] = whole < 0 ? 0 : whole > 255 ? 255 : whole;
  }
  return { kind: "plain", data, dims: value.dims };
}

function is(node: Node, attribute: string, wanted: string): boolean {
  return ([] as number[]).concat(node.attributes[attribute] ?? []).join() === wanted;
}

/** By ONNX's names. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  Cast: (_, value) => each(value, (x) => x),
  // A shape that is computed says in how many rows the same numbers are to be read.
  Reshape: (_, value, shape) => (shape ? shaped(value, Array.from(shape.data as BigInt64Array, Number)) : value),
  Transpose: (node, value) => transposed(value, node.attributes["perm"] as readonly number[]),
  Sub: (_, a, b) => both(a, b, (x, y) => x - y),
  Add: (_, a, b) => both(a, b, (x, y) => x + y),
  Mul: (_, a, b) => both(a, b, (x, y) => x * y),
  Div: (_, a, b) => both(a, b, (x, y) => x / y),
  Pow: (_, a, b) => both(a, b, (x, y) => x ** y),
  Sqrt: (_, value) => each(value, Math.sqrt),
  Clip: (_, value, least) => both(value, least, Math.max),
  Relu: (_, value) => each(value, (x) => Math.max(0, x)),
  Tanh: (_, value) => each(value, Math.tanh),
  Sigmoid: (_, value) => each(value, (x) => 1 / (1 + Math.exp(-x))),
  Conv: (_, value, kernel, bias) => convolution(value, kernel, bias),
  QuantizeLinear: (_, value, scale, zero) => quantized(value, scale, zero),
  DequantizeLinear: (_, value, scale, zero) => {
    const [step, middle] = [numbers(scale)[0]!, numbers(zero)[0]!];
    return each(value, (x) => (x - middle) * step);
  },
  GlobalAveragePool: (_, value) => means(value),
  ReduceMean: (_, value) => means(value),
  Flatten: (_, value) => shaped(value, [value.dims[0]!, -1]),
  Gemm: (_, value, matrix, bias) => product(value, matrix, bias),
  Softmax: (_, value) => softmax(value),
};

/** Layers whose second value may be computed too: a single number, such as a face's mean, or the first one again. */
export const COMPUTED: ReadonlySet<string> = new Set(["Sub", "Mul", "Div"]);

/** @throws Unsupported the node asks for more than its layer here does. */
export function check(node: Node, constants: readonly (Plain | undefined)[]): void {
  const dims = constants[0]?.dims ?? [];
  const refused = {
    Conv: dims[2] !== 3 || dims[3] !== 3 || !is(node, "pads", "1,1,1,1") || !is(node, "strides", "1,1") || constants.length < 2,
    // Over a picture's planes, or all of it where it has one.
    ReduceMean: node.attributes["noop_with_empty_axes"] === 1 || node.attributes["keepdims"] === 0,
    Clip: constants.length !== 1,
    Gemm: !is(node, "transB", "1") || constants.length < 1,
    Softmax: ![1, -1].includes((node.attributes["axis"] as number | undefined) ?? -1),
  }[node.op];
  if (refused || !LAYERS[node.op]) throw new Unsupported(`a layer ${node.op} of this kind`);
}
