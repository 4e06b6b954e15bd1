/** A static server for tests: the built package, test media and pages that a test writes. */

import { createReadStream, existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json",
  ".wasm": "application/wasm", ".mp4": "video/mp4", ".png": "image/png", ".jpg": "image/jpeg",
};

export interface Served {
  readonly url: string;
  readonly asked: string[];
  close(): void;
}

/** Serve folders by their first path segment; `isolated` allows threads. */
export async function serve(
  folders: Record<string, string>, pages: Record<string, string>, isolated: boolean,
): Promise<Served> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, "http://localhost").pathname);
    asked.push(path);
    const [, first = "", ...rest] = path.split("/");
    const headers: Record<string, string> = isolated
      ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
      : {};
    const file = folders[first] && join(folders[first], ...rest);
    if (pages[path]) response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end(pages[path]);
    else if (file && existsSync(file)) {
      response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(response);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("the server has no port");
  return { url: `http://127.0.0.1:${address.port}`, asked, close: () => server.close() };
}
