// The interactive timeline of a report: two plots of one time axis.

const data = JSON.parse(document.getElementById("data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const box = document.getElementById("charts");
const readout = document.getElementById("readout");
const spoken = document.getElementById("spoken");
const GAP = 255;
const HEIGHTS = { reaction: 150, emotions: 230 };
const NARROWEST_S = 1;
const AROUND_S = 5;
const STEP_PX = 4;

const decode = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const count = data.end - data.begin;
const times = Float64Array.from({ length: count }, (_, i) => (data.begin + i) / data.rate);
const whole = { min: times[0], max: Math.max(times[count - 1], times[0] + NARROWEST_S) };

// Values at all times, null in gaps; `bytes` begin where the person was first seen.
function spread(bytes, person, scale) {
  const values = new Array(count).fill(null);
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] !== GAP) values[person.begin - data.begin + i] = bytes[i] / scale;
  }
  return values;
}

const people = data.people.map((person) => {
  const shares = decode(person.probabilities);
  const length = shares.length / data.labels.length;
  return {
    number: person.number,
    reaction: spread(decode(person.reaction), person, data.reaction_scale),
    emotions: data.labels.map((_, k) => spread(shares.subarray(k * length, (k + 1) * length), person, data.share_scale)),
  };
});

let chosen = 0;
let printing = false;
let range = { ...whole };
let plots = [];
const shown = data.labels.map(() => true);

const theme = () => (dark.matches && !printing ? "dark" : "light");
const ink = () => (theme() === "dark" ? { axis: "#d5d9e2", grid: "#3a3f4b" } : { axis: "#33373f", grid: "#dcdfe5" });
const clock = (seconds) => {
  const tenths = Math.round(seconds * 10);
  const [hours, minutes, rest] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, tenths % 600];
  const text = `${String(Math.floor(rest / 10)).padStart(2, "0")}${range.max - range.min < 30 ? `.${rest % 10}` : ""}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${text}` : `${minutes}:${text}`;
};
const percent = (share) => data.words.percent.replace("{0}", Math.round(share * 100));

function bands(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const moment of data.moments) {
    if (moment.person !== people[chosen].number) continue;
    const left = plot.valToPos(moment.onset_s, "x", true);
    const right = plot.valToPos(moment.end_s, "x", true);
    ctx.globalAlpha = 0.22;
    ctx.fillStyle = data.colors[moment.emotion][theme()];
    ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
  }
  ctx.restore();
}

