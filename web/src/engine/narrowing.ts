/**
 * The first convolution of a gray face with one channel, as it was before training/quantization/rewriting.py let it
 * take four neighboring pixels as channels. That spares ONNX Runtime time; these kernels take one channel as it is.
 */

import type { Constant, Graph, Node } from "./onnx-file.js";

const COLUMNS = 4;

/** The graph with that convolution, the same to the bit; as it is where none was widened. */
export function narrowed(graph: Graph): Graph {
  const { nodes, constants } = graph;
  const maker = (name: string | undefined) => nodes.find(({ outputs }) => name !== undefined && outputs.includes(name));
  const user = (node: Node | undefined, op: string) => nodes.find(({ op: own, inputs }) => own === op && inputs[0] === node?.outputs[0]);
  const convolution = nodes.find(({ op }) => op === "Conv");
  const [image, kernel, bias] = (convolution?.inputs ?? []).map(maker);
  const weights = constants.get(kernel?.inputs[0] ?? "");
  const turned = maker(image?.inputs[0]);
  const shaped = maker(turned?.inputs[0]);
  const rounded = user(convolution, "QuantizeLinear");
  const back = user(user(user(rounded, "Transpose"), "Reshape"), "Transpose");
  const widened = weights?.dims[1] === COLUMNS && turned?.op === "Transpose" && shaped?.op === "Reshape";
  if (!widened || !image || !kernel || !bias || !rounded || !back) return graph;
  const count = weights.dims[0]! / COLUMNS;
  const names = new Map([[image.inputs[0]!, shaped.inputs[0]!], [back.outputs[0]!, rounded.outputs[0]!]]);
  const changed = new Map<string, Constant>([[kernel.inputs[0]!, firstPlace(weights, count)]]);
  for (const name of [...kernel.inputs.slice(1), ...bias.inputs]) {
    const each = constants.get(name)!;
    if (each.dims[0] === weights.dims[0]) changed.set(name, { data: each.data.slice(0, count), dims: [count] });
  }
  return {
    ...graph,
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => names.get(name) ?? name) })),
    constants: new Map([...constants, ...changed]),
  };
}

/** The kernels of the first of the four places: its neighbor before is the last of the four before. */
function firstPlace({ data }: Constant, count: number): Constant {
  const kernels = new Int8Array(count * 9);
  const seen = [[COLUMNS - 1, 0], [0, 1], [1, 1]] as const;
  for (let kernel = 0, i = 0; kernel < count; kernel++) {
    for (let row = 0; row < 3; row++) {
      for (const [channel, column] of seen) kernels[i++] = Number(data[((kernel * COLUMNS + channel) * 3 + row) * 3 + column]);
    }
  }
  return { data: kernels, dims: [count, 1, 3, 3] };
}
