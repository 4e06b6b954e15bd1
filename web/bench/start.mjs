// How long from a page's address to the first answer, nothing kept by the browser, from this machine:
//
//     npm run build && node bench/start.mjs 100
//
// over a network of 100 Mbit/s; as fast as this machine serves where no speed is given.
// Five times in fresh profiles: models loaded, and the first picture analyzed, in milliseconds since the navigation.

import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serveFolders } from "./serve.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const mbits = Number(process.argv[2] ?? Infinity);
const server = await serveFolders({ dist: `${root}web/dist`, media: `${root}tests/media_files` }, false, mbits);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
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
  const median = (column) => rows.map((row) => row[column]).sort((a, b) => a - b)[2].toFixed(0);
  console.log(`${engine}: loaded after ${median(0)} ms, first answer after ${median(1)} ms (medians of 5; ${mbits} Mbit/s)`);
}
await browser.close();
server.close();
