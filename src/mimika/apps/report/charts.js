// Plots over one time axis that zoom and move together: mouse, touch, keyboard, dark and light, print.

const dark = matchMedia("(prefers-color-scheme: dark)");
const NARROWEST_S = 1;
const STEP_PX = 4;
let printing = false;

const theme = () => (dark.matches && !printing ? "dark" : "light");
const ink = () => (theme() === "dark" ? { axis: "#d5d9e2", grid: "#3a3f4b" } : { axis: "#33373f", grid: "#dcdfe5" });
const decode = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

function clock(seconds, tenths = false) {
  const all = Math.round(Math.abs(seconds) * 10);
  const [hours, minutes, rest] = [Math.floor(all / 36000), Math.floor(all / 600) % 60, all % 600];
  const text = `${String(Math.floor(rest / 10)).padStart(2, "0")}${tenths ? `.${rest % 10}` : ""}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${text}` : `${minutes}:${text}`;
}

// A number with one decimal and the page's decimal sign.
const decimal = (value) => value.toLocaleString(document.documentElement.lang, {
  minimumFractionDigits: 1, maximumFractionDigits: 1,
});

// Colored stretches behind a plot: [{ from, to, color }].
function bands(plot, stretches) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = 0.22;
  for (const { from, to, color } of stretches) {
    const left = plot.valToPos(from, "x", true);
    ctx.fillStyle = color;
    ctx.fillRect(left, bbox.top, Math.max(1, plot.valToPos(to, "x", true) - left), bbox.height);
  }
  ctx.restore();
}

