// One WebSocket to the server: a picture goes out, its faces come back, then the next one. The next
// picture is encoded while the answer is on its way.

import { openStream } from "./api.js";
import { Joined } from "./joined.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
const ANSWER_MS = 10000;
const ALL_TAKEN = 1013;
const LONGEST_SIDE = 640;
const QUALITY = 0.8;

export class Stream {
  // on.state("connecting" | "running" | "away" | "busy"), on.summary(summary), on.result({result, latency, picture})
  constructor(on) {
    this.on = on;
    this.answered = Promise.resolve();
    this.wait = FIRST_WAIT_MS;
    this.ended = false;
    this.joined = new Joined();
    on.state("connecting");
    this.connect();
  }

  connect() {
    this.ready = false;
    this.pending = null;
    const socket = openStream();
    this.socket = socket;
    socket.onmessage = (event) => { if (socket === this.socket) this.take(JSON.parse(event.data)); };
    socket.onclose = (event) => { if (socket === this.socket) this.lost(event.code); };
  }

  take(message) {
    if (message.type === "hello") {
      this.wait = FIRST_WAIT_MS;
      this.ready = true;
      this.joined.begin();
      this.on.state("running");
      this.askSummary();
      return;
    }
    if (message.type === "summary") {
      this.on.summary(this.joined.summary(message.summary));
      return;
    }
    clearTimeout(this.timer);
    const pending = this.pending;
    this.pending = null;
    if (message.type === "result") {
      pending?.({ ...message, result: this.joined.result(message.result), latency: performance.now() - this.sent });
    } else pending?.(null);
  }

  lost(code) {
    clearTimeout(this.timer);
    this.ready = false;
    this.pending?.(null);
    this.pending = null;
    if (this.ended) return;
    this.on.state(code === ALL_TAKEN ? "busy" : "away");
    setTimeout(() => { if (!this.ended) this.connect(); }, this.wait);
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
  }

  // Sends the video's present picture; done when the next one may be encoded.
  async see(video) {
    if (!this.ready) return;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const picture = document.createElement("canvas");
    picture.width = Math.round(video.videoWidth * scale);
    picture.height = Math.round(video.videoHeight * scale);
    picture.getContext("2d").drawImage(video, 0, 0, picture.width, picture.height);
    const blob = await new Promise((resolve) => picture.toBlob(resolve, "image/jpeg", QUALITY));
    await this.answered;
    if (!blob || this.ended) return;
    this.answered = this.ask(blob).then((answer) => {
      if (answer && !this.ended) this.on.result({ ...answer, picture });
    });
  }

  // Resolves with the server's answer, or null where there is none. Never two at once.
  ask(blob) {
    if (!this.ready || this.pending) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.pending = resolve;
      this.sent = performance.now();
      this.socket.send(blob);
      // A server that vanished without a word (a pulled cable) is noticed by its silence.
      this.timer = setTimeout(() => this.socket.close(), ANSWER_MS);
    });
  }

  // The first one begins it; the server sums up what it sees from then on.
  askSummary() {
    if (this.ready) this.socket.send('{"summary": true}');
  }

  close() {
    this.ended = true;
    clearTimeout(this.timer);
    this.socket.close();
  }
}
