/** The WebAssembly of kernels/, and its memory. */

export interface Exports {
  readonly memory: WebAssembly.Memory;
  heap(): number;
  convolve(layer: number): void;
  separable(
    from: number, inputs: number, to: number, outputs: number, points: number, pointBiases: number,
    depths: number, depthBiases: number, lines: number, height: number, width: number, relu: number,
  ): void;
  stem(
    from: number, to: number, outputs: number, weights: number, biases: number, room: number,
    height: number, width: number,
  ): void;
  halve(from: number, to: number, channels: number, height: number, width: number): void;
  addTwice(large: number, small: number, to: number, channels: number, height: number, width: number): void;
  halvePixels(from: number, line: number, to: number, height: number, width: number): void;
  scalePixels(
    from: number, line: number, to: number, height: number, width: number, across: number, down: number, lines: number,
  ): void;
  swapRedAndBlue(at: number, count: number): void;
}

const ALIGNED = 64;
const PAGE = 65536;

export class Kernels {
  private kept: number;
  private used: number;
  /** Where the present picture is, and how large it may be. */
  private held = { at: 0, size: 0 };
  /** Parts of this run that are free again: address to size. */
  private readonly free = new Map<number, number>();
  private readonly taken = new Map<number, number>();

  private constructor(readonly run: Exports) {
    this.kept = this.used = aligned(run.heap());
  }

  /** Open the file; null where the browser lacks relaxed SIMD. */
  static async open(bytes: Uint8Array<ArrayBuffer>): Promise<Kernels | null> {
    if (!WebAssembly.validate(bytes)) return null;
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new Kernels(instance.exports as unknown as Exports);
  }

  /** Put something there to stay; its address. */
  keep(data: Float32Array | Int32Array | Uint8Array | Int8Array): number {
    const at = this.kept;
    this.kept = this.used = aligned(at + data.byteLength);
    this.grow();
    new Uint8Array(this.run.memory.buffer, at).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return at;
  }

  /** Hold a picture while networks run; its address. It takes the place of the one before; views of before are void. */
  hold(size: number): number {
    if (size > this.held.size) {
      const at = this.held.at + this.held.size === this.kept ? this.held.at : this.kept;
      this.held = { at, size: aligned(size) };
      this.kept = this.used = at + this.held.size;
      this.grow();
    }
    return this.held.at;
  }

  /** Begin another run: what was taken is free again. */
  begin(): void {
    this.used = this.kept;
    this.free.clear();
    this.taken.clear();
  }

  /** Take memory for this run; what it holds is of earlier ones. Views of before are void. */
  take(size: number): number {
    const wanted = aligned(size);
    for (const [at, room] of this.free) {
      if (room < wanted) continue;
      this.free.delete(at);
      this.taken.set(at, room);
      return at;
    }
    const at = this.used;
    this.used += wanted;
    this.taken.set(at, wanted);
    this.grow();
    return at;
  }

  /** Give a part back within the run. */
  give(at: number): void {
    this.free.set(at, this.taken.get(at)!);
    this.taken.delete(at);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.run.memory.buffer, at, length);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.run.memory.buffer, at, length);
  }

  private grow(): void {
    // The kernels read a few bytes past an end.
    const missing = this.used + ALIGNED - this.run.memory.buffer.byteLength;
    if (missing > 0) this.run.memory.grow(Math.ceil(missing / PAGE));
  }
}

function aligned(at: number): number {
  return Math.ceil(at / ALIGNED) * ALIGNED;
}
