// Pictures of a film: a face for each moment, and the frame that stands for the film.

import { thumbnail } from "./summary.js";
import { opened, seek } from "./watch.js";

const JPEG = 0.8;

export class Stills {
  constructor(address, frames) {
    this.address = address;
    this.frames = frames;
  }

  // The moments with their faces, and the address of the poster; winds a film of its own, so that the shown one stays.
  async of(moments) {
    const film = document.createElement("video");
    film.muted = true;
    film.src = this.address;
    if (await opened(film)) return { pictured: [], poster: null };
    const pictured = [];
    for (const moment of moments) {
      const face = this.faceOf(moment);
      if (face) await seek(film, moment.peak_s);
      pictured.push(face ? { ...moment, canvas: thumbnail(film, face.box) } : moment);
    }
    const [strongest] = [...moments].sort((a, b) => b.strength - a.strength);
    const timeS = strongest?.peak_s ?? this.frames.find((frame) => frame.faces.length)?.time_s ?? 0;
    await seek(film, timeS);
    const poster = await posterOf(film);
    film.removeAttribute("src");
    film.load();
    return { pictured, poster };
  }

  faceOf({ peak_s: peak, track_id: number }) {
    const [best] = this.frames
      .flatMap(({ time_s: time, faces }) => faces.map((face) => ({ face, away: Math.abs(time - peak) })))
      .filter(({ face }) => face.track_id === number).sort((a, b) => a.away - b.away);
    return best?.face;
  }
}

async function posterOf(film) {
  const canvas = document.createElement("canvas");
  canvas.width = film.videoWidth;
  canvas.height = film.videoHeight;
  canvas.getContext("2d").drawImage(film, 0, 0);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", JPEG); });
  return blob && URL.createObjectURL(blob);
}
