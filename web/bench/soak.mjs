// Whether memory stays flat while a film is watched in a loop, in Chromium:
//
//     npm run build && node bench/soak.mjs 30
//     mimika web site && node bench/soak.mjs 30 site
//
// takes minutes (30 where none are given); the second watches the sample in the page that `mimika web` wrote, with its
// charts, summary and session. Prints the memory of the page's process (PSS without files, Linux) and what its scripts
// hold after a garbage collection, every tenth of the time, and fails where the last quarter's mean is more than a tenth
// above the third one's: before, the browser warms up.

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serveFolders } from "./serve.mjs";

const MOST_GROWTH = 1.1;
// Not the pages of files: how many of them count depends on what other browsers run.
const OWN = /^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+)/gm;
const minutes = Number(process.argv[2] ?? 30);
const site = process.argv[3] && resolve(process.argv[3]);
const root = fileURLToPath(new URL("../../", import.meta.url));
if (!existsSync(`${root}web/dist/mimika.js`)) throw new Error("There is no web/dist: run npm run build first.");
const server = await serveFolders({ dist: `${root}web/dist`, assets: `${root}src/mimika/assets`, site }, true);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
});
const tab = await browser.newPage();
if (site) await watchPage();
else await watchFilm();

async function watchFilm() {
  await tab.goto(server.url);
  await tab.evaluate(async () => {
    const { Mimika } = await import("/dist/mimika.js");
    const film = document.createElement("video");
    Object.assign(film, { src: "/assets/demo.mp4", muted: true, loop: true });
    document.body.append(film);
    await film.play();
    const mimika = await Mimika.load();
    window.frames_ = 0;
    (async () => {
      for await (const _ of mimika.watch(film)) window.frames_ += 1;
    })();
  });
}

// Frames are counted by the boxes that are drawn.
async function watchPage() {
  await tab.addInitScript(() => {
    window.frames_ = 0;
    const draw = CanvasRenderingContext2D.prototype.strokeRect;
    CanvasRenderingContext2D.prototype.strokeRect = function (...where) {
      window.frames_ += this.canvas.id === "view" ? 0.5 : 0;
      return draw.apply(this, where);
    };
  });
  await tab.goto(`${server.url}/site/index.html`);
  await tab.click("#sample:enabled");
}

async function heapMb() {
  const bytes = await Promise.race([
    tab.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes),
    new Promise((done) => { setTimeout(done, 60_000, NaN); }),
  ]);
  return bytes / 2 ** 20;
}

const session = await browser.newBrowserCDPSession();

async function memoryMb() {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const parts = processInfo.filter(({ type }) => type === "renderer").flatMap(({ id }) =>
    [...readFileSync(`/proc/${id}/smaps_rollup`, "utf8").matchAll(OWN)].map(([, kb]) => Number(kb)));
  return parts.reduce((sum, kb) => sum + kb, 0) / 1024;
}

const samples = [];
const began = Date.now();
let told = 0;
while (Date.now() - began < minutes * 60_000) {
  await new Promise((resolve) => { setTimeout(resolve, Math.min(5000, minutes * 1500)); });
  samples.push(await memoryMb());
  const passed = (Date.now() - began) / 60_000;
  if (passed >= (told * minutes) / 10) {
    told += 1;
    const [heap, frames] = [await heapMb(), await tab.evaluate("frames_")];
    console.log(`${passed.toFixed(1)} min: ${samples.at(-1).toFixed(0)} MB, ${heap.toFixed(1)} MB held by scripts, ${frames.toFixed(0)} frames`);
  }
}
const quarter = Math.floor(samples.length / 4);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const [before, after] = [mean(samples.slice(-2 * quarter, -quarter)), mean(samples.slice(-quarter))];
console.log(`${minutes} min, ${await tab.evaluate("frames_")} frames: ${before.toFixed(0)} MB, then ${after.toFixed(0)} MB`);
await browser.close();
server.close();
process.exitCode = after > before * MOST_GROWTH ? 1 : 0;
