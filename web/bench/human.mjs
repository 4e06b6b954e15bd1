// Mimika beside Human (vladmandic/human) in the same Chromium, on the same moving frames, in turn:
//
//     npm run build && npm --prefix bench ci && npm run bench
//
// Both run on WebAssembly; Human with its face detector and emotion model only, its cache as it is by default.
// Each frame counts with the least of its rounds (5, or `npm run bench -- 3`), so that what else the machine does hardly shows; `kernels` are
// Mimika's own, `onnxruntime` is what it falls back on. The frames are of the demo clip, once as they are and four
// times in a picture.

import { cpus } from "node:os";
import { openPage } from "./chromium.mjs";

const FRAMES = 60;
const ROUNDS = Number(process.argv[2] ?? 5);

// Runs in the page.
async function measure({ frames: count, rounds }) {
  const { Mimika } = await import("/dist/mimika.js");
  const { loadHuman } = await import("/bench/load_human.js");
  const film = document.createElement("video");
  film.src = "/assets/demo.mp4";
  film.muted = true;
  await new Promise((resolve, reject) => { film.onloadeddata = resolve; film.onerror = reject; film.load(); });
  const scenes = {
    "640x480, 1 face": { size: [640, 480], places: [[0, 60, 640, 360]] },
    "640x480, 4 faces": { size: [640, 480], places: [[0, 60, 320, 180], [320, 60, 320, 180], [0, 240, 320, 180], [320, 240, 320, 180]] },
    "1280x720, 4 faces": { size: [1280, 720], places: [[0, 0, 640, 360], [640, 0, 640, 360], [0, 360, 640, 360], [640, 360, 640, 360]] },
  };
  const stills = [];
  for (let i = 0; i < count; i++) {
    film.currentTime = 13 + i / 24;
    await new Promise((resolve) => { film.onseeked = resolve; });
    stills.push(await createImageBitmap(film));
  }
  const human = await loadHuman();
  const models = {
    default: await Mimika.load(), fast: await Mimika.load({ model: "fast" }),
    onnxruntime: await Mimika.load({ engine: "onnxruntime" }),
  };
  const rows = [];
  for (const [scene, { size, places }] of Object.entries(scenes)) {
    const canvas = new OffscreenCanvas(...size);
    const context = canvas.getContext("2d");
    const took = Object.fromEntries(["human", ...Object.keys(models)].map((name) => [name, stills.map(() => Infinity)]));
    const faces = Object.fromEntries(Object.keys(took).map((name) => [name, 0]));
    for (let round = 0; round < rounds; round++) {
      for (const mimika of Object.values(models)) await mimika.reset();
      for (const [i, still] of stills.entries()) {
        context.fillRect(0, 0, ...size);
        for (const place of places) context.drawImage(still, ...place);
        const timeS = round * 100 + i / 24;
        for (const [name, mimika] of Object.entries(models)) {
          const frame = await createImageBitmap(canvas);
          const began = performance.now();
          const result = await mimika.see(frame, timeS);
          took[name][i] = Math.min(took[name][i], performance.now() - began);
          faces[name] += result.faces.length;
        }
        const began = performance.now();
        const result = await human.detect(canvas);
        took.human[i] = Math.min(took.human[i], performance.now() - began);
        faces.human += result.face.length;
      }
    }
    const figures = (values) => {
      const sorted = [...values].sort((a, b) => a - b);
      const mean = sorted.reduce((sum, v) => sum + v, 0) / sorted.length;
      return { median: sorted[sorted.length >> 1], mean, p95: sorted[Math.floor(sorted.length * 0.95)] };
    };
    rows.push({ scene, ...Object.fromEntries(Object.entries(took).map(([name, values]) =>
      [name, { ...figures(values), faces: faces[name] / values.length / rounds }])) });
  }
  return { rows, engine: models.default.engine, threads: models.onnxruntime.threads, backend: human.tf.getBackend(), human: human.version };
}

for (const isolated of [false, true]) {
  const { tab, version, close } = await openPage(isolated);
  const { rows, engine, threads, backend, human } = await tab.evaluate(measure, { frames: FRAMES, rounds: ROUNDS });
  console.log(`\n${cpus()[0].model}, ${cpus().length} cores; Chromium ${version}; Mimika on ${engine}, ONNX Runtime on ${threads} threads, Human ${human} on ${backend}`);
  for (const row of rows) {
    for (const name of ["default", "fast", "onnxruntime"]) {
      const [ours, theirs] = [row[name], row.human];
      console.log(`${row.scene}: ${name} median ${ours.median.toFixed(1)} mean ${ours.mean.toFixed(1)} p95 ${ours.p95.toFixed(1)} ms (${ours.faces.toFixed(2)} faces);`
        + ` Human median ${theirs.median.toFixed(1)} mean ${theirs.mean.toFixed(1)} ms (${theirs.faces.toFixed(2)} faces);`
        + ` ratio of means ${(theirs.mean / ours.mean).toFixed(1)}`);
    }
  }
  await close();
}
