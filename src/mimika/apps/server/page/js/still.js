// While nothing runs: a still of the sample with what Mimika says of it, so that one sees what will come.

import { onLanguage, t } from "./i18n.js";
import { drawFaces } from "./overlay.js";

const by = (id) => document.getElementById(id);

export class Still {
  constructor() {
    this.image = by("still");
    onLanguage(() => this.draw());
    this.load().catch(() => this.hide());
  }

  async load() {
    const answer = await fetch(new URL("../still.json", import.meta.url));
    this.result = await answer.json();
    await this.image.decode();
    this.draw();
  }

  draw() {
    if (!this.result || this.image.hidden) return;
    const { width, height } = this.result;
    const view = by("view");
    Object.assign(view, { width, height });
    by("stage").style.aspectRatio = `${width} / ${height}`;
    view.setAttribute("aria-label", t("example"));
    drawFaces(view.getContext("2d"), this.result, { scale: 1, x: 0, y: 0, mirror: false, width });
  }

  show() {
    this.image.hidden = false;
    this.draw();
  }

  hide() {
    this.image.hidden = true;
  }
}
