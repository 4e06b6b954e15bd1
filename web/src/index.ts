/**
 * Mimika in the visitor's own browser: nothing leaves it.
 *
 *     const mimika = await Mimika.load();
 *     for await (const result of mimika.watch(video)) console.log(result.faces);
 */

import { MimikaError } from "./assets.js";
import { Channel } from "./channel.js";
import type { Engine, Request, Transferred } from "./messages.js";
import type { Card } from "./recognizer/card.js";
import type { Settings } from "./recognizer/recognizer.js";
import type { FrameResult } from "./recognizer/results.js";

export { type Fault, MimikaError } from "./assets.js";
export { colorOf, UNCERTAIN, wordFor } from "./recognizer/emotions.js";
export type { Engine } from "./messages.js";
export type { Card, Output } from "./recognizer/card.js";
export type { Box } from "./recognizer/geometry.js";
export type { Settings } from "./recognizer/recognizer.js";
export type { Face, FrameResult } from "./recognizer/results.js";
export type { Moment } from "./timeline/moments.js";
export { Summary, type SeenFace } from "./timeline/summary.js";

const MOST_THREADS = 4;
/** Among the package's files (vite.config.ts). */
const WORKER = "worker.js";

export interface LoadOptions extends Settings {
  /** Where the package's files (its folder dist) are, with a slash at the end; beside this script unless said otherwise. */
  readonly base?: string | URL;
  /** "default", or "fast": a third of the work, a little less accurate. */
  readonly model?: "default" | "fast";
  /** "kernels" unless said otherwise; where the browser lacks what they need, "onnxruntime" is taken by itself. */
  readonly engine?: Engine;
  /** Threads of "onnxruntime"; more than one needs a page that is cross-origin isolated. The kernels need one. */
  readonly threads?: number;
}

export interface WatchOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
}

type Picture = HTMLVideoElement | HTMLImageElement | HTMLCanvasElement | ImageBitmap | Blob;

/** A recognizer in a worker, which follows one stream. */
export class Mimika {
  /** What the last picture took, in milliseconds. */
  lastMs = 0;
  private readonly stream: number;
  private ended = false;

  private constructor(
    private readonly channel: Channel,
    /** What the model says of itself. */
    readonly card: Card,
    /** Threads that the networks use. */
    readonly threads: number,
    /** What runs the networks. */
    readonly engine: Engine,
    private readonly origin: Mimika | null = null,
  ) {
    this.stream = channel.nextStream();
  }

  /**
   * Load the models, in a worker.
   *
   * @throws MimikaError a file is missing or another than it should be, or the browser lacks WebAssembly's SIMD.
   */
  static async load(options: LoadOptions = {}): Promise<Mimika> {
    if (!hasSimd()) {
      throw new MimikaError(
        "This browser has no WebAssembly SIMD: use a current Firefox, Chrome, Edge or Safari.", "simd",
      );
    }
    const { base, model = "default", threads, engine = "kernels", ...settings } = options;
    const address = new URL(base ?? ".", base ? document.baseURI : import.meta.url).href;
    const channel = new Channel(new Worker(new URL(WORKER, address), { type: "module" }));
    const wanted = threads ?? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1);
    try {
      const loaded = await channel.ask({
        kind: "load", base: address, model, settings, engine,
        threads: globalThis.crossOriginIsolated ? wanted : 1,
      });
      if (loaded.kind !== "loaded") throw outOfTurn();
      return new Mimika(channel, loaded.card, loaded.threads, loaded.engine);
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** Another stream on the same networks, such as a film beside the camera; its faces are numbered from 1. */
  fork(): Mimika {
    return new Mimika(this.channel, this.card, this.threads, this.engine, this.origin ?? this);
  }

  /** Find the faces of one picture, from left to right. */
  async analyze(picture: Picture): Promise<FrameResult> {
    const bitmap = await createImageBitmap(picture);
    return this.result({ kind: "analyze", stream: this.stream, picture: bitmap }, bitmap);
  }

  /** See the next frame of a stream; a time before the last one starts it anew. */
  async see(picture: HTMLVideoElement | Transferred, timeS: number): Promise<FrameResult> {
    const frame = "close" in picture ? picture : await frameOf(picture);
    return this.result({ kind: "see", stream: this.stream, picture: frame, timeS }, frame);
  }

  /** Forget the stream, as before another one. */
  async reset(): Promise<void> {
    await this.ask({ kind: "reset", stream: this.stream });
  }

  /**
   * See a video as it plays: the newest frame each time, so that results never lag behind it.
   *
   * Ends with the video, at `close()`, or when `signal` is aborted.
   */
  async *watch(video: HTMLVideoElement, { signal }: WatchOptions = {}): AsyncGenerator<FrameResult, void, void> {
    while (!this.closed && !signal?.aborted && !video.ended) {
      const timeS = await nextFrame(video, signal);
      if (timeS === null || this.closed) return;
      yield await this.see(video, timeS);
    }
  }

  /** End the stream; that of `load()` ends the worker, and so all its forks, and frees their memory. */
  close(): void {
    if (this.closed) return;
    this.ended = true;
    if (this.origin) this.channel.ask({ kind: "end", stream: this.stream }).catch(() => undefined);
    else this.channel.close();
  }

  private get closed(): boolean {
    return this.ended || this.channel.closed;
  }

  private async result(request: Request, picture: Transferred): Promise<FrameResult> {
    const answer = await this.ask(request, [picture]).finally(() => picture.close());
    if (answer.kind !== "result") throw outOfTurn();
    this.lastMs = answer.tookMs;
    return answer.result;
  }

  private ask(request: Request, transfer: Transferable[] = []): ReturnType<Channel["ask"]> {
    if (this.ended) return Promise.reject(new MimikaError("Mimika was closed.", "closed"));
    return this.channel.ask(request, transfer);
  }
}

function outOfTurn(): MimikaError {
  return new MimikaError("The worker answered out of turn: reload the page.", "worker");
}

async function frameOf(video: HTMLVideoElement): Promise<Transferred> {
  // A VideoFrame is handed over without a copy; Safari before 16.4 and Firefox before 130 have none.
  return typeof VideoFrame === "undefined" ? createImageBitmap(video) : new VideoFrame(video);
}

/** Wait for a frame that has not been seen yet; its time in seconds, null where there is none left. */
function nextFrame(video: HTMLVideoElement, signal?: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    const stop = () => resolve(null);
    signal?.addEventListener("abort", stop, { once: true });
    video.addEventListener("ended", stop, { once: true });
    const done = (timeS: number) => {
      signal?.removeEventListener("abort", stop);
      video.removeEventListener("ended", stop);
      resolve(timeS);
    };
    if ("requestVideoFrameCallback" in video) {
      video.requestVideoFrameCallback((_, { mediaTime }) => done(mediaTime));
    } else {
      requestAnimationFrame(() => done((video as HTMLVideoElement).currentTime));
    }
  });
}

/** Whether WebAssembly knows 128-bit vectors: the smallest module that uses one is valid. */
function hasSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  ]));
}