// A dashed line across a plot at a value.
function limit(plot, value) {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(value, "y", true);
  ctx.save();
  ctx.strokeStyle = ink().axis;
  ctx.setLineDash([6, 6]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

class Charts {
  // `plots` returns what is drawn, [{ element, height, series, data, range, splits, values, stretches, hooks, fill }];
  // `sentence` says what is at an index; `picked` is called with a time that was clicked, `ranged` with the charts
  // when what is shown, or where, has changed.
  constructor({ box, times, plots, sentence, readout, spoken, picked, ranged }) {
    Object.assign(this, { box, times, describe: plots, sentence, readout, spoken, picked, ranged });
    this.whole = { min: times[0], max: Math.max(times[times.length - 1], times[0] + NARROWEST_S) };
    this.range = { ...this.whole };
    this.plots = [];
    this.following = false;
    this.draw();
    this.width = box.clientWidth;
    new ResizeObserver(() => this.fit()).observe(box);
    dark.addEventListener("change", () => this.draw());
    addEventListener("beforeprint", () => { printing = true; this.draw(); });
    addEventListener("afterprint", () => { printing = false; this.draw(); });
    box.addEventListener("keydown", (event) => this.key(event));
    const click = (id, action) => document.getElementById(id)?.addEventListener("click", action);
    click("zoom-in", () => this.scaled(0.5));
    click("zoom-out", () => this.scaled(2));
    click("whole", () => this.all());
  }

  draw() {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    this.described = this.describe();
    this.plots = this.described.map((each) => {
      const plot = new uPlot(this.options(each), [this.times, ...each.data], each.element);
      plot.root.setAttribute("aria-hidden", "true");
      return plot;
    });
    this.ranged?.(this);
  }

  options({ height, series, range, splits, values, stretches, hooks, fill }) {
    const { axis, grid } = ink();
    const lines = { stroke: axis, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const fine = () => this.range.max - this.range.min < 30;
    return {
      width: Math.max(240, this.box.clientWidth),
      height,
      legend: { show: false },
      cursor: { sync: { key: "time" }, drag: { x: true, y: false, uni: 10 }, points: { size: 6 } },
      scales: { x: { time: false, min: this.range.min, max: this.range.max }, y: { range } },
      axes: [
        { ...lines, size: 34, values: (_, ticks) => ticks.map((tick) => clock(tick, fine())) },
        { ...lines, size: 52, values: (_, ticks) => ticks.map(values), ...(splits && { splits: () => splits }) },
      ],
      bands: fill ?? [],
      series: [{}, ...series.map((line) => ({ width: 2, points: { show: false }, spanGaps: false, ...line }))],
      hooks: {
        drawClear: [(plot) => bands(plot, stretches())],
        draw: hooks ?? [],
        setCursor: [(plot) => this.tell(plot.cursor.idx)],
        setScale: [(plot, key) => this.follow(plot, key)],
        ready: [(plot) => this.listen(plot)],
      },
    };
  }

  fit() {
    if (this.box.clientWidth === this.width) return;
    this.width = this.box.clientWidth;
    this.plots.forEach((plot, i) => plot.setSize({
      width: Math.max(240, this.width), height: this.described[i].height,
    }));
    // Plots take their new width in a microtask.
    queueMicrotask(() => this.ranged?.(this));
  }

  // One plot was zoomed by the mouse: the others go along.
  follow(plot, key) {
    if (key !== "x" || this.following || this.plots.length < this.described.length) return;
    this.zoom(plot.scales.x.min, plot.scales.x.max);
  }

  zoom(min, max) {
    const { whole } = this;
    const length = Math.min(Math.max(max - min, NARROWEST_S), whole.max - whole.min);
    const begin = Math.min(Math.max((min + max) / 2 - length / 2, whole.min), whole.max - length);
    this.range = { min: begin, max: begin + length };
    this.following = true;
    for (const plot of this.plots) plot.setScale("x", this.range);
    this.following = false;
    this.ranged?.(this);
  }

  all() { this.zoom(this.whole.min, this.whole.max); }

  scaled(factor, around = (this.range.min + this.range.max) / 2) {
    this.zoom(around - (around - this.range.min) * factor, around + (this.range.max - around) * factor);
  }

  moved(seconds) { this.zoom(this.range.min + seconds, this.range.max + seconds); }

  tell(index) {
    this.readout.textContent = index === null || index === undefined ? "" : this.sentence(index);
  }

  key(event) {
    const far = event.shiftKey ? 10 * STEP_PX : STEP_PX;
    const actions = {
      ArrowLeft: () => this.walk(-far), ArrowRight: () => this.walk(far), Home: () => this.all(),
      "+": () => this.scaled(0.5), "=": () => this.scaled(0.5), "-": () => this.scaled(2), "−": () => this.scaled(2),
    };
    if (!(event.key in actions) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[event.key]();
  }

  walk(pixels) {
    const [plot] = this.plots;
    const width = plot.over.clientWidth;
    let left = plot.cursor.left >= 0 ? plot.cursor.left + pixels : width / 2;
    if (left < 0 || left > width) {
      this.moved(Math.sign(pixels) * (this.range.max - this.range.min) / 4);
      left = Math.min(Math.max(left - Math.sign(pixels) * width / 4, 0), width);
    }
    for (const each of this.plots) each.setCursor({ left, top: 10 }, true, false);
    this.spoken.textContent = this.sentence(plot.posToIdx(left));
  }

  listen(plot) {
    const { over } = plot;
    const fingers = new Map();
    const at = (event) => event.clientX - over.getBoundingClientRect().left;
    over.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") fingers.set(event.pointerId, at(event));
    });
    over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      const before = [...fingers.values()];
      fingers.set(event.pointerId, at(event));
      const after = [...fingers.values()];
      if (before.length === 2) {
        const widths = [before, after].map(([a, b]) => Math.max(20, Math.abs(a - b)));
        this.scaled(widths[0] / widths[1], plot.posToVal((after[0] + after[1]) / 2, "x"));
      } else if (before.length === 1) this.moved((before[0] - after[0]) * this.secondsPerPixel(over));
    });
    for (const name of ["pointerup", "pointercancel"]) {
      over.addEventListener(name, (event) => fingers.delete(event.pointerId));
    }
    over.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.scaled(event.deltaY > 0 ? 1.25 : 0.8, plot.posToVal(at(event), "x"));
    }, { passive: false });
    over.addEventListener("mousedown", (event) => {
      if (event.shiftKey) this.drag(event, over);
    }, { capture: true });
    over.addEventListener("dblclick", () => this.all());
    over.addEventListener("click", (event) => this.picked?.(plot.posToVal(at(event), "x")));
  }

  drag(event, over) {
    event.stopImmediatePropagation();
    let last = event.clientX;
    const move = (moving) => {
      this.moved((last - moving.clientX) * this.secondsPerPixel(over));
      last = moving.clientX;
    };
    addEventListener("mousemove", move);
    addEventListener("mouseup", () => removeEventListener("mousemove", move), { once: true });
  }

  secondsPerPixel(over) { return (this.range.max - this.range.min) / over.clientWidth; }
}
