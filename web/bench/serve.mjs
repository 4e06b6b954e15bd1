// A static server for the benches: folders by their first path segment, and an empty page at the root.

import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json",
  ".wasm": "application/wasm", ".mp4": "video/mp4" };

/** `isolated` allows threads. */
export async function serveFolders(folders, isolated) {
  const headers = isolated
    ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } : {};
  const server = createServer((request, response) => {
    const [, first = "", ...rest] = new URL(request.url, "http://localhost").pathname.split("/");
    const file = folders[first] && join(folders[first], ...rest);
    if (!first) response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end("<!doctype html><title>Bench</title>");
    else if (file && existsSync(file)) {
      response.writeHead(200, { ...headers, "Content-Type": types[extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(response);
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
