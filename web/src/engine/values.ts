/** What flows between a network's layers. */

import type { Kernels } from "./kernels.js";
import type { Constant, Node, Numbers } from "./onnx-file.js";

/** Numbers in ONNX's order. */
export interface Plain {
  readonly kind: "plain";
  readonly data: Numbers;
  readonly dims: readonly number[];
}

/** A picture in the kernels' memory: rows of pixels of channels. */
export interface Picture {
  /** "bytes" are stored less 128 and have a frame of one pixel; "floats" have none. */
  readonly kind: "bytes" | "floats";
  readonly at: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Channels as they lie there, a multiple of four. */
  readonly stored: number;
}

export type Value = Plain | Picture;

/** One layer, or several at once. */
export interface Step {
  readonly inputs: readonly string[];
  run(...inputs: Value[]): Value;
}

/** What a step is made from. */
export interface Surroundings {
  readonly kernels: Kernels;
  readonly constants: ReadonlyMap<string, Constant>;
  /** The node that makes a value. */
  maker(name: string): Node | undefined;
}

/** Numbers in ONNX's order: channels first. */
export function plain(value: Value, kernels: Kernels): Plain {
  if (value.kind === "plain") return value;
  const { at, height, width, channels, stored, kind } = value;
  const dims = [1, channels, height, width];
  const count = channels * height * width;
  if (kind === "floats") {
    const from = kernels.floats(at, height * width * stored);
    return { kind: "plain", data: turned(from, new Float32Array(count), 0, width * stored, stored, value), dims };
  }
  const line = (width + 2) * stored;
  const from = kernels.bytes(at, (height + 2) * line);
  const data = turned(from, new Uint8Array(count), line + stored, line, stored, value);
  return { kind: "plain", data: data.map((each) => each ^ 128), dims };
}

function turned<T extends Float32Array | Uint8Array>(
  from: T, to: T, begin: number, line: number, pixel: number, { height, width, channels }: Picture,
): T {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = begin + y * line + x * pixel;
      for (let c = 0; c < channels; c++) to[(c * height + y) * width + x] = from[at + c]!;
    }
  }
  return to;
}

/** A network that these layers do not cover: another engine takes it. */
export class Unsupported extends Error {
  override name = "Unsupported";
}

export function constantOf<T extends Numbers>(at: Surroundings, name: string | undefined): T {
  const found = at.constants.get(name ?? "");
  if (!found) throw new Unsupported(`${name} is no constant`);
  return found.data as T;
}
