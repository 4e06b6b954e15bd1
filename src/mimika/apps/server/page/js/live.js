// The camera part of the page: pictures out, faces in, all of it drawn.

import { Plane } from "./affect.js";
import { changed, listCameras, NoCamera, openCamera } from "./camera.js";
import { legend } from "./chart.js";
import { emotion, onLanguage, say, t } from "./i18n.js";
import { dropMimika } from "./local.js";
import { Minute } from "./minute.js";
import { drawFaces } from "./overlay.js";
import { reportOf } from "./report.js";
import { save, Session, snapshot } from "./session.js";
import { fault, tell } from "./status.js";
import { Still } from "./still.js";
import { showMoments, showPeople, Thumbnails } from "./summary.js";

const SPEAK_MS = 3000;
const SUMMARY_MS = 2000;
// A summary of hours takes long: it may take a fiftieth of the time.
const SUMMARY_SHARE = 50;
const TIMEOUT_FRAME_MS = 500;
const REPORTED_FRAMES = 1500;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const SAMPLE = new URL("../sample.mp4", import.meta.url).href;
const SESSION = ["session-csv", "session-json", "session-report"];

const by = (id) => document.getElementById(id);

export class Live {
  // `open` opens what recognizes: a `Stream` or a `Local`; `server` says whether there is a server to choose.
  constructor(labels, fields, open, server) {
    this.open = open;
    this.server = server;
    this.fields = fields;
    this.labels = labels;
    this.plane = new Plane(fields);
    this.minute = new Minute(labels);
    this.still = new Still();
    this.session = 0;
    this.listen();
    this.mirrored();
    legend(by("legend"), labels);
    onLanguage(() => {
      legend(by("legend"), labels);
      this.showSummary();
    });
    this.forget();
  }

  listen() {
    const actions = {
      start: () => this.start(), sample: () => this.sample(), stop: () => this.stop(),
      snapshot: () => this.snapshot(), full: () => this.fullScreen(),
      "session-csv": async () => save(await this.saved.csv(), "mimika.csv"),
      "session-json": () => save(this.saved.jsonLines(), "mimika.jsonl"),
      "session-report": async () => save(await this.report(), "mimika.html"),
    };
    for (const [id, action] of Object.entries(actions)) by(id).addEventListener("click", action);
    by("mirror").addEventListener("change", () => this.mirrored());
    by("cameras").addEventListener("change", (event) => this.change(event.target.value));
    by("full").hidden = !document.fullscreenEnabled;
    // A page that one may come back to must not hold the camera meanwhile.
    addEventListener("pagehide", () => { if (!by("stop").hidden) this.stop(); });
  }

  forget() {
    this.minute.forget();
    this.summary = { people: [], moments: [] };
    this.thumbnails = new Thumbnails();
    this.summaryAt = 0;
    this.plane.forget();
    this.saved = new Session(this.fields);
    this.last = null;
    this.trips = [];
    this.redrawn = 0;
    this.spokenAt = 0;
    for (const tool of SESSION) by(tool).disabled = true;
    this.unseen(true);
    this.showSummary();
  }

  // Before a face was seen there is nothing to show of any.
  unseen(nobody) {
    by("unseen").hidden = !nobody;
    by("seen").hidden = nobody;
  }

  begin() {
    this.end();
    this.still.hide();
    by("view").setAttribute("aria-label", t("camera"));
    by("start").hidden = by("sample").hidden = true;
    by("stop").hidden = false;
    by("stop").focus();
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
    if (session === this.session) this.give("sample-missing");
  }

  async start() {
    await this.follow(this.begin());
  }

  // Another camera of the same session.
  async change(id) {
    this.session += 1;
    this.free();
    this.clear();
    await this.follow(this.session, id);
  }

