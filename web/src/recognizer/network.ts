/** What runs a network: the part of ONNX Runtime that is needed, so that tests may run another. */

export type Values = Float32Array | Uint8Array;

export interface Tensor {
  readonly data: Values;
  readonly shape: readonly number[];
}

export interface Network {
  /** Run with inputs by name; the outputs that are asked for, in order. */
  run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Float32Array[]>;
}
