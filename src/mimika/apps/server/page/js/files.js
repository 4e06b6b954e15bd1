// Photos and videos that are dropped on the page.

import { call, json, Refusal, upload } from "./api.js";
import { Chart } from "./chart.js";
import { currentLanguage, say, t } from "./i18n.js";
import { forgetJob, keepJob, keptJobs } from "./jobs.js";
import { drawFaces } from "./overlay.js";
import { loadMimika } from "./local.js";
import { Stills } from "./stills.js";
import { showMoments, showPeople } from "./summary.js";
import { csv } from "./table.js";
import { watchFile } from "./watch.js";

const ASK_MS = 300;
const POINTS = 1500;
const FACES = 4;

const by = (id) => document.getElementById(id);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Files {
  // `elsewhere`: whether a server could take what this browser cannot play.
  constructor(labels, fields, place, elsewhere = false) {
    this.labels = labels;
    this.place = place;
    this.elsewhere = elsewhere;
    this.fields = fields;
    const drop = by("drop");
    by("file").disabled = false;
    by("file").addEventListener("change", (event) => {
      this.takeAll([...event.target.files]);
      event.target.value = "";
    });
    // A file that misses the field must not replace the page.
    for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
    addEventListener("dragover", () => drop.classList.add("over"));
    for (const name of ["dragleave", "drop"]) addEventListener(name, () => drop.classList.remove("over"));
    addEventListener("drop", (event) => this.takeAll([...event.dataTransfer.files]));
    if (place !== "browser") for (const job of keptJobs()) this.resume(job);
  }

  async takeAll(files) {
    for (const file of files) await this.take(file);
  }

  async take(file) {
    const result = new Result(file.name);
    const video = file.type.startsWith("video/") || file.type === "image/gif";
    await this.guarded(file, result, async () => {
      if (video && this.place === "browser") await watchFile(this, file, result);
      else if (video) await this.video(file, result);
      else if (file.type.startsWith("image/") || !file.type) await this.photo(file, result);
      else result.fail("kind", file.name);
    });
  }

  async guarded(file, result, work) {
    try {
      await work();
    } catch (error) {
      if (error.name === "InvalidStateError") { result.fail("unreadable", file.name); return; }
      if (error.name === "MimikaError") { result.fail("failed", file.name, error.message); return; }
      if (!(error instanceof Refusal || error instanceof TypeError)) throw error;
      if (error.status === -1) result.fail("cancelled");
      else result.fail("failed", file.name, (error.status && error.message) || t("unreachable"));
    }
  }

  async photo(file, result) {
    say(result.words, "analyzing", file.name);
    result.progress();
    const seen = this.place === "browser"
      ? await (await loadMimika()).analyze(file)
      : await json("POST", "v1/analyze", new Blob([file]));
    result.finish();
    say(result.words, "faces", file.name, seen.faces.length);
    const canvas = await this.drawn(file, seen);
    if (canvas) {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t("faces", file.name, seen.faces.length));
      result.body.append(canvas);
      const png = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
      result.download("get-picture", png, `${file.name}.mimika.png`);
    } else {
      const words = document.createElement("p");
      say(words, "no-preview");
      result.body.append(words);
    }
    result.download("get-csv", new Blob([csv(seen, this.fields)], { type: "text/csv" }), `${file.name}.csv`);
    const text = JSON.stringify(seen, null, 1);
    result.download("get-json", new Blob([text], { type: "application/json" }), `${file.name}.json`);
  }

  async drawn(file, seen) {
    let bitmap;
    try { bitmap = await createImageBitmap(file); } catch { return null; }
    const canvas = document.createElement("canvas");
    canvas.className = "photo";
    canvas.width = seen.width;
    canvas.height = seen.height;
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0, seen.width, seen.height);
    drawFaces(context, seen, { scale: 1, x: 0, y: 0 });
    return canvas;
  }

  // A film that this browser cannot play goes to the server, because the visitor said so.
  async send(file) {
    const result = new Result(file.name);
    await this.guarded(file, result, () => this.video(file, result));
  }

  async video(file, result) {
    say(result.words, "uploading", file.name);
    const sending = upload(`v1/videos?lang=${currentLanguage()}`, file, (share) => result.progress(share));
    result.cancellable(() => sending.abort());
    await this.follow(await sending.answer, file.name, result);
  }

  // A video that was sent before the page was loaded again.
  async resume({ id, name }) {
    const result = new Result(name);
    try {
      await this.follow(await json("GET", `v1/videos/${id}`), name, result);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof TypeError)) throw error;
      forgetJob(id);
      result.fail("failed", name, (error.status && error.message) || t("unreachable"));
    }
  }

  async follow(sent, name, result) {
    let job = sent;
    keepJob(job.id, name);
    const address = `v1/videos/${job.id}`;
    let cancelled = false;
    result.cancellable(async () => {
      cancelled = true;
      forgetJob(job.id);
      await call("DELETE", address);
    });
    while (job.state === "queued" || job.state === "running") {
      say(result.words, job.state === "queued" ? "waiting" : "analyzing", name);
      result.progress(job.progress);
      await wait(ASK_MS);
      try { job = await json("GET", address); } catch (error) {
        if (cancelled) { result.fail("cancelled"); return; }
        throw error;
      }
    }
    result.finish();
    if (job.state === "failed") {
      forgetJob(job.id);
      result.fail("failed", name, job.error);
      return;
    }
    say(result.words, "done", name);
    await this.film(name, job, result);
    result.removable(() => {
      forgetJob(job.id);
      call("DELETE", address).catch(() => {});
    });
  }

  async film(filename, job, result) {
    const kinds = Object.entries(job.files);
    const blobs = await Promise.all(kinds.map(async ([, path]) => (await call("GET", path)).blob()));
    const files = Object.fromEntries(kinds.map(([kind], i) => [kind, blobs[i]]));
    const video = document.createElement("video");
    video.controls = true;
    video.src = URL.createObjectURL(files.output);
    result.body.append(video);
    const name = filename.replace(/\.[^.]*$/, "");
    for (const [kind, path] of kinds) {
      const ending = path.slice(path.lastIndexOf("."));
      result.download(`get-${kind}`, files[kind], `${name}${kind === "output" ? ".mimika" : ""}${ending}`);
    }
    const frames = (await files.jsonl.text()).trim().split("\n").map((line) => JSON.parse(line));
    this.show(frames, job.summary, result, video);
  }

  // The charts of a film, who was seen, and the moments.
  show(frames, summary, result, video) {
    const jump = (timeS) => { video.currentTime = timeS; };
    const ranked = [...summary.people].sort((a, b) => b.frames - a.frames).slice(0, FACES);
    const step = Math.max(1, Math.floor(frames.length / POINTS));
    for (const { track_id: number } of ranked) {
      const points = frames.filter((_, i) => i % step === 0).map((frame) => ({
        time: frame.time_s, probabilities: frame.faces.find((face) => face.track_id === number)?.probabilities,
      }));
      const chart = new Chart(result.body, this.labels, () => t("face", number));
      chart.show(points, 0, frames.at(-1).time_s);
      chart.seeks(jump);
    }
    const people = document.createElement("div");
    showPeople(people, summary.people);
    const moments = document.createElement("ul");
    moments.className = "moments";
    showMoments(moments, summary.moments, jump);
    result.body.append(people, moments);
    const stills = new Stills(video.src, frames);
    stills.of(summary.moments).then(({ pictured, poster }) => {
      if (pictured.length) showMoments(moments, pictured, jump);
      // A film that is looked at already stays where it is.
      if (poster && video.paused && !video.currentTime) { video.poster = poster; video.load(); }
    }).catch(() => { /* a film that cannot be wound goes without */ });
  }
}

class Result {
  constructor(name) {
    this.element = document.createElement("article");
    this.element.className = "result";
    this.element.setAttribute("aria-label", name);
    this.words = document.createElement("p");
    this.words.setAttribute("role", "status");
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", name);
    this.downloads = document.createElement("div");
    this.downloads.className = "downloads";
    this.body = document.createElement("div");
    this.element.append(this.words, this.bar, this.downloads, this.body);
    by("results").prepend(this.element);
  }

  progress(share) {
    if (typeof share === "number") this.bar.value = share;
    else this.bar.removeAttribute("value");
  }

  button(key, action) {
    this.action?.remove();
    this.action = document.createElement("button");
    say(this.action, key);
    this.action.addEventListener("click", action);
    this.downloads.append(this.action);
  }

  cancellable(cancel) { this.button("cancel", cancel); }

  removable(remove) {
    this.button("remove", () => { this.element.remove(); remove(); });
  }

  finish() {
    this.bar.remove();
    this.action?.remove();
    this.removable(() => {});
  }

  fail(key, ...values) {
    this.finish();
    say(this.words, key, ...values);
    this.words.classList.add("error");
  }

  download(key, blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    say(link, key);
    this.downloads.prepend(link);
  }
}
