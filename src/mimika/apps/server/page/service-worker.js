// Keeps the page's own files, so that it works offline after the first visit; asks nobody else.

const CACHE = "mimika";

const KERNELS = "page/mimika/kernels.wasm";
const LEFT_OUT = new Set(["index.html", "service-worker.js"]);
// What stands in where the kernels do not run: four fifths of all bytes.
const STAND_IN = /\/ort[^/]*$/;

async function files() {
  const names = await (await fetch("files.json", { cache: "no-cache" })).json();
  const kernels = WebAssembly.validate(await (await fetch(KERNELS)).arrayBuffer());
  return [...names.filter((name) => !LEFT_OUT.has(name) && !(kernels && STAND_IN.test(name))), "files.json", "./"];
}

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll((await files()).map((name) => new Request(name, { cache: "no-cache" })));
    await skipWaiting();
  })());
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

// From the network where it answers, so that a new version is seen at once; else what was kept.
addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    try {
      const answer = await fetch(event.request);
      if (answer.ok) await cache.put(event.request, answer.clone());
      return answer;
    } catch (error) {
      const kept = await cache.match(event.request, { ignoreSearch: true });
      if (kept) return kept;
      throw error;
    }
  })());
});
