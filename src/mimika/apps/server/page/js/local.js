// The recognizer in this browser, with the same face as the stream to a server: nothing leaves the page.

let library = null;
let loading = null;

// One set of networks for the page; loaded when they are first needed.
export function loadMimika() {
  loading ??= import("../mimika/mimika.js").then(async (module) => {
    library = module;
    return module.Mimika.load();
  }).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

export const newSummary = () => new library.Summary();

export class Local {
  // on.state("running" | "loading" | "broken"), on.summary(summary), on.result({result, latency, picture})
  constructor(on) {
    this.on = on;
    this.ready = false;
    this.ended = false;
    this.began = performance.now();
    on.state("loading");
    this.load();
  }

  async load() {
    try {
      this.mimika = await loadMimika();
      await this.mimika.reset();
    } catch (error) {
      if (!this.ended) this.on.state("broken", error.message);
      return;
    }
    if (this.ended) return;
    this.summary = newSummary();
    this.ready = true;
    this.on.state("running");
  }

  // Sees the video's present picture; done when the next one may come.
  async see(video) {
    if (!this.ready) return;
    const result = await this.mimika.see(video, (performance.now() - this.began) / 1000);
    if (this.ended) return;
    this.summary.add(result);
    this.on.result({ result, latency: this.mimika.lastMs, picture: video });
  }

  askSummary() {
    if (this.ready) this.on.summary({ people: this.summary.people, moments: this.summary.moments });
  }

  close() {
    this.ended = true;
    this.ready = false;
  }
}
