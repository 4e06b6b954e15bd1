/** A network in ONNX Runtime Web. */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web/wasm";
import type { Network, Tensor } from "./network.js";

type Ort = typeof import("onnxruntime-web/wasm");

/** Open a model file's bytes. */
export async function openNetwork(
  ort: Ort, bytes: Uint8Array, options: InferenceSession.SessionOptions = {},
): Promise<Network> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"], graphOptimizationLevel: "all", ...options,
  });
  const types = { float: "float32", byte: "uint8" } as const;
  return {
    async run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]) {
      const feeds: Record<string, OrtTensor> = {};
      for (const [name, { data, shape }] of Object.entries(inputs)) {
        feeds[name] = data instanceof Float32Array
          ? new ort.Tensor(types.float, data, [...shape])
          : new ort.Tensor(types.byte, data, [...shape]);
      }
      const found = await session.run(feeds, [...outputs]);
      return outputs.map((name) => found[name]!.data as Float32Array);
    },
  };
}
