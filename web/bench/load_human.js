// Human (vladmandic/human) in the page, loaded for faces and emotions on WebAssembly.
//
// What it does beside them is off, and so is its filter of pictures, which changes none of them here and takes time; its
// cache, which spares a frame that resembles the last one (`cacheSensitivity`, `skipFrames`, `skipTime`), is as its users
// have it by default.

import { Human } from "/human/dist/human.esm.js";

export async function loadHuman() {
  const human = new Human({
    backend: "wasm", wasmPath: "/tfjs/", modelBasePath: "/human/models/", debug: false,
    filter: { enabled: false }, gesture: { enabled: false }, body: { enabled: false }, hand: { enabled: false },
    object: { enabled: false }, segmentation: { enabled: false },
    face: {
      enabled: true, detector: { maxDetected: 8, rotation: false }, mesh: { enabled: false }, iris: { enabled: false },
      description: { enabled: false }, emotion: { enabled: true }, antispoof: { enabled: false }, liveness: { enabled: false },
    },
  });
  await human.load();
  return human;
}
