/** What goes wrong in browsers, and what is too much: each told in a sentence, or borne. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serve, type Served } from "./serve.js";

const CHROMIUM = "/usr/bin/chromium";
const root = fileURLToPath(new URL("../../", import.meta.url));
const folders = { dist: `${root}web/dist`, media: `${root}tests/media_files` };
const PAGE = `<!doctype html><title>Test</title>
<script type=module>import { Mimika } from "/dist/mimika.js"; window.Mimika = Mimika;</script>`;

/** In the page: load, and look at the astronaut, scaled to so many pixels, as a picture or as frames. */
async function look({ side, frames }: { side: number; frames: number }) {
  const mimika = await (window as any).Mimika.load();
  const picture = await createImageBitmap(await (await fetch("/media/astronaut.png")).blob());
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext("2d")!.drawImage(picture, 0, 0, side, side);
  let result = frames ? null : await mimika.analyze(await canvas.convertToBlob({ type: "image/jpeg" }));
  for (let i = 0; i < frames; i++) result = await mimika.see(await createImageBitmap(canvas), i / 60);
  const { engine } = mimika;
  mimika.close();
  const faces: { emotion: string; x: number; width: number }[] = result.faces.map(({ emotion, box }: any) =>
    ({ emotion, x: box.x / side, width: box.width / side }));
  return { engine: engine as string, width: result.width as number, faces };
}

describe.skipIf(!existsSync(CHROMIUM) || !existsSync(folders.dist))("in Chromium", () => {
  let browser: Browser;
  let served: Served;
  let tab: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
    served = await serve(folders, { "/": PAGE }, false);
  });
  afterAll(async () => {
    await browser?.close();
    served?.close();
  });
  beforeEach(async () => { tab = await browser.newPage(); });
  afterEach(() => tab.close());

  async function open(): Promise<void> {
    await tab.goto(served.url);
    await tab.waitForFunction("window.Mimika");
  }

  /** What `load()` says is wrong. */
  function complaint(): Promise<string> {
    return tab.evaluate(() => (window as any).Mimika.load().then(() => "nothing", (error: Error) => `${error.name}: ${error.message}`));
  }

  test("without relaxed SIMD ONNX Runtime takes over, with the same answer", async () => {
    await open();
    const usual = await tab.evaluate(look, { side: 512, frames: 0 });
    // A module that no browser knows stands for one that this browser does not know; its digest is right.
    const unknown = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 99]);
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", unknown)).toString("hex");
    await tab.route("**/kernels.wasm", (route) => route.fulfill({ body: unknown, contentType: "application/wasm" }));
    await tab.route("**/assets.json", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ json: { ...(await response.json()), "kernels.wasm": digest } });
    });
    await open();
    const other = await tab.evaluate(look, { side: 512, frames: 0 });
    expect([usual.engine, other.engine]).toEqual(["kernels", "onnxruntime"]);
    expect(other.faces.map(({ emotion }) => emotion)).toEqual(["happy"]);
    expect(other.faces[0]!.x).toBeCloseTo(usual.faces[0]!.x, 4);
  });

  test("without any SIMD it says which browsers have it", async () => {
    await open();
    await tab.evaluate(() => { WebAssembly.validate = () => false; });
    expect(await complaint()).toBe("MimikaError: This browser has no WebAssembly SIMD: use a current Firefox, Chrome, Edge or Safari.");
  });

  test.each([
    ["missing", "publish all files of the package together", { status: 404 }],
    ["damaged", "is not the file that this version was built with", { body: "damaged" }],
  ])("a model that is %s is told, and loads when it is there again", async (_, words, answer) => {
    await tab.route("**/default.onnx", (route) => route.fulfill(answer));
    await open();
    expect(await complaint()).toContain(words);
    await tab.unroute("**/default.onnx");
    expect(await complaint()).toBe("nothing");
  });

  test("a host that is gone is told", async () => {
    await open();
    await tab.route("**/yunet.onnx", (route) => route.abort());
    expect(await complaint()).toContain("cannot be reached: check the connection");
  });

  test("a photo of 64 megapixels: places are in its own pixels", async () => {
    await open();
    const small = await tab.evaluate(look, { side: 512, frames: 0 });
    const huge = await tab.evaluate(look, { side: 8000, frames: 0 });
    expect(huge.width).toBe(8000);
    expect(huge.faces.map(({ emotion }) => emotion)).toEqual(["happy"]);
    expect(huge.faces[0]!.x).toBeCloseTo(small.faces[0]!.x, 1);
  });

  test("frames of a camera of 4K", async () => {
    await open();
    const seen = await tab.evaluate(look, { side: 3840, frames: 12 });
    expect([seen.width, seen.faces.length]).toEqual([3840, 1]);
    expect(seen.faces[0]!.width).toBeGreaterThan(0.15);
  });

  test("two streams of one page do not know of each other, and each counts from 1", async () => {
    await open();
    const seen = await tab.evaluate(async () => {
      const mimika = await (window as any).Mimika.load();
      const other = mimika.fork();
      const picture = await createImageBitmap(await (await fetch("/media/astronaut.png")).blob());
      const black = new OffscreenCanvas(64, 64);
      black.getContext("2d")!.fillRect(0, 0, 64, 64);
      const faces: number[][] = [];
      for (let i = 0; i < 6; i++) {
        const found = await mimika.see(await createImageBitmap(picture), 10 + i / 10);
        await other.see(await createImageBitmap(i < 3 ? black : picture), i / 10);
        faces.push(found.faces.map((face: any) => face.track_id));
      }
      const last = await other.see(await createImageBitmap(picture), 0.7);
      other.close();
      const after = await other.see(await createImageBitmap(picture), 0.8).then(() => "", (error: any) => error.code);
      return { faces: faces.at(-1), other: last.faces.map((face: any) => face.track_id), frame: last.frame_index, after };
    });
    expect(seen).toEqual({ faces: [1], other: [1], frame: 6, after: "closed" });
  });

  test("too little memory is told", async () => {
    const small = await chromium.launch({
      executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--js-flags=--wasm-max-mem-pages=16"],
    });
    tab = await small.newPage();
    await open();
    expect(await complaint()).toContain("There is not enough memory for this");
    await small.close();
  });

  test("two tabs at once do not know of each other", async () => {
    const other = await browser.newPage();
    await Promise.all([open(), other.goto(served.url).then(() => other.waitForFunction("window.Mimika"))]);
    const seen = await Promise.all([tab, other].map((page) => page.evaluate(look, { side: 512, frames: 5 })));
    expect(seen[1]).toEqual(seen[0]);
    await other.close();
  });
});