  async follow(session, id) {
    let wanted = id;
    while (session === this.session) {
      tell("asking");
      try {
        const media = await openCamera(wanted);
        if (session !== this.session) { release(media); return; }
        this.media = media;
      } catch (error) {
        if (!(error instanceof NoCamera)) throw error;
        if (session !== this.session) return;
        tell(error.reason);
        if (error.reason === "insecure") { this.end(); this.buttons(); return; }
        // A camera that is gone must not keep the others out.
        if (error.reason === "absent" && wanted) { wanted = undefined; continue; }
        await changed(error.reason);
        continue;
      }
      await this.run(session);
      if (session !== this.session) return;
      this.clear();
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

  // Ends because of what the words say.
  give(state, ...values) {
    this.end();
    this.buttons();
    tell(state, ...values);
  }

  broken(error) {
    console.warn(error);
    dropMimika();
    this.give("broken", fault(error), this.server ? { t: "or-server" } : "");
  }

  end() {
    this.session += 1;
    this.stream?.close();
    this.stream = null;
    this.free();
    this.clear();
  }

  // What was seen is not what is there now.
  clear() {
    this.last = null;
    by("view").getContext("2d").clearRect(0, 0, by("view").width, by("view").height);
    by("snapshot").disabled = true;
  }

  free() {
    release(this.media);
    this.media = null;
    const video = by("video");
    video.srcObject = null;
    video.loop = false;
    if (video.getAttribute("src")) { video.removeAttribute("src"); video.load(); }
  }

  buttons() {
    by("start").hidden = by("sample").hidden = false;
    by("stop").hidden = true;
    by("latency").textContent = "";
    by("camera-choice").hidden = true;
    if (document.fullscreenElement) document.exitFullscreen();
    this.still.show();
  }

  mirrored() {
    by("stage").classList.toggle("mirrored", by("mirror").checked);
    if (this.last && this.stream) this.draw(this.last);
  }

  async snapshot() {
    const picture = await snapshot(by("video"), this.last, by("mirror").checked, by("bars").checked);
    if (picture) save(picture, "mimika.png");
  }

  async report() {
    const frames = await this.saved.sample(REPORTED_FRAMES);
    const moments = this.thumbnails.of(this.summary.moments);
    return reportOf({ title: t("session"), labels: this.labels, frames, people: this.summary.people, moments });
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else by("stage").requestFullscreen().catch(() => {});
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
    if (session !== this.session) return;
    this.stream ??= this.open({
      state: (state, ...words) => this.state(state, ...words),
      broken: (error) => this.broken(error),
      summary: (summary) => { this.summary = summary; this.showSummary(); },
      result: (answer) => { if (this.stream) this.take(answer); },
    });
    while (session === this.session && alive()) {
      if (document.hidden) {
        // Browsers show no new pictures there: what would be seen is an old one, again and again.
        tell("hidden");
        await visible();
        continue;
      }
      await nextFrame(video);
      if (session !== this.session || !this.stream?.ready || !video.videoWidth) continue;
      by("stage").style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
      try {
        await this.stream.see(video);
      } catch (error) {
        if (session === this.session) this.broken(error);
      }
    }
  }

  state(state, ...values) {
    if (state !== "running") this.clear();
    tell(state, ...values);
  }

  take({ result, latency, picture }) {
    // What comes late of a camera that was changed or lost.
    if (!by("video").videoWidth) return;
    tell(result.faces.length ? "running" : "no-face");
    this.last = result;
    this.saved.add(result);
    by("snapshot").disabled = false;
    for (const tool of SESSION) by(tool).disabled = false;
    if (result.faces.length) this.unseen(false);
    this.draw(result);
    this.thumbnails.add(result, picture);
    this.plane.add(result);
    this.minute.add(result);
    const now = performance.now();
    this.trips = [...this.trips.filter((trip) => now - trip.at < 2000), { at: now, latency }];
    if (now > this.summaryAt) {
      this.stream.askSummary();
      const tookMs = performance.now() - now;
      this.summaryAt = now + Math.max(SUMMARY_MS, SUMMARY_SHARE * tookMs);
    }
    if (now - this.redrawn > (calm.matches ? 1000 : 200)) {
      this.redrawn = now;
      this.minute.show(result.time_s);
      this.plane.show();
      this.showPace();
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

  showPace() {
    const mean = this.trips.reduce((sum, trip) => sum + trip.latency, 0) / this.trips.length;
    const span = (this.trips.at(-1).at - this.trips[0].at) / 1000;
    const rate = span > 0 ? (this.trips.length - 1) / span : 0;
    say(by("latency"), "latency", Math.round(mean), rate.toFixed(0));
  }

  showSummary() {
    showPeople(by("summary"), this.summary.people);
    showMoments(by("moments"), this.thumbnails.of(this.summary.moments));
    by("moments-part").hidden = !this.summary.moments.length;
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

function release(media) {
  for (const track of media?.getTracks() ?? []) track.stop();
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
