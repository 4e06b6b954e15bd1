// A static server for the benches: folders by their first path segment, and an empty page at the root.

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { Transform } from "node:stream";

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json",
  ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml", ".webp": "image/webp", ".png": "image/png",
  ".wasm": "application/wasm", ".mp4": "video/mp4" };

/** Pass on no more than so many bytes a second, all files together. */
function pacer(bytesPerS) {
  let freeAt = 0;
  return () => new Transform({
    async transform(chunk, _, done) {
      const now = performance.now();
      freeAt = Math.max(freeAt, now) + (chunk.length / bytesPerS) * 1000;
      if (freeAt > now) await new Promise((resolve) => { setTimeout(resolve, freeAt - now); });
      done(null, chunk);
    },
  });
}

/** `isolated` allows threads; `mbits` is the speed of the network, as fast as it goes where it is not given. */
export async function serveFolders(folders, isolated, mbits = Infinity) {
  const paced = pacer((mbits * 1e6) / 8);
  const headers = isolated
    ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } : {};
  const server = createServer((request, response) => {
    const [, first = "", ...rest] = new URL(request.url, "http://localhost").pathname.split("/");
    const named = folders[first] && join(folders[first], ...rest);
    const file = named && existsSync(named) && statSync(named).isDirectory() ? join(named, "index.html") : named;
    if (!first) response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end("<!doctype html><title>Bench</title>");
    else if (file && existsSync(file)) {
      response.writeHead(200, { ...headers, "Content-Type": types[extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(paced()).pipe(response);
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
