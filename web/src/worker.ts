/** The recognizer in a worker of its own, so that the page never waits for it. */

import * as ort from "onnxruntime-web/wasm";
import { fetchAsset, fetchManifest, MimikaError } from "./assets.js";
import type { Answer, Request, Transferred } from "./messages.js";
import { pixelsOf, sizeOf } from "./pictures.js";
import type { Card } from "./recognizer/card.js";
import { Model } from "./recognizer/model.js";
import { openNetwork } from "./recognizer/onnx.js";
import { Recognizer, type Settings } from "./recognizer/recognizer.js";
import type { FrameResult } from "./recognizer/results.js";
import { YuNet } from "./recognizer/yunet.js";

const MIN_FACE = 16;
const CARD_FORMAT = 2;

let recognizer: Recognizer | null = null;

async function load(base: string, name: string, threads: number, settings: Settings): Promise<Answer> {
  const manifest = await fetchManifest(base);
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = base;
  const [detector, classifier, text] = await Promise.all(
    ["yunet.onnx", `${name}.onnx`, `${name}.card.json`].map((file) => fetchAsset(base, file, manifest)),
  );
  const card = JSON.parse(new TextDecoder().decode(text)) as Card;
  if (card.format !== CARD_FORMAT) {
    throw new MimikaError(`The card of ${name} has format ${card.format}, and this version reads ${CARD_FORMAT}.`);
  }
  const yunet = new YuNet(await openNetwork(ort, detector!), MIN_FACE);
  recognizer = new Recognizer(yunet, new Model(await openNetwork(ort, classifier!), card), settings);
  return { kind: "loaded", card, threads };
}

async function see(picture: Transferred, look: (r: Recognizer, p: ReturnType<typeof pixelsOf>["pixels"]) => Promise<FrameResult>): Promise<Answer> {
  if (!recognizer) throw new MimikaError("The models are not loaded yet: wait for Mimika.load().");
  const began = performance.now();
  const [width, height] = sizeOf(picture);
  const { pixels, scale } = pixelsOf(picture);
  picture.close();
  const result = await look(recognizer, pixels);
  return { kind: "result", result: scaled(result, scale, width, height), tookMs: performance.now() - began };
}

function scaled(result: FrameResult, scale: number, width: number, height: number): FrameResult {
  if (scale === 1) return result;
  const faces = result.faces.map((face) => ({
    ...face,
    box: {
      x: face.box.x * scale, y: face.box.y * scale, width: face.box.width * scale, height: face.box.height * scale,
    },
  }));
  return { ...result, width, height, faces };
}

async function answer(request: Request): Promise<Answer> {
  switch (request.kind) {
    case "load": return load(request.base, request.model, request.threads, request.settings);
    case "see": return see(request.picture, (r, pixels) => r.see(pixels, request.timeS));
    case "analyze": return see(request.picture, (r, pixels) => r.analyze(pixels));
    case "reset":
      recognizer?.reset();
      return { kind: "reset" };
  }
}

addEventListener("message", async (event: MessageEvent<Request>) => {
  let reply: Answer;
  try {
    reply = await answer(event.data);
  } catch (error) {
    if ("picture" in event.data) event.data.picture.close();
    reply = { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
  postMessage(reply);
});
