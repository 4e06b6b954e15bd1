// The camera part of the page: pictures out, faces in, all of it drawn.

import { Plane } from "./affect.js";
import { changed, listCameras, NoCamera, openCamera } from "./camera.js";
import { Chart, legend } from "./chart.js";
import { emotion, onLanguage, say, t } from "./i18n.js";
import { drawFaces } from "./overlay.js";
import { save, Session, snapshot } from "./session.js";
import { Still } from "./still.js";
import { showMoments, showPeople, Thumbnails } from "./summary.js";

const MINUTE_S = 60;
const CHARTS = 4;
const SPEAK_MS = 3000;
const SUMMARY_MS = 2000;
const TIMEOUT_FRAME_MS = 500;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const SAMPLE = new URL("../sample.mp4", import.meta.url).href;
const TOOLS = ["snapshot", "session-csv", "session-json"];
// States in which nothing is seen until someone does something.
const FAULTS = new Set(["away", "busy", "refused", "absent", "taken", "insecure", "lost", "broken"]);

const by = (id) => document.getElementById(id);

function tell(state, ...words) {
  say(by("status"), state, ...words);
  by("status").classList.toggle("error", FAULTS.has(state));
}

export class Live {
  // `open` opens what recognizes: a `Stream` or a `Local`.
  constructor(labels, fields, open) {
    this.labels = labels;
    this.open = open;
    this.plane = new Plane(fields);
    this.still = new Still();
    this.session = 0;
    this.fields = fields;
    by("start").addEventListener("click", () => this.start());
    by("sample").addEventListener("click", () => this.sample());
    by("mirror").addEventListener("change", () => this.mirrored());
    by("snapshot").addEventListener("click", () => this.snapshot());
    by("full").addEventListener("click", () => this.fullScreen());
    by("session-csv").addEventListener("click", () => save(this.saved.csv(), "mimika.csv"));
    by("session-json").addEventListener("click", () => save(this.saved.jsonLines(), "mimika.jsonl"));
    this.mirrored();
    by("stop").addEventListener("click", () => this.stop());
    by("cameras").addEventListener("change", (event) => this.start(event.target.value));
    legend(by("legend"), labels);
    onLanguage(() => {
      legend(by("legend"), labels);
      this.showSummary();
    });
    this.forget();
  }

  forget() {
    for (const face of this.faces?.values() ?? []) face.chart?.remove();
    this.faces = new Map();
    this.summary = { people: [], moments: [] };
    this.thumbnails = new Thumbnails();
    this.summedAt = 0;
    this.plane.forget();
    this.saved = new Session(this.fields);
    this.last = null;
    this.trips = [];
    this.redrawn = 0;
    this.spokenAt = 0;
    this.showSummary();
  }

  begin() {
    this.end();
    this.still.hide();
    by("start").hidden = by("sample").hidden = true;
    by("stop").hidden = false;
    by("stop").focus();
    for (const tool of TOOLS) by(tool).disabled = false;
    this.forget();
    return this.session;
  }

  // A clip instead of a camera, for a first look.
  async sample() {
    const session = this.begin();
    const video = by("video");
    video.src = SAMPLE;
    video.loop = true;
    by("mirror").checked = false;
    this.mirrored();
    tell("sampling");
    await video.play().catch(() => {});
    await this.watch(session, video, () => video.currentSrc !== "" && !video.error);
  }

  async start(id) {
    const session = this.begin();
    while (session === this.session) {
      tell("asking");
      try {
        this.media = await openCamera(id);
      } catch (error) {
        if (!(error instanceof NoCamera)) throw error;
        if (session !== this.session) return;
        tell(error.reason);
        if (error.reason === "insecure") { this.buttons(); return; }
        await changed(error.reason);
        continue;
      }
      if (session !== this.session) { this.free(); return; }
      await this.run(session);
      if (session !== this.session) return;
      tell("lost");
      await changed("lost");
    }
  }

  stop() {
    this.end();
    this.buttons();
    by("start").focus();
    tell("stopped");
  }

  end() {
    this.session += 1;
    this.stream?.close();
    this.stream = null;
    this.free();
    by("view").getContext("2d").clearRect(0, 0, by("view").width, by("view").height);
  }

  free() {
    for (const track of this.media?.getTracks() ?? []) track.stop();
    this.media = null;
    const video = by("video");
    video.srcObject = null;
    video.loop = false;
    if (video.getAttribute("src")) { video.removeAttribute("src"); video.load(); }
  }

  buttons() {
    by("start").hidden = by("sample").hidden = false;
    by("stop").hidden = true;
    by("snapshot").disabled = true;
  }

  mirrored() {
    by("stage").classList.toggle("mirrored", by("mirror").checked);
    if (this.last && this.stream) this.draw(this.last);
  }

  async snapshot() {
    const picture = await snapshot(by("video"), this.last, by("mirror").checked, by("bars").checked);
    if (picture) save(picture, "mimika.png");
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else by("stage").requestFullscreen?.().catch(() => {});
  }

  // Until the camera is lost or the visitor stops.
  async run(session) {
    const video = by("video");
    const [track] = this.media.getVideoTracks();
    video.srcObject = this.media;
    await video.play().catch(() => {});
    await this.showCameras(track);
    await this.watch(session, video, () => track.readyState === "live");
  }

