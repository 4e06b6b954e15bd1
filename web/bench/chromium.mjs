// The Chromium of the benches that compare with Human, and the folders that its pages ask for.

import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serveFolders } from "./serve.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folders = {
  bench: `${root}web/bench`, dist: `${root}web/dist`, assets: `${root}src/mimika/assets`,
  human: `${root}web/bench/node_modules/@vladmandic/human`,
  tfjs: `${root}web/bench/node_modules/@tensorflow/tfjs-backend-wasm/dist`,
};

/** An empty page that may ask for these folders and `more`; `isolated` allows it threads. */
export async function openPage(isolated, more = {}) {
  const server = await serveFolders({ ...folders, ...more }, isolated);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const tab = await browser.newPage();
  await tab.goto(server.url);
  const close = async () => {
    await browser.close();
    server.close();
  };
  return { tab, version: browser.version(), close };
}
