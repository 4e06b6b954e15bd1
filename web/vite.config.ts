import { createHash } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { compileKernels } from "./kernels/compile.js";

const here = dirname(fileURLToPath(import.meta.url));
const models = join(here, "../src/mimika/assets");
const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
const FILES = {
  "yunet.onnx": models, "default.onnx": models, "default.card.json": models,
  "fast.onnx": models, "fast.card.json": models,
  "ort-wasm-simd-threaded.mjs": runtime, "ort-wasm-simd-threaded.wasm": runtime,
};

/** Put the models, the kernels and ONNX Runtime's WebAssembly beside the script, with a list of their digests. */
function assets(): Plugin {
  return {
    name: "mimika-assets",
    async writeBundle({ dir }) {
      const digests: Record<string, string> = {};
      const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
      for (const [name, folder] of Object.entries(FILES)) {
        digests[name] = digest(await readFile(join(folder, name)));
        await copyFile(join(folder, name), join(dir!, name));
      }
      const kernels = await compileKernels();
      digests["kernels.wasm"] = digest(kernels);
      await writeFile(join(dir!, "kernels.wasm"), kernels);
      await copyFile(join(here, "LICENSE.onnxruntime"), join(dir!, "LICENSE.onnxruntime"));
      await writeFile(join(dir!, "assets.json"), `${JSON.stringify(digests, null, 1)}\n`);
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [assets()],
  // The build of ONNX Runtime Web that fetches its WebAssembly, instead of holding it as text.
  resolve: { alias: process.env["VITEST"] ? {} : { "onnxruntime-web/wasm": join(runtime, "ort.wasm.min.mjs") } },
  build: {
    target: "es2022",
    modulePreload: false,
    rollupOptions: {
      input: { mimika: join(here, "src/index.ts"), worker: join(here, "src/worker.ts") },
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "[name].js", chunkFileNames: "[name].js" },
    },
  },
  // Node 20 has relaxed SIMD behind this; later ones always.
  // For what would never end: a busy machine takes its time.
  test: { testTimeout: 600_000, execArgv: ["--experimental-wasm-relaxed-simd", "--no-liftoff"] },
});
