/** The recognizer in a worker of its own, so that the page never waits for it. */

import { fetchAsset, fetchManifest, MimikaError } from "./assets.js";
import { Kernels } from "./engine/kernels.js";
import { openOnKernels } from "./engine/network.js";
import { scalerOn } from "./engine/scaling.js";
import { Unsupported } from "./engine/values.js";
import type { Answer, Engine, Request, Transferred } from "./messages.js";
import { PictureReader, sizeOf } from "./pictures.js";
import type { Card } from "./recognizer/card.js";
import { Model } from "./recognizer/model.js";
import type { Network } from "./recognizer/network.js";
import { openNetwork } from "./recognizer/onnx.js";
import { type Pixels, scaled } from "./recognizer/pixels.js";
import { Recognizer } from "./recognizer/recognizer.js";
import type { FrameResult } from "./recognizer/results.js";
import { YuNet } from "./recognizer/yunet.js";

const MIN_FACE = 16;
const CARD_FORMAT = 2;

let fresh: (() => Recognizer) | null = null;
let reader = new PictureReader(null);
const streams = new Map<number, Recognizer>();

type Load = Extract<Request, { kind: "load" }>;

async function load({ base, model, settings, ...wanted }: Load): Promise<Answer> {
  const manifest = await fetchManifest(base);
  const [kernels, detector, classifier, text] = await Promise.all(
    ["kernels.wasm", "yunet.onnx", `${model}.onnx`, `${model}.card.json`].map((file) => fetchAsset(base, file, manifest)),
  );
  const card = JSON.parse(new TextDecoder().decode(text)) as Card;
  if (card.format !== CARD_FORMAT) {
    throw new MimikaError(`The card of ${model} has format ${card.format}, and this version reads ${CARD_FORMAT}.`, "digest");
  }
  const own = wanted.engine === "kernels" ? await Kernels.open(kernels!) : null;
  const { networks, engine } = await open([detector!, classifier!], own, base, wanted.threads);
  const scale = own ? scalerOn(own) : scaled;
  const [finder, classifying] = [new YuNet(networks[0]!, MIN_FACE, scale), new Model(networks[1]!, card, scale)];
  reader = new PictureReader(own);
  fresh = () => new Recognizer(finder, classifying, settings);
  return { kind: "loaded", card, threads: engine === "kernels" ? 1 : wanted.threads, engine };
}

/** On the kernels, where the browser has what they need and they have all layers; else on ONNX Runtime. */
async function open(
  files: readonly Uint8Array[], kernels: Kernels | null, base: string, threads: number,
): Promise<{ networks: Network[]; engine: Engine }> {
  try {
    if (kernels) return { networks: files.map((file) => openOnKernels(kernels, file)), engine: "kernels" };
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
  }
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = base;
  return { networks: await Promise.all(files.map((file) => openNetwork(ort, file))), engine: "onnxruntime" };
}

/** The recognizer of a stream; made when it is first needed. */
function following(stream: number): Recognizer {
  if (!fresh) throw new MimikaError("The models are not loaded yet: wait for Mimika.load().", "worker");
  const known = streams.get(stream) ?? fresh();
  streams.set(stream, known);
  return known;
}

async function see(picture: Transferred, look: (pixels: Pixels) => Promise<FrameResult>): Promise<Answer> {
  const began = performance.now();
  const [width, height] = sizeOf(picture);
  const { pixels, scale } = await reader.read(picture);
  picture.close();
  const result = await look(pixels);
  return { kind: "result", result: enlarged(result, scale, width, height), tookMs: performance.now() - began };
}

function enlarged(result: FrameResult, scale: number, width: number, height: number): FrameResult {
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
    case "load": return load(request);
    case "see": return see(request.picture, (pixels) => following(request.stream).see(pixels, request.timeS));
    case "analyze": return see(request.picture, (pixels) => following(request.stream).analyze(pixels));
    case "reset":
      streams.get(request.stream)?.reset();
      return { kind: "done" };
    case "end":
      streams.delete(request.stream);
      return { kind: "done" };
  }
}

function failure(error: unknown): Answer {
  if (error instanceof MimikaError) return { kind: "failed", reason: error.message, code: error.code };
  if (error instanceof RangeError || /memory/i.test(String(error))) {
    const reason = "There is not enough memory for this: close other pages and programs, and reload the page.";
    return { kind: "failed", reason, code: "memory" };
  }
  return { kind: "failed", reason: error instanceof Error ? error.message : String(error), code: "worker" };
}

addEventListener("message", async (event: MessageEvent<Request>) => {
  let reply: Answer;
  try {
    reply = await answer(event.data);
  } catch (error) {
    if ("picture" in event.data) event.data.picture.close();
    reply = failure(error);
  }
  postMessage(reply);
});
