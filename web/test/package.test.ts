/** The package as others have it: packed, installed into a project of Vite, and in a plain page. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "./serve.js";

const CHROMIUM = "/usr/bin/chromium";
const web = fileURLToPath(new URL("../", import.meta.url));
const media = `${web}../tests/media_files`;
const run = promisify(execFile);
const MOST_BYTES = 7e6;

/** What somebody else writes; with types that are checked. */
const SCRIPT = `import { Mimika, type FrameResult } from "@mimika/web";
const mimika = await Mimika.load({ base: "mimika/" });
const result: FrameResult = await mimika.analyze(await (await fetch("/media/astronaut.png")).blob());
document.title = result.faces.map(({ emotion }) => emotion).join();
`;
const PAGE = `<!doctype html><title>Mine</title><script type="module">
import { Mimika } from "/package/dist/mimika.js";
const mimika = await Mimika.load();
const { faces } = await mimika.analyze(await (await fetch("/media/astronaut.png")).blob());
document.title = faces.map(({ emotion }) => emotion).join();
</script>`;

describe.skipIf(!existsSync(CHROMIUM) || !existsSync(`${web}dist`))("the packed package", () => {
  let folder: string;
  let installed: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mimika-package-"));
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: web });
    const [{ filename, size }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string; size: number }];
    console.log("packed:", size, "bytes");
    expect(size).toBeLessThan(MOST_BYTES);
    await writeFile(join(folder, "package.json"), `{ "private": true, "type": "module" }`);
    await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: folder });
    installed = join(folder, "node_modules/@mimika/web");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function titleOf(folders: Record<string, string>, pages: Record<string, string>, path: string): Promise<string> {
    const served = await serve({ ...folders, media }, pages, false);
    const tab = await browser.newPage();
    const wrong: string[] = [];
    tab.on("pageerror", (error) => wrong.push(error.message));
    try {
      await tab.goto(served.url + path);
      const before = await tab.title();
      await tab.waitForFunction((title) => document.title !== title, before, { timeout: 300_000 });
      expect(wrong).toEqual([]);
      // On its own kernels it needs no ONNX Runtime.
      expect(served.asked.filter((each) => each.includes("ort"))).toEqual([]);
      return await tab.title();
    } finally {
      await tab.close();
      served.close();
    }
  }

  test("it carries its licenses, cards and types, and needs no other package", async () => {
    for (const name of ["LICENSE", "LICENSE.yunet", "dist/LICENSE.onnxruntime", "dist/default.card.json", "types/index.d.ts"]) {
      expect((await stat(join(installed, name))).size, name).toBeGreaterThan(100);
    }
    const { dependencies, license } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    expect([dependencies, license]).toEqual([undefined, "Apache-2.0"]);
  });

  test("a project of Vite is type-checked, built and runs", async () => {
    await writeFile(join(folder, "index.html"), `<!doctype html><title>Theirs</title><script type="module" src="./main.ts"></script>`);
    await writeFile(join(folder, "main.ts"), SCRIPT);
    await mkdir(join(folder, "public"), { recursive: true });
    await cp(join(installed, "dist"), join(folder, "public/mimika"), { recursive: true });
    const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--types", ""];
    await run(join(web, "node_modules/.bin/tsc"), [...options, "main.ts"], { cwd: folder });
    await run(join(web, "node_modules/.bin/vite"), ["build", "--base", "./"], { cwd: folder });
    expect(await titleOf({ dist: join(folder, "dist") }, {}, "/dist/index.html")).toBe("happy");
  });

  test("a plain page runs it as it is", async () => {
    expect(await titleOf({ package: installed }, { "/": PAGE }, "/")).toBe("happy");
  });
});
