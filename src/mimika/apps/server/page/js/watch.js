// A film that is dropped on the page, seen inside the browser: ten pictures a second, as fast as it goes.

import { csvOf } from "./table.js";
import { loadMimika, newSummary } from "./local.js";
import { stem } from "./names.js";

const STEP_S = 0.1;
// A film that cannot be wound further is damaged there.
const LONGEST_SEEK_MS = 20_000;
const FAR_S = 1e7;
// How much earlier than the film its pictures may end without a word.
const SHORTER_S = 1;

export async function watchFile(files, file, result) {
  const mimika = (await loadMimika()).fork();
  const film = file.type === "image/gif" ? await Animation.open(file, result) : await Film.open(file, result);
  if (film.fault) {
    mimika.close();
    files.cannot(film.fault, file, result);
    return;
  }
  let cancelled = false;
  result.cancellable(() => { cancelled = true; });
  result.say("analyzing");
  const summary = newSummary();
  const frames = [];
  try {
    for await (const { picture, timeS } of film.pictures()) {
      if (cancelled) { result.fail("cancelled"); return; }
      const seen = await mimika.see(picture, timeS);
      summary.add(seen);
      frames.push(seen);
      result.progress(film.duration ? timeS / film.duration : undefined);
    }
  } finally {
    mimika.close();
  }
  if (film.damaged && !frames.length) {
    files.cannot("undecodable", file, result);
    return;
  }
  const untilS = frames.at(-1)?.time_s ?? 0;
  result.finish();
  if (film.damaged) result.say("damaged", Math.round(untilS));
  else if (film.duration - untilS > SHORTER_S) result.say("shorter", Math.round(untilS), Math.round(film.duration));
  else result.say("done");
  if (film.damaged) files.offerServer(file, result);
  await film.show(result.body);
  const name = stem(file.name);
  const text = frames.map((frame) => `${JSON.stringify(frame)}\n`).join("");
  result.download("get-csv", new Blob([csvOf(frames, files.fields)], { type: "text/csv" }), `${name}.csv`);
  result.download("get-jsonl", new Blob([text], { type: "application/jsonl" }), `${name}.jsonl`);
  files.show(name, frames, { people: summary.people, moments: summary.moments }, result, film.video);
}

class Film {
  constructor(video) {
    this.video = video;
    this.damaged = false;
  }

  // `fault` says why it cannot be seen.
  static async open(file, result) {
    const video = document.createElement("video");
    video.muted = video.playsInline = video.controls = true;
    video.src = result.address(file);
    const film = new Film(video);
    film.fault = await opened(video);
    film.duration = video.duration;
    return film;
  }

  async *pictures() {
    let last = null;
    // The first picture is there even where the film is shorter than a step.
    for (let timeS = 0; timeS < this.duration || timeS === 0; timeS += STEP_S) {
      if (!await seek(this.video, timeS)) { this.damaged = true; return; }
      let picture = this.video;
      try {
        if (typeof VideoFrame !== "undefined") picture = new VideoFrame(this.video);
      } catch {
        // Browsers decode ahead: the damage behind this picture may be met before it was taken.
        this.damaged = true;
        return;
      }
      // Where a film has no new picture, as behind its last one, browsers show the one before.
      if (picture.timestamp !== undefined && picture.timestamp === last) picture.close();
      else yield { picture, timeS };
      last = picture.timestamp;
    }
  }

  async show(parent) {
    parent.append(this.video);
    if (this.video.error) this.video.load();
    else await seek(this.video, 0);
  }
}

// An animated picture, which no <video> plays.
class Animation {
  static async open(file, result) {
    const film = new Animation();
    film.address = result.address(file);
    if (typeof ImageDecoder === "undefined") return Object.assign(film, { fault: "undecodable" });
    film.decoder = new ImageDecoder({ data: file.stream(), type: file.type });
    film.fault = await film.decoder.completed.then(() => null, () => "undecodable");
    return film;
  }

  async *pictures() {
    const { frameCount } = this.decoder.tracks.selectedTrack;
    let timeS = 0;
    for (let frameIndex = 0; frameIndex < frameCount; frameIndex += 1) {
      let image;
      try {
        ({ image } = await this.decoder.decode({ frameIndex }));
      } catch {
        this.damaged = true;
        break;
      }
      const lastsS = (image.duration ?? 0) / 1e6;
      yield { picture: image, timeS };
      timeS += Math.max(lastsS, 0.01);
    }
    this.decoder.close();
  }

  async show(parent) {
    const image = document.createElement("img");
    image.src = this.address;
    image.alt = "";
    parent.append(image);
  }
}

// Null where the browser can play it, and its length is known; else why not.
export async function opened(video) {
  const loaded = await new Promise((resolve) => {
    video.addEventListener("loadeddata", () => resolve(true), { once: true });
    video.addEventListener("error", () => resolve(false), { once: true });
  });
  if (!loaded) return "undecodable";
  if (!video.videoWidth) return "soundonly";
  // Recordings of browsers do not say how long they are until their end was seen.
  if (!Number.isFinite(video.duration)) await seek(video, FAR_S);
  return Number.isFinite(video.duration) ? null : "undecodable";
}

// Whether the video shows the picture of that time now.
export function seek(video, timeS) {
  return new Promise((resolve) => {
    const done = (well) => {
      clearTimeout(timer);
      video.removeEventListener("seeked", seeked);
      video.removeEventListener("error", failed);
      resolve(well);
    };
    const seeked = () => done(true);
    const failed = () => done(false);
    const timer = setTimeout(failed, LONGEST_SEEK_MS);
    video.addEventListener("seeked", seeked);
    video.addEventListener("error", failed);
    if (video.error) failed();
    else video.currentTime = timeS;
  });
}
