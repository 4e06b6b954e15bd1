/** Compile the kernels to WebAssembly. */

import { fileURLToPath } from "node:url";
import { main } from "assemblyscript/asc";

const entry = fileURLToPath(new URL("./index.ts", import.meta.url));

/** @throws Error the compiler's words. */
export async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
  let file: Uint8Array | null = null;
  const { error, stderr } = await main([
    entry, "--outFile", "kernels.wasm", "--enable", "simd,relaxed-simd", "-O3", "--runtime", "stub", "--noAssert",
    "--baseDir", "/",
  ], { writeFile: (_, contents) => { if (typeof contents !== "string") file = contents; } });
  if (error || !file) throw new Error(`The kernels cannot be compiled: ${stderr.toString()}`);
  return new Uint8Array(file);
}
