// Photos and videos that are dropped on the page.

import { call, json, Refusal, upload } from "./api.js";
import { Chart, legend } from "./chart.js";
import { filesOf } from "./dropped.js";
import { currentLanguage, say, t } from "./i18n.js";
import { forgetJob, keepJob, keptJobs } from "./jobs.js";
import { dropMimika, loadMimika } from "./local.js";
import { stem } from "./names.js";
import { drawFaces } from "./overlay.js";
import { reportOf } from "./report.js";
import { Result } from "./result.js";
import { fault } from "./status.js";
import { Stills } from "./stills.js";
import { showMoments, showPeople } from "./summary.js";
import { csvOf } from "./table.js";
import { watchFile } from "./watch.js";

const ASK_MS = 300;
const POINTS = 1500;
const FACES = 4;
const LONGEST_SIDE = 2560;
// Browsers do not know the kind of each file by its name.
const PHOTO = /\.(avif|bmp|heic|heif|jfif|jpe?g|png|tiff?|webp)$/i;
const VIDEO = /\.(3gp|avi|flv|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|ogv|ts|webm|wmv)$/i;

// What is said where there is a server.
const ELSEWHERE = { soundonly: "soundonly-elsewhere" };

const by = (id) => document.getElementById(id);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Files {
  // `elsewhere`: whether a server could take what this browser cannot play.
  constructor(labels, fields, place, elsewhere = false) {
    this.labels = labels;
    this.place = place;
    this.elsewhere = elsewhere;
    this.fields = fields;
    this.line = Promise.resolve();
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
    addEventListener("drop", (event) => this.dropped(event.dataTransfer));
    if (elsewhere) for (const job of keptJobs()) this.resume(job);
  }

  async dropped(transfer) {
    const some = transfer.items?.length > 0;
    const files = await filesOf(transfer);
    if (files.length) this.takeAll(files);
    else if (some) say(by("dropped"), "nothing-dropped");
  }

  // One after the other; each has its place at once, and can be left out until its turn comes.
  takeAll(files) {
    by("dropped").textContent = "";
    for (const file of files) {
      const result = new Result(file.name);
      let left = false;
      result.say("waiting");
      result.progress();
      result.cancellable(() => { left = true; result.remove(); });
      this.line = this.line.then(() => (left ? null : this.take(file, result)));
    }
  }

  async take(file, result) {
    const kind = kindOf(file);
    await this.guarded(file, result, async () => {
      if (!file.size) result.fail("empty");
      else if (kind === "video" && this.place === "browser") await watchFile(this, file, result);
      else if (kind === "video") await this.video(file, result);
      else if (kind === "photo") await this.photo(file, result, this.place);
      else result.fail("kind");
    });
  }

  async guarded(file, result, work) {
    try {
      await work();
    } catch (error) {
      if (error.status === -1) result.fail("cancelled");
      else if (error instanceof Refusal) result.fail("failed", (error.status && error.message) || t("unreachable"));
      else if (error.name === "InvalidStateError" || error.name === "EncodingError") this.cannot("unreadable", file, result);
      else if (error.name === "NotReadableError" || error.name === "NotFoundError") result.fail("gone");
      else {
        console.warn(error);
        if (error.name === "MimikaError") dropMimika();
        result.fail("failed", fault(error));
      }
    }
  }

  // What this browser cannot read may go to the server, because the visitor says so.
  cannot(why, file, result) {
    const may = this.elsewhere && this.place === "browser";
    result.fail(may ? (ELSEWHERE[why] ?? "elsewhere") : why);
    this.offerServer(file, result);
  }

  offerServer(file, result) {
    if (!this.elsewhere || this.place !== "browser") return;
    result.choice("to-server", () => {
      result.remove();
      const sent = new Result(file.name);
      this.guarded(file, sent, () => (kindOf(file) === "photo" ? this.photo(file, sent, "server") : this.video(file, sent)));
    });
  }

  async photo(file, result, place) {
    result.say("analyzing");
    result.progress();
    const seen = place === "browser"
      ? await (await loadMimika()).analyze(file)
      : await json("POST", "v1/analyze", new Blob([file]));
    result.finish();
    result.say("faces", seen.faces.length);
    const canvas = await this.drawn(file, seen);
    if (canvas) {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t("faces", file.name, seen.faces.length));
      result.body.append(canvas);
      const png = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
      if (png) result.download("get-picture", png, `${file.name}.mimika.png`);
    } else {
      const words = document.createElement("p");
      say(words, "no-preview");
      result.body.append(words);
    }
    result.download("get-csv", new Blob([csvOf([seen], this.fields)], { type: "text/csv" }), `${file.name}.csv`);
    const text = JSON.stringify(seen, null, 1);
    result.download("get-json", new Blob([text], { type: "application/json" }), `${file.name}.json`);
  }

  // The photo with its faces, a large one scaled down: canvases of many megapixels do not fit everywhere.
  async drawn(file, seen) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(seen.width, seen.height));
    const canvas = document.createElement("canvas");
    canvas.className = "photo";
    canvas.width = Math.max(1, Math.round(seen.width * scale));
    canvas.height = Math.max(1, Math.round(seen.height * scale));
    let bitmap;
    try { bitmap = await createImageBitmap(file); } catch { return null; }
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    drawFaces(context, seen, { scale, x: 0, y: 0 });
    return canvas;
  }

  async video(file, result) {
    result.say("uploading");
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
      if (!(error instanceof Refusal)) throw error;
      forgetJob(id);
      result.fail("failed", (error.status && error.message) || t("unreachable"));
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
      result.say(job.state === "queued" ? "waiting" : "analyzing");
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
      result.fail("failed", job.error);
      return;
    }
    // Before its files are here: who does not wait for them must not keep the film on the server.
    result.removable(() => {
      forgetJob(job.id);
      call("DELETE", address).catch(() => {});
    });
    result.say("done");
    await this.film(name, job, result);
  }

  async film(filename, job, result) {
    const kinds = Object.entries(job.files);
    const blobs = await Promise.all(kinds.map(async ([, path]) => (await call("GET", path)).blob()));
    const files = Object.fromEntries(kinds.map(([kind], i) => [kind, blobs[i]]));
    const video = document.createElement("video");
    video.controls = true;
    video.src = result.address(files.output);
    result.body.append(video);
    const name = stem(filename);
    for (const [kind, path] of kinds) {
      const ending = path.slice(path.lastIndexOf("."));
      result.download(`get-${kind}`, files[kind], `${name}${kind === "output" ? ".mimika" : ""}${ending}`);
    }
    const frames = (await files.jsonl.text()).trim().split("\n").map((line) => JSON.parse(line));
    this.show(name, frames, job.summary, result, video);
  }

  // The charts of a film, who was seen, the moments, and all of it as a page to keep; `video` where one can go to a time.
  async show(name, frames, summary, result, video) {
    const jump = video && ((timeS) => { video.currentTime = timeS; });
    const ranked = [...summary.people].sort((a, b) => b.frames - a.frames).slice(0, FACES);
    const step = Math.max(1, Math.floor(frames.length / POINTS));
    const drawn = frames.filter((_, i) => i % step === 0);
    if (ranked.length) {
      const list = document.createElement("ul");
      list.className = "legend";
      legend(list, this.labels);
      result.body.append(list);
    }
    for (const { track_id: number } of ranked) {
      const points = drawn.map((frame) => ({
        time: frame.time_s, probabilities: frame.faces.find((face) => face.track_id === number)?.probabilities,
      }));
      const chart = new Chart(result.body, this.labels, number);
      chart.show(points, 0, Math.max(1, frames.at(-1).time_s));
      if (jump) chart.seeks(jump);
    }
    const people = document.createElement("div");
    showPeople(people, summary.people);
    const list = document.createElement("ul");
    list.className = "moments";
    showMoments(list, summary.moments, jump);
    result.body.append(people);
    if (summary.moments.length) {
      const title = document.createElement("h3");
      say(title, "moments");
      result.body.append(title, list);
    }
    let moments = summary.moments;
    try {
      const stills = video ? await new Stills(video.src, frames).of(summary.moments) : { pictured: [], poster: null };
      if (stills.pictured.length) {
        moments = stills.pictured;
        showMoments(list, moments, jump);
      }
      // A film that is looked at already stays where it is.
      if (stills.poster && video.paused && !video.currentTime) { video.poster = stills.poster; video.load(); }
    } catch { /* a film that cannot be wound goes without */ }
    const report = reportOf({ title: name, labels: this.labels, frames: drawn, people: summary.people, moments });
    result.download("get-report", report, `${name}.html`);
  }
}

function kindOf(file) {
  if (file.type.startsWith("video/") || file.type === "image/gif") return "video";
  if (file.type.startsWith("image/")) return "photo";
  if (VIDEO.test(file.name)) return "video";
  return PHOTO.test(file.name) || (!file.type && !file.name.includes(".")) ? "photo" : null;
}
