// The recognizer in this browser, with the same face as the stream to a server: nothing leaves the page.

let library = null;
let loading = null;
let attempts = 0;

// One set of networks for the page.
export function loadMimika() {
  // A browser remembers a script that it could not fetch; by another address it asks again.
  loading ??= import(`../mimika/mimika.js${attempts ? `?${attempts}` : ""}`).then(async (module) => {
    library = module;
    return module.Mimika.load();
  }).catch((error) => {
    loading = null;
    attempts += 1;
    // Browsers say the same of a script that is not there as of one that cannot be reached.
    if (error instanceof TypeError) error.code = "network";
    throw error;
  });
  return loading;
}

// After an error the networks are loaded anew.
export function dropMimika() {
  loading?.then((mimika) => mimika.close(), () => {});
  loading = null;
}

export const newSummary = () => new library.Summary();

export class Local {
  // on.state("running" | "loading"), on.broken(error), on.summary(summary), on.result({result, latency, picture})
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
      const mimika = await loadMimika();
      if (this.ended) return;
      this.mimika = mimika.fork();
      this.summary = newSummary();
    } catch (error) {
      if (!this.ended) this.on.broken(error);
      return;
    }
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
    this.mimika?.close();
  }
}
