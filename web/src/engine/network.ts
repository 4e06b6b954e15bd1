/** A network on the kernels: which layers it has, in which order, and what they share. */

import type { Network, Tensor } from "../recognizer/network.js";
import { byteConvolution } from "./bytes.js";
import { floatLayer } from "./floats.js";
import type { Kernels } from "./kernels.js";
import { narrowed } from "./narrowing.js";
import { readGraph, type Graph, type Node } from "./onnx-file.js";
import { asPlain, check, COMPUTED, LAYERS } from "./plain.js";
import { plain, Unsupported, type Plain, type Step, type Surroundings, type Value } from "./values.js";

interface Ordered extends Step {
  readonly name: string;
}

/**
 * Open a model file's bytes.
 *
 * @throws Unsupported it has layers that are not here: another engine is to take it.
 */
export function openOnKernels(kernels: Kernels, file: Uint8Array): Network {
  const graph = narrowed(readGraph(file));
  const around = surroundings(kernels, graph);
  const plans = new Map<string, readonly Ordered[]>();
  const steps = new Map<string, Step>();
  for (const name of graph.outputs) order([name], graph, steps, around);

  function evaluate(inputs: Readonly<Record<string, Plain>>, outputs: readonly string[]): Float32Array[] {
    const key = outputs.join();
    const plan = plans.get(key) ?? order(outputs, graph, steps, around);
    plans.set(key, plan);
    const left = new Map<string, number>();
    for (const name of plan.flatMap((step) => step.inputs)) left.set(name, (left.get(name) ?? 0) + 1);
    const values = new Map<string, Value>(Object.entries(inputs));
    kernels.begin();
    for (const step of plan) {
      values.set(step.name, step.run(...step.inputs.map((name) => values.get(name)!)));
      for (const name of step.inputs) {
        const uses = left.get(name)! - 1;
        left.set(name, uses);
        const value = values.get(name)!;
        if (uses === 0 && value.kind !== "plain") kernels.give(value.at);
      }
    }
    return outputs.map((name) => plain(values.get(name)!, kernels).data as Float32Array);
  }

  return {
    async run(inputs, outputs) {
      const [[name, tensor]] = Object.entries(inputs) as [[string, Tensor]];
      const [batch = 1, ...rest] = tensor.shape;
      const size = tensor.data.length / batch;
      const rows = Array.from({ length: batch }, (_, i) => evaluate(
        { [name]: { kind: "plain", data: tensor.data.subarray(i * size, (i + 1) * size), dims: [1, ...rest] } }, outputs,
      ));
      return outputs.map((_, i) => joined(rows.map((row) => row[i]!)));
    },
  };
}

function joined(rows: readonly Float32Array[]): Float32Array {
  if (rows.length === 1) return rows[0]!;
  const result = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    result.set(row, at);
    at += row.length;
  }
  return result;
}

function surroundings(kernels: Kernels, { nodes, constants }: Graph): Surroundings {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  return { kernels, constants, maker: (name) => makers.get(name) };
}

/** The steps that outputs need, each after those that it needs itself. */
function order(outputs: readonly string[], graph: Graph, steps: Map<string, Step>, around: Surroundings): Ordered[] {
  const ordered: Ordered[] = [];
  const known = new Set(graph.inputs);
  const visit = (name: string): void => {
    if (known.has(name)) return;
    known.add(name);
    const step = steps.get(name) ?? stepFor(name, around);
    steps.set(name, step);
    step.inputs.forEach(visit);
    ordered.push({ ...step, name });
  };
  outputs.forEach(visit);
  return ordered;
}

function stepFor(name: string, around: Surroundings): Step {
  const node = around.maker(name);
  if (!node) throw new Unsupported(`${name} comes from nowhere`);
  const convolution = node.op === "QuantizeLinear" ? byteConvolution(node, around) : null;
  return convolution ?? floatLayer(node, around) ?? plainStep(node, around);
}

function plainStep(node: Node, { kernels, constants }: Surroundings): Step {
  const [first = "", ...rest] = node.inputs;
  const fixed = rest.map((name) => constants.get(name)).map((each) => each && asPlain(each));
  check(node, fixed);
  const layer = LAYERS[node.op]!;
  if (COMPUTED.has(node.op) && rest.length === 1 && !fixed[0]) {
    return { inputs: [first, rest[0]!], run: (...values) => layer(node, ...(values.map((value) => plain(value, kernels)) as [Plain, Plain])) };
  }
  const given = fixed.filter((each) => each !== undefined);
  return { inputs: [first], run: (value) => layer(node, plain(value!, kernels), ...given) };
}
