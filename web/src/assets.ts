/** The package's own files: models, cards and ONNX Runtime's WebAssembly, checked by digest. */

/** Name of a file to its SHA-256, hexadecimal; written by the build. */
export type Manifest = Readonly<Record<string, string>>;

/** What kind of thing is wrong, for pages that say it in words of their own. */
export type Fault = "closed" | "digest" | "memory" | "missing" | "network" | "picture" | "simd" | "worker";

/** What a visitor can be told: one sentence that says what to do. */
export class MimikaError extends Error {
  override name = "MimikaError";

  constructor(message: string, readonly code: Fault) {
    super(message);
  }
}

export async function fetchManifest(base: string): Promise<Manifest> {
  return (await fetched(`${base}assets.json`)).json() as Promise<Manifest>;
}

/** Fetch a file and hold it to its digest. */
export async function fetchAsset(base: string, name: string, manifest: Manifest): Promise<Uint8Array<ArrayBuffer>> {
  const wanted = manifest[name];
  if (!wanted) throw new MimikaError(`There is no file ${name} among Mimika's: check the model's name.`, "missing");
  const bytes = new Uint8Array(await (await fetched(base + name)).arrayBuffer());
  // Pages that are served without https have no digests; nothing vouches for their files anyway.
  if (!globalThis.crypto?.subtle) return bytes;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== wanted) {
    throw new MimikaError(
      `${name} is not the file that this version was built with: reload the page, or publish it again.`, "digest",
    );
  }
  return bytes;
}

async function fetched(address: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch {
    throw new MimikaError(`${address} cannot be reached: check the connection and reload the page.`, "network");
  }
  if (!response.ok) {
    throw new MimikaError(`${address} answers ${response.status}: publish all files of the package together.`, "missing");
  }
  return response;
}
