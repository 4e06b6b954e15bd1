// How long from a page's address to the first answer, nothing kept by the browser, from this machine:
//
//     npm run build && node bench/start.mjs 100
//
// over a network of 100 Mbit/s; as fast as this machine serves where no speed is given.
// Five times in fresh profiles: models loaded, and the first picture analyzed, in milliseconds since the navigation.
//
//     mimika web site && node bench/start.mjs 100 site
//
// measures the page that `mimika web` wrote as well: Start can be pressed, the models are loaded (the page loads them by
// itself), and the first box is drawn after a click on the sample as soon as that can be clicked.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serveFolders } from "./serve.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const mbits = Number(process.argv[2] ?? Infinity);
const site = process.argv[3] && resolve(process.argv[3]);
const server = await serveFolders({ dist: `${root}web/dist`, media: `${root}tests/media_files`, site }, false, mbits);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const medians = (rows) => rows[0].map((_, i) => rows.map((row) => row[i]).sort((a, b) => a - b)[2].toFixed(0));
for (const engine of ["kernels", "onnxruntime"]) {
  const rows = [];
  for (let round = 0; round < 5; round++) {
    const context = await browser.newContext();
    const tab = await context.newPage();
    await tab.goto(server.url);
    rows.push(await tab.evaluate(async (engine) => {
      const { Mimika } = await import("/dist/mimika.js");
      const mimika = await Mimika.load({ engine });
      const loaded = performance.now();
      await mimika.analyze(await (await fetch("/media/astronaut.png")).blob());
      return [loaded, performance.now()];
    }, engine));
    await context.close();
  }
  const [loaded, first] = medians(rows);
  console.log(`${engine}: loaded after ${loaded} ms, first answer after ${first} ms (medians of 5; ${mbits} Mbit/s)`);
}
if (site) {
  const [pressed, loaded] = medians(await visits(false));
  const [, , drawn] = medians(await visits(true));
  console.log(`page: Start after ${pressed} ms, models after ${loaded} ms; first box after ${drawn} ms (medians of 5; ${mbits} Mbit/s)`);
}
await browser.close();
server.close();

// Five visits: [Start can be pressed, models loaded, first box], in milliseconds since the navigation.
async function visits(click) {
  const rows = [];
  for (let round = 0; round < 5; round++) {
    const context = await browser.newContext();
    const tab = await context.newPage();
    await tab.addInitScript(watchStart, click);
    await tab.goto(`${server.url}/site/`);
    await tab.waitForFunction((name) => window.times[name], click ? "drawn" : "loaded");
    rows.push(await tab.evaluate(() => [times.pressed, times.loaded ?? 0, times.drawn ?? 0]));
    await context.close();
  }
  return rows;
}

// In the page, before its own scripts: note the times.
function watchStart(click) {
  window.times = {};
  const note = (name) => { times[name] ??= performance.now(); };
  const sample = () => document.querySelector("#sample:enabled");
  new MutationObserver(() => {
    if (!sample() || times.pressed) return;
    note("pressed");
    if (click) sample().click();
  }).observe(document, { subtree: true, childList: true, attributes: true });
  // The worker's first answer says that the models are loaded.
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => note("loaded"));
    }
  };
  const draw = CanvasRenderingContext2D.prototype.strokeRect;
  CanvasRenderingContext2D.prototype.strokeRect = function (...where) {
    if (this.canvas.id === "view" && document.querySelector("#still").hidden) note("drawn");
    return draw.apply(this, where);
  };
}