  // Sees what the video plays as long as it is alive and the visitor does not stop.
  async watch(session, video, alive) {
    by("stage").style.aspectRatio = `${video.videoWidth || 4} / ${video.videoHeight || 3}`;
    tell("connecting");
    if (!this.stream) {
      this.stream = this.open({
        state: (state, ...words) => tell(state, ...words),
        summary: (summary) => { this.summary = summary; this.showSummary(); },
        result: (answer) => { if (session === this.session) this.take(answer); },
      });
    }
    while (session === this.session && alive()) {
      if (document.hidden) {
        // Browsers show no new pictures there: what would be seen is an old one, again and again.
        tell("hidden");
        await visible();
        continue;
      }
      await nextFrame(video);
      if (!this.stream?.ready || !video.videoWidth) continue;
      try {
        await this.stream.see(video);
      } catch (error) {
        tell("broken", error.message);
        this.end();
        this.buttons();
      }
    }
  }

  take({ result, latency, picture }) {
    tell(result.faces.length ? "running" : "no-face");
    this.last = result;
    this.saved.add(result);
    this.draw(result);
    this.thumbnails.add(result, picture);
    this.plane.add(result);
    for (const face of result.faces) this.record(face, result.time_s);
    const now = performance.now();
    this.trips = [...this.trips.filter((trip) => now - trip.at < 2000), { at: now, latency }];
    if (now - this.summedAt > SUMMARY_MS) {
      this.summedAt = now;
      this.stream?.askSummary();
    }
    if (now - this.redrawn > (calm.matches ? 1000 : 200)) {
      this.redrawn = now;
      this.redraw(result.time_s);
      this.speak(result, now);
    }
  }

  draw(result) {
    const view = by("view");
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(view.clientWidth * ratio);
    const height = Math.round(view.clientHeight * ratio);
    if (view.width !== width || view.height !== height) { view.width = width; view.height = height; }
    const context = view.getContext("2d");
    context.clearRect(0, 0, width, height);
    const scale = Math.min(width / result.width, height / result.height);
    const place = { scale, mirror: by("mirror").checked, width: result.width,
      x: (width - result.width * scale) / 2, y: (height - result.height * scale) / 2 };
    drawFaces(context, result, place, { bars: by("bars").checked });
  }

  record(face, time) {
    const known = this.faces.get(face.track_id) ?? { points: [], chart: null };
    this.faces.set(face.track_id, known);
    // A stream that began anew counts its time from nought.
    if (known.points.length && time < known.points.at(-1).time) known.points = [];
    const last = known.points.at(-1);
    // A gap in the line where the face was away.
    if (last && time - last.time > 1) known.points.push({ time: last.time + 0.01, probabilities: null });
    known.points.push({ time, probabilities: face.probabilities });
    while (known.points[0].time < time - MINUTE_S) known.points.shift();
  }

  redraw(time) {
    const recent = [...this.faces].filter(([, face]) => face.points.at(-1).time > time - MINUTE_S);
    const shown = new Set(recent.slice(-CHARTS).map(([number]) => number));
    for (const [number, face] of this.faces) {
      if (shown.has(number)) {
        face.chart ??= new Chart(by("charts"), this.labels, () => t("face", number));
        face.chart.show(face.points, Math.max(0, time - MINUTE_S), Math.max(MINUTE_S, time));
      } else if (face.chart) {
        face.chart.remove();
        face.chart = null;
      }
      if (face.points.at(-1).time < time - MINUTE_S) this.faces.delete(number);
    }
    const words = by("charts").querySelector("p");
    if (words) words.hidden = shown.size > 0;
    this.plane.show();
    const mean = this.trips.reduce((sum, trip) => sum + trip.latency, 0) / this.trips.length;
    const span = (this.trips.at(-1).at - this.trips[0].at) / 1000;
    const rate = span > 0 ? (this.trips.length - 1) / span : 0;
    say(by("latency"), "latency", Math.round(mean), rate.toFixed(0));
  }

  showSummary() {
    showPeople(by("summary"), this.summary.people);
    showMoments(by("moments"), this.thumbnails.of(this.summary.moments));
  }

  // For screen readers: what changed, not more often than can be listened to.
  speak(result, now) {
    const words = result.faces.map((face) => `${t("face", face.track_id)}: ${emotion(face.emotion)}`).join(", ");
    by("view").setAttribute("aria-label", t("picture", words || t("no-face")));
    if (now - this.spokenAt < SPEAK_MS || words === this.spoken) return;
    this.spokenAt = now;
    this.spoken = words;
    by("spoken").textContent = words;
  }

  async showCameras(track) {
    const cameras = await listCameras();
    const chosen = track.getSettings().deviceId;
    by("cameras").replaceChildren(...cameras.map((camera, i) => {
      const option = new Option(camera.label || `${i + 1}`, camera.deviceId);
      option.selected = camera.deviceId === chosen;
      return option;
    }));
    by("camera-choice").hidden = cameras.length < 2;
  }
}

// Until the tab is in front again.
function visible() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
  });
}

// The next picture of the camera; where none comes (a hidden tab, a lost camera) not for ever.
function nextFrame(video) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, TIMEOUT_FRAME_MS);
    const done = () => { clearTimeout(timer); resolve(); };
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}

