// What Human takes for each of a scene's frames, as `python scripts/compare_human.py` asks for it:
//
//     node bench/see_frames.mjs FOLDER COUNT
//
// FOLDER has pictures 0.png, 1.png, … up to COUNT; they are decoded before, and come 24 a second at most, in this order
// and back, once as Human is fastest and once as it is by default. Prints JSON: milliseconds and faces of each frame,
// Human's version, its backend and its threads, Chromium's version.

import { cpus } from "node:os";
import { openPage } from "./chromium.mjs";

const [folder, count] = [process.argv[2], Number(process.argv[3])];
// TensorFlow.js takes a thread for every two cores, where a page is isolated; one without threads is a little faster.
const isolated = cpus().length >= 4;

// Runs in the page.
async function see(count) {
  const { loadHuman } = await import("/bench/load_human.js");
  const human = await loadHuman();
  const pictures = [];
  for (let i = 0; i < count; i++) {
    pictures.push(await createImageBitmap(await (await fetch(`/frames/${i}.png`)).blob()));
  }
  const canvas = new OffscreenCanvas(pictures[0].width, pictures[0].height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  // Without its filter of pictures, and given pixels, Human takes a third less.
  const ways = {
    "human": { filter: false, input: () => context.getImageData(0, 0, canvas.width, canvas.height) },
    "human, by default": { filter: true, input: () => canvas },
  };
  const seen = {};
  for (const [name, { filter, input }] of Object.entries(ways)) {
    const [tookMs, faces] = [[], []];
    const started = performance.now();
    for (const [i, picture] of [...pictures, ...pictures.slice(1, -1).reverse()].entries()) {
      context.drawImage(picture, 0, 0);
      const frame = input();
      await new Promise((resolve) => { setTimeout(resolve, started + (i * 1000) / 24 - performance.now()); });
      const began = performance.now();
      const result = await human.detect(frame, { filter: { enabled: filter } });
      tookMs.push(performance.now() - began);
      faces.push(result.face.length);
    }
    seen[name] = { tookMs, faces };
  }
  return { seen, version: human.version, backend: human.tf.getBackend(), threads: human.tf.getThreadsCount() };
}

const page = await openPage(isolated, { frames: folder });
const found = await page.tab.evaluate(see, count);
await page.close();
console.log(JSON.stringify({ ...found, chromium: page.version }));
