import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve, type Served } from "./serve.js";

const CHROMIUM = "/usr/bin/chromium";
const root = fileURLToPath(new URL("../../", import.meta.url));
const folders = { dist: `${root}web/dist`, media: `${root}tests/media_files`, assets: `${root}src/mimika/assets` };
const page = `<!doctype html><title>Test</title><video id=film muted src="/assets/demo.mp4"></video>
<script type=module>import { Mimika } from "/dist/mimika.js"; window.Mimika = Mimika;</script>`;
const arguments_ = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--no-first-run", "--autoplay-policy=no-user-gesture-required"];

describe.skipIf(!existsSync(CHROMIUM) || !existsSync(folders.dist))("in Chromium", () => {
  let browser: Browser;
  let served: Served;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: arguments_ });
    served = await serve(folders, { "/": page }, true);
  });
  afterAll(async () => {
    await browser?.close();
    served?.close();
  });

  test("a picture is analyzed, and nothing is asked of anyone else", async () => {
    const tab = await browser.newPage();
    const asked: string[] = [];
    tab.on("request", (request) => asked.push(request.url()));
    await tab.goto(served.url);
    await tab.waitForFunction("window.Mimika");
    const found = await tab.evaluate(async () => {
      const mimika = await (window as any).Mimika.load();
      const blob = await (await fetch("/media/astronaut.png")).blob();
      const result = await mimika.analyze(blob);
      const name = mimika.card.name;
      mimika.close();
      return { faces: result.faces, name };
    });
    expect(found.faces.map((face: any) => face.emotion)).toEqual(["happy"]);
    expect(found.faces[0].confidence).toBeGreaterThan(0.9);
    expect(asked.every((url) => url.startsWith(served.url) || url.startsWith("blob:"))).toBe(true);
    await tab.close();
  });

  test("a film is watched as it plays, the cry and the laugh", async () => {
    const tab = await browser.newPage();
    await tab.goto(served.url);
    await tab.waitForFunction("window.Mimika");
    const seen = await tab.evaluate(async () => {
      const mimika = await (window as any).Mimika.load();
      const film = document.getElementById("film") as HTMLVideoElement;
      film.play();
      const results: { time: number; emotion: string; took: number }[] = [];
      for await (const result of mimika.watch(film)) {
        results.push({ time: result.time_s, emotion: result.faces[0]?.emotion ?? "", took: mimika.lastMs });
      }
      return { results, threads: mimika.threads };
    });
    const times = seen.results.map(({ time }) => time);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    const took = seen.results.map((each) => each.took).sort((a, b) => a - b);
    console.log(seen.results.length, "frames, median ms", took[took.length >> 1], "p95", took[Math.floor(took.length * 0.95)], "threads", seen.threads);
    expect(new Set(seen.results.map(({ emotion }) => emotion))).toContain("happy");
    expect(new Set(seen.results.map(({ emotion }) => emotion))).toContain("sad");
    await tab.close();
  });
});
