// Several connections as one stream: a server that is found again counts frames, faces and time from nought.

export class Joined {
  constructor() {
    this.began = performance.now();
    this.shift = { faces: 0, frames: 0, timeS: 0 };
    this.next = { faces: 0, frames: 0 };
    this.before = this.latest = { people: [], moments: [] };
  }

  // A connection begins.
  begin() {
    this.before = this.latest;
    this.shift = { ...this.next, timeS: this.next.frames ? (performance.now() - this.began) / 1000 : 0 };
    if (!this.next.frames) this.began = performance.now();
  }

  result(result) {
    const { faces, frames, timeS } = this.shift;
    const moved = { ...result, frame_index: result.frame_index + frames, time_s: result.time_s + timeS,
      faces: result.faces.map((face) => ({ ...face, track_id: face.track_id + faces })) };
    this.next.frames = moved.frame_index + 1;
    this.next.faces = Math.max(this.next.faces, ...moved.faces.map((face) => face.track_id));
    return moved;
  }

  // What was seen before, and what this connection's summary says.
  summary({ people, moments }) {
    this.latest = {
      people: [...this.before.people, ...people.map((person) => this.moved(person))],
      moments: [...this.before.moments, ...moments.map((moment) => this.moved(moment))],
    };
    return this.latest;
  }

  moved(entry) {
    const times = Object.entries(entry).filter(([key]) => key.endsWith("_s") && key !== "duration_s")
      .map(([key, value]) => [key, value + this.shift.timeS]);
    return { ...entry, ...Object.fromEntries(times), track_id: entry.track_id + this.shift.faces };
  }
}
