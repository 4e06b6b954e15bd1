// One file's place among the results: what is being done with it, what came of it.

import { say } from "./i18n.js";
import { shown } from "./names.js";

export class Result {
  constructor(name) {
    this.addresses = [];
    this.element = document.createElement("article");
    this.element.className = "result";
    this.element.setAttribute("aria-label", name);
    this.words = document.createElement("p");
    this.words.setAttribute("role", "status");
    this.words.title = name;
    this.name = shown(name);
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", name);
    this.downloads = document.createElement("div");
    this.downloads.className = "downloads";
    this.body = document.createElement("div");
    this.element.append(this.words, this.bar, this.downloads, this.body);
    document.getElementById("results").prepend(this.element);
  }

  // A sentence about the file; its name is {0}.
  say(key, ...values) {
    say(this.words, key, this.name, ...values);
  }

  progress(share) {
    if (typeof share === "number" && share >= 0) this.bar.value = Math.min(1, share);
    else this.bar.removeAttribute("value");
  }

  // Something that can be done with the file, beside its way out.
  choice(key, action) {
    const button = document.createElement("button");
    say(button, key);
    button.addEventListener("click", action);
    this.downloads.append(button);
    return button;
  }

  cancellable(cancel) { this.wayOut("cancel", cancel); }

  removable(remove) {
    this.wayOut("remove", () => { this.remove(); remove(); });
  }

  wayOut(key, action) {
    this.action?.remove();
    this.action = this.choice(key, action);
  }

  remove() {
    this.element.remove();
    for (const address of this.addresses) URL.revokeObjectURL(address);
  }

  finish() {
    this.bar.remove();
    this.action?.remove();
    this.removable(() => {});
  }

  fail(key, ...values) {
    this.finish();
    this.say(key, ...values);
    this.words.classList.add("error");
  }

  address(blob) {
    const address = URL.createObjectURL(blob);
    this.addresses.push(address);
    return address;
  }

  download(key, blob, name) {
    const link = document.createElement("a");
    link.href = this.address(blob);
    link.download = name;
    say(link, key);
    this.downloads.prepend(link);
  }
}