function limit(plot) {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(data.least, "y", true);
  ctx.save();
  ctx.strokeStyle = ink().axis;
  ctx.setLineDash([6, 6]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function options(name, height, series, top, values, hooks) {
  const { axis, grid } = ink();
  const lines = { stroke: axis, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  return {
    width: Math.max(240, box.clientWidth),
    height,
    legend: { show: false },
    cursor: { sync: { key: "time" }, drag: { x: true, y: false, uni: 10 }, points: { size: 6 } },
    scales: { x: { time: false, min: range.min, max: range.max }, y: { range: [0, top] } },
    axes: [
      { ...lines, size: 34, values: (_, ticks) => ticks.map(clock) },
      { ...lines, size: 52, values: (_, ticks) => ticks.map(values) },
    ],
    series: [{}, ...series.map((line) => ({ width: 2, points: { show: false }, spanGaps: false, ...line }))],
    hooks: { ...hooks, setCursor: [(plot) => tell(plot.cursor.idx)], setScale: [follow], ready: [touch] },
  };
}

function draw() {
  for (const plot of plots) plot.destroy();
  plots = [];
  const faint = ink().axis;
  const highest = Math.max(data.least * 1.5, ...people.map((p) => p.reaction.reduce((a, b) => Math.max(a, b ?? 0), 0)));
  const reactions = people.map((_, i) => ({ stroke: faint, width: i === chosen ? 2 : 1, alpha: i === chosen ? 1 : 0.35 }));
  const emotions = data.labels.map((label, k) => ({ stroke: data.colors[label][theme()], show: shown[k] }));
  plots = [
    new uPlot(options("reaction", HEIGHTS.reaction, reactions, highest * 1.05, (v) => String(v),
      { drawClear: [bands], draw: [limit] }),
    [times, ...people.map((p) => p.reaction)], document.getElementById("reaction")),
    new uPlot(options("emotions", HEIGHTS.emotions, emotions, 1, percent, { drawClear: [bands] }),
      [times, ...people[chosen].emotions], document.getElementById("emotions")),
  ];
  for (const plot of plots) plot.root.setAttribute("aria-hidden", "true");
}

// One plot was zoomed by the mouse: the other goes along.
let following = false;
function follow(plot, key) {
  if (key !== "x" || following || plots.length < 2) return;
  zoom(plot.scales.x.min, plot.scales.x.max);
}

function zoom(min, max) {
  const length = Math.min(Math.max(max - min, NARROWEST_S), whole.max - whole.min);
  const middle = (min + max) / 2;
  const begin = Math.min(Math.max(middle - length / 2, whole.min), whole.max - length);
  range = { min: begin, max: begin + length };
  following = true;
  for (const plot of plots) plot.setScale("x", range);
  following = false;
}

const scaled = (factor, around = (range.min + range.max) / 2) =>
  zoom(around - (around - range.min) * factor, around + (range.max - around) * factor);
const moved = (seconds) => zoom(range.min + seconds, range.max + seconds);

function sentence(index) {
  const person = people[chosen];
  if (person.reaction[index] === null) return `${clock(times[index])} — ${data.words.gap}`;
  const ranked = data.labels.map((label, k) => [label, person.emotions[k][index] ?? 0, k])
    .filter(([, , k]) => shown[k]).sort((a, b) => b[1] - a[1]).slice(0, 3);
  const parts = ranked.map(([label, share]) => `${data.words.emotions[label]} ${percent(share)}`);
  return `${clock(times[index])} — ${parts.join(", ")} — ${data.words.reaction} ${person.reaction[index].toFixed(1)}`;
}

function tell(index) {
  readout.textContent = index === null || index === undefined ? "" : sentence(index);
}

function walk(pixels) {
  const plot = plots[0];
  const width = plot.over.clientWidth;
  let left = plot.cursor.left >= 0 ? plot.cursor.left + pixels : width / 2;
  if (left < 0 || left > width) {
    moved(Math.sign(pixels) * (range.max - range.min) / 4);
    left = Math.min(Math.max(plot.valToPos(plot.posToVal(left, "x"), "x"), 0), width);
  }
  for (const each of plots) each.setCursor({ left, top: 10 }, true, false);
  spoken.textContent = sentence(plot.posToIdx(left));
}

function touch(plot) {
  const fingers = new Map();
  const at = (event) => event.clientX - plot.over.getBoundingClientRect().left;
  plot.over.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, at(event));
  });
  plot.over.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = [...fingers.values()];
    fingers.set(event.pointerId, at(event));
    const after = [...fingers.values()];
    const seconds = (range.max - range.min) / plot.over.clientWidth;
    if (before.length === 2) {
      const widths = [before, after].map(([a, b]) => Math.max(20, Math.abs(a - b)));
      scaled(widths[0] / widths[1], plot.posToVal((after[0] + after[1]) / 2, "x"));
    } else if (before.length === 1) moved((before[0] - after[0]) * seconds);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    plot.over.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }
  plot.over.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    scaled(event.deltaY > 0 ? 1.25 : 0.8, plot.posToVal(at(event), "x"));
  }, { passive: false });
  plot.over.addEventListener("mousedown", (event) => {
    if (!event.shiftKey) return;
    event.stopImmediatePropagation();
    let last = event.clientX;
    const drag = (moving) => {
      moved((last - moving.clientX) * (range.max - range.min) / plot.over.clientWidth);
      last = moving.clientX;
    };
    addEventListener("mousemove", drag);
    addEventListener("mouseup", () => removeEventListener("mousemove", drag), { once: true });
  }, { capture: true });
  plot.over.addEventListener("dblclick", () => zoom(whole.min, whole.max));
}

const KEYS = {
  ArrowLeft: (event) => walk(event.shiftKey ? -10 * STEP_PX : -STEP_PX),
  ArrowRight: (event) => walk(event.shiftKey ? 10 * STEP_PX : STEP_PX),
  "+": () => scaled(0.5), "=": () => scaled(0.5), "-": () => scaled(2), "−": () => scaled(2),
  Home: () => zoom(whole.min, whole.max),
};
box.addEventListener("keydown", (event) => {
  if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  KEYS[event.key](event);
});

const click = (id, action) => document.getElementById(id)?.addEventListener("click", action);
click("zoom-in", () => scaled(0.5));
click("zoom-out", () => scaled(2));
click("whole", () => zoom(whole.min, whole.max));
click("all", () => showAll(true));
click("none", () => showAll(false));

const toggles = [...document.querySelectorAll(".toggle")];
function show(k, visible) {
  shown[k] = visible;
  toggles[k].setAttribute("aria-pressed", String(visible));
  plots[1].setSeries(k + 1, { show: visible });
}
function showAll(visible) { data.labels.forEach((_, k) => show(k, visible)); }
toggles.forEach((button, k) => button.addEventListener("click", () => show(k, !shown[k])));

function choose(index) {
  chosen = index;
  draw();
}
for (const input of document.querySelectorAll("input[name=person]")) {
  input.addEventListener("change", () => choose(Number(input.value)));
}
for (const button of document.querySelectorAll(".show")) {
  button.addEventListener("click", () => {
    const moment = data.moments[Number(button.dataset.moment)];
    const index = people.findIndex((person) => person.number === moment.person);
    if (index !== chosen) {
      document.querySelector(`input[name=person][value="${index}"]`).checked = true;
      choose(index);
    }
    zoom(moment.onset_s - AROUND_S, moment.end_s + AROUND_S);
    box.scrollIntoView({ block: "center" });
  });
}

draw();
let width = box.clientWidth;
new ResizeObserver(() => {
  if (box.clientWidth === width) return;
  width = box.clientWidth;
  plots.forEach((plot, i) => plot.setSize({ width: Math.max(240, width), height: Object.values(HEIGHTS)[i] }));
}).observe(box);
dark.addEventListener("change", draw);
addEventListener("beforeprint", () => { printing = true; draw(); });
addEventListener("afterprint", () => { printing = false; draw(); });
