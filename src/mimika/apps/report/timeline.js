// The interactive timeline of one recording's report.

const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);
const GAP = 255;
const AROUND_S = 5;

const count = data.end - data.begin;
const times = Float64Array.from({ length: count }, (_, i) => (data.begin + i) / data.rate);

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
const shown = data.labels.map(() => true);
const percent = (share) => data.words.percent.replace("{0}", Math.round(share * 100));
const highest = 1.05 * Math.max(data.least * 1.5,
  ...people.map((person) => person.reaction.reduce((a, b) => Math.max(a, b ?? 0), 0)));

const stretches = () => data.moments.filter((moment) => moment.person === people[chosen].number)
  .map((moment) => ({ from: moment.onset_s, to: moment.end_s, color: data.colors[moment.emotion][theme()] }));

function plots() {
  const line = ink().axis;
  return [
    {
      element: by("reaction"), height: 150, range: [0, highest], values: String, stretches,
      series: people.map((_, i) => ({ stroke: line, width: i === chosen ? 2 : 1, alpha: i === chosen ? 1 : 0.35 })),
      data: people.map((person) => person.reaction),
      hooks: [(plot) => limit(plot, data.least)],
    },
    {
      element: by("emotions"), height: 230, range: [0, 1], values: percent, stretches,
      series: data.labels.map((label, k) => ({ stroke: data.colors[label][theme()], show: shown[k] })),
      data: people[chosen].emotions,
    },
  ];
}

function sentence(index) {
  const person = people[chosen];
  const time = clock(times[index], true);
  if (person.reaction[index] === null) return `${time} — ${data.words.gap}`;
  const ranked = data.labels.map((label, k) => [label, person.emotions[k][index] ?? 0, k])
    .filter(([, , k]) => shown[k]).sort((a, b) => b[1] - a[1]).slice(0, 3);
  const parts = ranked.map(([label, share]) => `${data.words.emotions[label]} ${percent(share)}`);
  return `${time} — ${parts.join(", ")} — ${data.words.reaction} ${decimal(person.reaction[index])}`;
}

const charts = new Charts({
  box: by("charts"), times, plots, sentence, readout: by("readout"), spoken: by("spoken"),
});

const toggles = [...document.querySelectorAll(".toggle")];
function show(k, visible) {
  shown[k] = visible;
  toggles[k].setAttribute("aria-pressed", String(visible));
  charts.plots[1].setSeries(k + 1, { show: visible });
}
const showAll = (visible) => data.labels.forEach((_, k) => show(k, visible));
toggles.forEach((button, k) => button.addEventListener("click", () => show(k, !shown[k])));
by("all").addEventListener("click", () => showAll(true));
by("none").addEventListener("click", () => showAll(false));

function choose(index) {
  chosen = index;
  charts.draw();
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
    charts.zoom(moment.onset_s - AROUND_S, moment.end_s + AROUND_S);
    by("charts").scrollIntoView({ block: "center" });
  });
}
