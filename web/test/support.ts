/** What tests share: the golden files, pictures made by formulas, a clip's frames, the networks. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-web/wasm";
import { decompressFrames, parseGIF } from "gifuct-js";
import type { Card } from "../src/recognizer/card.js";
import { compileKernels } from "../kernels/compile.js";
import { Kernels } from "../src/engine/kernels.js";
import { openOnKernels } from "../src/engine/network.js";
import type { Engine } from "../src/messages.js";
import { Model } from "../src/recognizer/model.js";
import { openNetwork } from "../src/recognizer/onnx.js";
import { scalerOn } from "../src/engine/scaling.js";
import { scaled, type Pixels } from "../src/recognizer/pixels.js";
import { YuNet } from "../src/recognizer/yunet.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

export async function golden<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(`${root}tests/golden/${name}.json`, "utf8")) as T;
}

/** The picture of scripts/make_golden.py, RGBA. */
export function pattern(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      data[i] = (Math.floor(x / 16) + Math.floor(y / 16)) % 2 === 0 ? 40 : 200;
      data[i + 1] = (Math.floor((x * x) / 7) + y * 2) % 256;
      data[i + 2] = (x * 3 + y * 5) % 256;
      data[i + 3] = 255;
    }
  }
  return { width, height, channels: 4, data };
}

/** The frames of an animated GIF among the test media, RGBA. */
export async function gifFrames(name: string): Promise<Pixels[]> {
  const file = await readFile(`${root}tests/media_files/${name}`);
  const gif = parseGIF(new Uint8Array(file).buffer);
  const { width, height } = gif.lsd;
  const canvas = new Uint8ClampedArray(width * height * 4);
  return decompressFrames(gif, true).map(({ patch, dims }) => {
    for (let y = 0; y < dims.height; y++) {
      for (let x = 0; x < dims.width; x++) {
        const from = (y * dims.width + x) * 4;
        if (!patch[from + 3]) continue;
        canvas.set(patch.subarray(from, from + 4), ((dims.top + y) * width + dims.left + x) * 4);
      }
    }
    return { width, height, channels: 4, data: canvas.slice() };
  });
}

let kernels: Promise<Kernels> | undefined;

export function openKernels(): Promise<Kernels> {
  kernels ??= compileKernels().then(async (bytes) => {
    const opened = await Kernels.open(bytes);
    if (!opened) throw new Error("This Node has no relaxed SIMD: use a newer one.");
    return opened;
  });
  return kernels;
}

/** One of the shipped networks, on either engine. */
export const openShipped = (name: string, engine?: Engine) => open(`src/mimika/assets/${name}.onnx`, engine);

async function open(path: string, engine: Engine = "kernels") {
  const file = await readFile(root + path);
  if (engine === "kernels") return openOnKernels(await openKernels(), file);
  ort.env.wasm.numThreads = 1;
  return openNetwork(ort, file);
}

const scalerFor = async (engine: Engine = "kernels") => engine === "kernels" ? scalerOn(await openKernels()) : scaled;

export async function openYuNet(engine?: Engine): Promise<YuNet> {
  return new YuNet(await openShipped("yunet", engine), 16, await scalerFor(engine));
}

export async function openModel(engine?: Engine): Promise<Model> {
  const card = JSON.parse(await readFile(`${root}src/mimika/assets/default.card.json`, "utf8")) as Card;
  return new Model(await openShipped("default", engine), card, await scalerFor(engine));
}

/** The small model of a golden file. */
export async function openSmall(name: string, card: Card, engine?: Engine): Promise<Model> {
  return new Model(await open(`tests/golden/${name}`, engine), card, await scalerFor(engine));
}
