// A film that is dropped on the page, seen inside the browser: ten pictures a second, as fast as it goes.

import { loadMimika, newSummary } from "./local.js";
import { say } from "./i18n.js";
import { csvOf } from "./table.js";

const STEP_S = 0.1;

export async function watchFile(files, file, result) {
  const mimika = await loadMimika();
  await mimika.reset();
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.controls = true;
  video.src = URL.createObjectURL(file);
  if (!await opened(video)) {
    if (files.elsewhere) {
      result.fail("elsewhere", file.name);
      result.button("to-server", () => { result.element.remove(); files.send(file); });
    } else result.fail("undecodable", file.name);
    return;
  }
  let cancelled = false;
  result.cancellable(() => { cancelled = true; });
  say(result.words, "analyzing", file.name);
  const summary = newSummary();
  const frames = [];
  for (let timeS = 0; timeS < video.duration; timeS += STEP_S) {
    if (cancelled) { result.fail("cancelled"); return; }
    await seek(video, timeS);
    const seen = await mimika.see(video, timeS);
    summary.add(seen);
    frames.push(seen);
    result.progress(timeS / video.duration);
  }
  result.finish();
  say(result.words, "done", file.name);
  result.body.append(video);
  await seek(video, 0);
  const name = file.name.replace(/\.[^.]*$/, "");
  const text = frames.map((frame) => JSON.stringify(frame)).join("\n");
  result.download("get-csv", new Blob([csvOf(frames, files.fields)], { type: "text/csv" }), `${name}.csv`);
  result.download("get-jsonl", new Blob([`${text}\n`], { type: "application/jsonl" }), `${name}.jsonl`);
  files.show(frames, { people: summary.people, moments: summary.moments }, result, video);
}

// Whether the browser can play it, and its length is known.
export function opened(video) {
  return new Promise((resolve) => {
    video.addEventListener("loadeddata", () => resolve(video.videoWidth > 0 && Number.isFinite(video.duration)), { once: true });
    video.addEventListener("error", () => resolve(false), { once: true });
  });
}

export function seek(video, timeS) {
  return new Promise((resolve) => {
    video.addEventListener("seeked", resolve, { once: true });
    video.currentTime = timeS;
  });
}
