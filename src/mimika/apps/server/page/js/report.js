// A session or a film as one page to keep: who showed what, the lines over time, the strongest moments. No scripts.

import { clock } from "./chart.js";
import { color, currentLanguage, emotion, percent, t } from "./i18n.js";

const WIDTH = 1000;
const HEIGHT = 160;
const JPEG = 0.85;
const MOST_FACES = 6;
// A longer pause between frames is a gap in the line.
const GAP_S = 1;
const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#16181d;background:#fff}
svg{width:100%;height:auto;background:#17191f;border-radius:.4rem}text{fill:#d5d9e2;font:14px system-ui,sans-serif}
table{border-collapse:collapse;margin:.5rem 0}th,td{text-align:left;padding:.15rem 1rem .15rem 0}
ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:1rem}li img{display:block;border-radius:.4rem}
i{display:inline-block;width:.8rem;height:.8rem;border:1px solid #4a4f5a;border-radius:.2rem;margin-right:.4rem}`;

const safe = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const name = (label) => `<i style="background:${safe(color(label))}"></i>${safe(emotion(label))}`;

// frames: those that are drawn; moments may carry a `canvas` with their face.
export function reportOf({ title, labels, frames, people, moments }) {
  const ranked = [...people].sort((a, b) => b.frames - a.frames).slice(0, MOST_FACES)
    .sort((a, b) => a.track_id - b.track_id);
  const parts = [
    `<h1>Mimika: ${safe(title)}</h1>`,
    `<p>${safe(new Date().toLocaleString(currentLanguage()))}</p>`,
    `<p>${labels.map(name).join(" &nbsp; ")}</p>`,
    ...ranked.map((person) => section(person, labels, frames)),
    moments.length ? `<h2>${safe(t("moments"))}</h2><ul>${moments.map(item).join("")}</ul>` : "",
    `<p>${safe(t("honest"))}</p>`,
  ];
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe(title)}</title>`;
  const page = `<!doctype html><html lang="${currentLanguage()}"><head>${head}<style>${STYLE}</style></head>`
    + `<body>${parts.join("\n")}</body></html>`;
  return new Blob([page], { type: "text/html" });
}

function section(person, labels, frames) {
  const seconds = Object.values(person.seconds).reduce((sum, each) => sum + each, 0);
  const rows = Object.entries(person.shares)
    .map(([label, share]) => `<tr><td>${name(label)}</td><td>${percent(share)}</td></tr>`).join("");
  return `<h2>${safe(t("seen-face", person.track_id, seconds.toFixed(0)))}</h2>`
    + `${chart(person.track_id, labels, frames)}<table>${rows}</table>`;
}

function chart(number, labels, frames) {
  const from = frames[0]?.time_s ?? 0;
  const span = Math.max(1, (frames.at(-1)?.time_s ?? 0) - from);
  const x = (time) => (((time - from) / span) * WIDTH).toFixed(1);
  const y = (share) => ((1 - share) * HEIGHT).toFixed(1);
  const seen = frames.flatMap(({ time_s: time, faces }) =>
    faces.filter((face) => face.track_id === number).map(({ probabilities }) => ({ time, probabilities })));
  const lines = labels.map((label) => {
    const path = seen.map(({ time, probabilities }, i) => {
      const gap = !i || time - seen[i - 1].time > Math.max(GAP_S, (3 * span) / frames.length);
      return `${gap ? "M" : "L"}${x(time)} ${y(probabilities[label] ?? 0)}`;
    }).join("");
    return `<path d="${path}" fill="none" stroke="${safe(color(label))}" stroke-width="2"/>`;
  });
  const ends = `<text x="4" y="${HEIGHT + 20}">${clock(from)}</text>`
    + `<text x="${WIDTH - 4}" y="${HEIGHT + 20}" text-anchor="end">${clock(from + span)}</text>`;
  return `<svg viewBox="0 -4 ${WIDTH} ${HEIGHT + 30}" role="img" aria-label="${safe(t("face", number))}">`
    + `${lines.join("")}${ends}</svg>`;
}

function item(moment) {
  const words = `${clock(moment.peak_s)} ${emotion(moment.emotion)} ${percent(moment.probability)}`;
  const face = moment.canvas ? `<img src="${moment.canvas.toDataURL("image/jpeg", JPEG)}" alt="" width="96" height="96">` : "";
  return `<li>${face}${safe(words)}</li>`;
}
