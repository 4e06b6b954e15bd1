// The audience's page: the curve, synchrony and counts over the film.

const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);
const AROUND_S = 10;
const film = by("film");

// Numbers as 16-bit whole ones in base64, `gap` where there is none.
function numbers(text, scale) {
  const values = new Int16Array(decode(text).buffer);
  return Array.from(values, (value) => (value === data.gap ? null : value / scale));
}

const columns = Object.fromEntries(Object.entries(data.columns).map(([name, text]) => [name, numbers(text, data.scale)]));
const times = Float64Array.from({ length: columns.mean.length }, (_, i) => data.begin_s + i * data.step_s);
const counts = ["watching", "attentive"].filter((name) => name in columns);
for (const name of counts) columns[name] = columns[name].map((hundredth) => Math.round((hundredth ?? 0) * 100));
const shown = data.emotions.map(() => true);
const top = 1.05 * Math.max(1, ...[...columns.high, ...columns.mean].map((value) => value ?? 0));
const most = Math.max(1, ...columns.watching);
const stretches = () => data.moments.filter((moment) => !moment.by_chance).map((moment) => (
  { from: moment.onset_s, to: moment.end_s, color: data.colors[moment.emotion][theme()] }));
const faint = () => (theme() === "dark" ? "#8ccdf533" : "#0b5c8f33");
const main = () => (theme() === "dark" ? "#8ccdf5" : "#0b5c8f");
const short = (value) => String(Math.round(value * 100) / 100);

function plots() {
  const axis = ink().axis;
  const groups = Object.keys(data.groups);
  const dashes = [[], [8, 4], [2, 3], [12, 3, 2, 3]];
  const described = [
    {
      element: by("reaction"), height: 190, range: [0, top], values: short, stretches,
      series: [{ stroke: faint(), width: 1 }, { stroke: faint(), width: 1 }, { stroke: main() }],
      fill: [{ series: [1, 2], fill: faint() }],
      data: [columns.high, columns.low, columns.mean],
    },
    {
      element: by("emotions"), height: 190, range: [0, top], values: short, stretches,
      series: data.emotions.map((label, k) => ({ stroke: data.colors[label][theme()], show: shown[k] })),
      data: data.emotions.map((label) => columns[`emotion ${label}`]),
    },
    {
      element: by("synchrony"), height: 120, range: [-0.5, 1], values: short, stretches,
      series: [{ stroke: axis }], data: [columns.synchrony], hooks: [(plot) => limit(plot, 0)],
    },
    {
      element: by("watching"), height: 90, range: [0, most], splits: [0, most], values: short, stretches: () => [],
      series: [{ stroke: axis, fill: faint() }, { stroke: main(), dash: dashes[1] }].slice(0, counts.length),
      data: counts.map((name) => columns[name]),
    },
  ];
  if (groups.length) {
    described.push({
      element: by("groups"), height: 170, range: [0, top], values: short, stretches,
      series: groups.map((_, i) => ({ stroke: axis, dash: dashes[i % dashes.length] })),
      data: groups.map((name) => columns[`group ${name}`]),
    });
  }
  return described;
}

function sentence(index) {
  const value = (name) => (columns[name][index] === null ? "–" : decimal(columns[name][index]));
  const ranked = data.emotions.map((label, k) => [label, columns[`emotion ${label}`][index] ?? 0, k])
    .filter(([, , k]) => shown[k]).sort((a, b) => b[1] - a[1]).slice(0, 2);
  const parts = ranked.map(([label, effect]) => `${data.words.emotions[label]} ${decimal(effect)}`);
  return `${clock(times[index], true)} — ${data.words.reaction} ${value("mean")} (${value("low")} – ${value("high")}) — `
    + `${parts.join(", ")} — ${data.words.synchrony} ${value("synchrony")} — `
    + counts.map((name) => `${data.words[name]} ${columns[name][index]}`).join(", ");
}

function play(seconds) {
  if (!film || film.hidden) return;
  film.currentTime = Math.max(0, seconds);
}

// Key frames stand over their times; where there is no room, or another time is shown, they are left out.
const strip = by("strip");
const frames = [...document.querySelectorAll(".frame-button")];
function placeFrames({ plots: [plot], range }) {
  if (!strip) return;
  strip.classList.add("placed");
  const left = plot.over.getBoundingClientRect().left - strip.getBoundingClientRect().left;
  const right = left + plot.over.clientWidth;
  let free = left;
  for (const frame of frames) {
    const time = Number(frame.dataset.time);
    frame.hidden = time < range.min || time > range.max;
    if (frame.hidden) continue;
    const middle = left + (right - left) * (time - range.min) / (range.max - range.min);
    const begin = Math.min(Math.max(middle - frame.offsetWidth / 2, left), right - frame.offsetWidth);
    frame.hidden = begin < free;
    if (frame.hidden) continue;
    frame.style.left = `${begin}px`;
    free = begin + frame.offsetWidth + 2;
  }
}

const charts = new Charts({
  box: by("charts"), times, plots, sentence, readout: by("readout"), spoken: by("spoken"), picked: play,
  ranged: placeFrames,
});

const toggles = [...document.querySelectorAll(".toggle")];
toggles.forEach((button, k) => button.addEventListener("click", () => {
  shown[k] = !shown[k];
  button.setAttribute("aria-pressed", String(shown[k]));
  charts.plots[1].setSeries(k + 1, { show: shown[k] });
}));

for (const button of document.querySelectorAll(".show")) {
  button.addEventListener("click", () => {
    const moment = data.moments[Number(button.dataset.moment)];
    charts.zoom(moment.onset_s - AROUND_S, moment.end_s + AROUND_S);
    if (film && !film.hidden) {
      play(moment.onset_s);
      film.play();
      film.scrollIntoView({ block: "start" });
    } else by("charts").scrollIntoView({ block: "center" });
  });
}
for (const button of document.querySelectorAll(".frame-button")) {
  button.addEventListener("click", () => {
    const seconds = Number(button.dataset.time);
    charts.zoom(seconds - 30, seconds + 30);
    play(seconds);
  });
}
// The film is not part of the page: where it does not lie beside it, its place stays away.
film?.addEventListener("error", () => { film.hidden = true; by("film-panel").hidden = true; }, true);
