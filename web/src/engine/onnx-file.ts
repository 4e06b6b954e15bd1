/** ONNX files: the part of the format (protocol buffers) that says what a network computes. */

export type Numbers = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

export interface Constant {
  readonly data: Numbers;
  readonly dims: readonly number[];
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers and lists of them. */
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Fields of a message by their number: whole numbers, or the bytes of strings and messages. */
type Message = Map<number, (number | Uint8Array)[]>;

const TYPES: Record<number, (bytes: ArrayBuffer) => Numbers> = {
  1: (bytes) => new Float32Array(bytes), 2: (bytes) => new Uint8Array(bytes), 3: (bytes) => new Int8Array(bytes),
  6: (bytes) => new Int32Array(bytes), 7: (bytes) => new BigInt64Array(bytes),
};
const text = new TextDecoder();

/** @throws Error a constant has a type that no network here has. */
export function readGraph(file: Uint8Array): Graph {
  const graph = message(bytesOf(message(file), 7)[0]!);
  const constants = new Map(bytesOf(graph, 5).map((each) => {
    const tensor = message(each);
    return [stringOf(tensor, 8), constant(tensor)] as const;
  }));
  const named = (field: number) => bytesOf(graph, field).map((each) => stringOf(message(each), 1));
  return { nodes: bytesOf(graph, 1).map(node), constants, inputs: named(11), outputs: named(12) };
}

function node(bytes: Uint8Array): Node {
  const fields = message(bytes);
  const attributes = bytesOf(fields, 5).map((each) => {
    const attribute = message(each);
    const list = attribute.get(8);
    return [stringOf(attribute, 1), list ? whole(list) : (attribute.get(3)?.[0] as number | undefined) ?? 0] as const;
  });
  return {
    op: stringOf(fields, 4), inputs: bytesOf(fields, 1).map((each) => text.decode(each)),
    outputs: bytesOf(fields, 2).map((each) => text.decode(each)), attributes: Object.fromEntries(attributes),
  };
}

function constant(tensor: Message): Constant {
  const type = tensor.get(2)?.[0] as number;
  const make = TYPES[type];
  if (!make) throw new Error(`constants of ONNX's type ${type}`);
  const [raw] = bytesOf(tensor, 9);
  const dims = whole(tensor.get(1) ?? []);
  if (raw) return { data: make(new Uint8Array(raw).buffer), dims };
  // Without raw bytes: floats as their bytes, whole numbers one by one.
  if (type === 1) return { data: make(new Uint8Array(bytesOf(tensor, 4)[0]!).buffer), dims };
  if (type === 7) return { data: BigInt64Array.from(whole(tensor.get(7) ?? []).map(BigInt)), dims };
  const values = whole(tensor.get(5) ?? []);
  const data = make(new ArrayBuffer(values.length * (type === 6 ? 4 : 1))) as Int32Array;
  data.set(values);
  return { data, dims };
}

function message(bytes: Uint8Array): Message {
  const fields: Message = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    const [value, next] = readVarint(bytes, at);
    at = next;
    return value;
  };
  while (at < bytes.length) {
    const key = varint();
    let value: number | Uint8Array;
    if ((key & 7) === 0) value = varint();
    else if ((key & 7) === 2) {
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    } else if ((key & 7) === 5) {
      value = view.getFloat32(at, true);
      at += 4;
    } else {
      value = view.getFloat64(at, true);
      at += 8;
    }
    const list = fields.get(key >> 3);
    if (list) list.push(value);
    else fields.set(key >> 3, [value]);
  }
  return fields;
}

function readVarint(bytes: Uint8Array, at: number): [number, number] {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[at++]!;
    value += (byte & 127) * factor;
    if (byte < 128) break;
    factor *= 128;
  }
  // Negative numbers are written as 64 bits.
  return [value >= 2 ** 63 ? value - 2 ** 64 : value, at];
}

/** Whole numbers, each for itself or all in one. */
function whole(list: readonly (number | Uint8Array)[]): number[] {
  return list.flatMap((each) => {
    if (typeof each === "number") return [each];
    const values: number[] = [];
    for (let at = 0; at < each.length;) {
      const [value, next] = readVarint(each, at);
      values.push(value);
      at = next;
    }
    return values;
  });
}

function bytesOf(fields: Message, field: number): Uint8Array[] {
  return (fields.get(field) ?? []) as Uint8Array[];
}

function stringOf(fields: Message, field: number): string {
  return text.decode(bytesOf(fields, field)[0] ?? new Uint8Array());
}
