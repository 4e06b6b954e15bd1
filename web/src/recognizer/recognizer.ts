/** The pipeline of a stream: detect, track, classify, smooth; and pictures by themselves. */

import { derivedAffect, UNCERTAIN } from "./emotions.js";
import type { Box } from "./geometry.js";
import { AHEAD, KeptAnswers } from "./kept.js";
import type { Model, Prediction } from "./model.js";
import { People } from "./people.js";
import type { Pixels } from "./pixels.js";
import { FollowedPresence, isFace } from "./presence.js";
import { RegionTracker } from "./regions.js";
import type { Face, FrameResult } from "./results.js";
import { likeliest, MeanSmoother, ProbabilitySmoother } from "./smoothing.js";
import { detectTilted } from "./tilted.js";
import { Tracker, type Track } from "./tracker.js";
import { HIGH_SCORE, type YuNet } from "./yunet.js";

export interface Settings {
  /** A face whose emotion is less probable is called uncertain, 0 to 1. */
  readonly minConfidence?: number;
  /** A box that holds a face with less probability is left out, 0 to 1; 0.5 unless said otherwise, 0 keeps all. */
  readonly minPresence?: number;
}

const MIN_PRESENCE = 0.2;

/** What is shown of a face: smoothed values, and the label that is held. */
interface Shown {
  readonly probabilities: ArrayLike<number>;
  readonly presence: number | null;
  readonly held: number;
}

interface Followed {
  readonly face: Face;
  readonly smoother: FaceSmoother;
}

/** Smooths what the model says of one face. */
class FaceSmoother {
  private readonly probabilities = new ProbabilitySmoother();
  private readonly presence = new MeanSmoother();

  update({ probabilities, presence }: Prediction, timeS: number): Shown {
    return {
      probabilities: this.probabilities.update(probabilities, timeS),
      presence: presence === null ? null : this.presence.update([presence], timeS)[0]!,
      held: this.probabilities.held,
    };
  }
}

/** Sees the faces of one stream of frames. */
export class Recognizer {
  private readonly regions: RegionTracker;
  private readonly tracker = new Tracker();
  private readonly people = new People();
  private readonly kept: KeptAnswers;
  private readonly followed = new Map<number, Followed>();
  private readonly presence: FollowedPresence;
  private readonly minPresence: number;
  private frames = 0;
  private size = "";

  constructor(
    private readonly detector: YuNet,
    private readonly model: Model,
    private readonly settings: Settings = {},
  ) {
    this.regions = new RegionTracker(detector);
    this.kept = new KeptAnswers(model.card.input);
    this.minPresence = settings.minPresence ?? MIN_PRESENCE;
    this.presence = new FollowedPresence(this.minPresence);
  }

  /** Forget the stream; numbers of faces go on. */
  reset(): void {
    this.forgetPlaces();
    this.people.reset();
    this.frames = 0;
  }

  /** Forget where faces are, and what follows them from frame to frame. */
  private forgetPlaces(): void {
    this.tracker.reset();
    this.regions.reset();
    this.followed.clear();
    this.kept.reset();
    this.presence.reset();
  }

  /** See the next frame; a time before the last one starts the stream anew. */
  async see(image: Pixels, timeS: number): Promise<FrameResult> {
    const size = `${image.width}x${image.height}`;
    if (size !== this.size) {
      // Boxes of another size of picture say nothing here; who is in them comes back.
      this.size = size;
      this.forgetPlaces();
    }
    const found = await this.regions.detect(image, timeS);
    const all = this.tracker.update(found, timeS);
    const predicted = await this.judge(image, all, timeS);
    this.presence.update(predicted, timeS);
    const present = all.filter(({ id }) => !this.presence.hidden.has(id));
    const numbers = this.people.update(image, present, timeS);
    const faces = present.filter(({ id }) => numbers.has(id)).map((track) => {
      const before = this.followed.get(track.id);
      if (!track.detection) return { ...before!.face, box: track.filter.box };
      const number = numbers.get(track.id)!;
      const smoother = before?.face.track_id === number ? before.smoother : new FaceSmoother();
      const { box, score } = track.detection;
      const face = this.face(number, box, smoother.update(predicted.get(track.id)!, timeS), score);
      this.followed.set(track.id, { face, smoother });
      return face;
    });
    this.forgetLost();
    faces.sort((one, other) => one.track_id - other.track_id);
    return this.result(image, timeS, faces);
  }

  /** See a picture by itself, at several scales: faces from left to right, numbered from 1. */
  async analyze(image: Pixels): Promise<FrameResult> {
    let found = (await this.detector.detectThoroughly(image)).filter(({ score }) => score >= HIGH_SCORE);
    if (!found.length) found = await detectTilted(this.detector, image);
    found.sort((a, b) => a.box.x - b.box.x);
    const predicted = await this.model.predictStill(image, found.map(({ box }) => box));
    const faces = found.map((face, i) => ({ ...face, values: predicted[i]! }))
      .filter(({ values }) => isFace(values, this.minPresence))
      .map(({ box, score, values }, i) => this.face(i + 1, box, { ...values, held: likeliest(values.probabilities) }, score));
    return { time_s: 0, frame_index: 0, width: image.width, height: image.height, faces };
  }

  /** What the model says of faces by the number of their track; calm ones keep their answer for a while. */
  private async judge(image: Pixels, tracks: readonly Track[], timeS: number): Promise<Map<number, Prediction>> {
    const seen = tracks.filter(({ detection }) => detection);
    const crops = seen.map(({ detection }) => this.model.crop(image, detection!.box));
    const stale = seen.map(({ id }, i) => this.staleness(id, crops[i]!, timeS));
    const most = !this.regions.busy || stale.some((share) => share > 1) ? AHEAD : 1;
    const due = [...seen.keys()].filter((i) => stale[i]! > most);
    const predicted = new Map<number, Prediction>();
    seen.forEach(({ id }, i) => {
      if (stale[i]! <= most) predicted.set(id, this.kept.values(id));
    });
    const found = await this.model.predict(due.map((i) => crops[i]!));
    due.forEach((i, row) => {
      const { id } = seen[i]!;
      predicted.set(id, found[row]!);
      // A copy: what the network gave is a part of its memory.
      const values = { ...found[row]!, probabilities: found[row]!.probabilities.slice() };
      this.kept.judged(id, crops[i]!, timeS, values);
    });
    return predicted;
  }

  /**
   * How soon a face is to be judged again.
   *
   * What is not shown is judged seldom. A box that seems to hold a face after all is judged in every frame, until the
   * mean over time says so as well.
   */
  private staleness(id: number, crop: Uint8Array, timeS: number): number {
    if (this.followed.has(id)) return this.kept.staleness(id, crop, timeS);
    const values = this.kept.ofHidden(id, timeS);
    return !values || (this.presence.hidden.has(id) && isFace(values, this.minPresence)) ? Infinity : 0;
  }

  private forgetLost(): void {
    const [remembered, people] = [this.tracker.ids, this.people.trackIds];
    this.kept.forgetAllBut(remembered);
    this.presence.forgetAllBut(remembered);
    for (const id of this.followed.keys()) {
      if (!remembered.has(id) || !people.has(id) || this.presence.hidden.has(id)) this.followed.delete(id);
    }
  }

  private face(id: number, box: Box, { probabilities, presence, held }: Shown, score: number): Face {
    const { labels } = this.model;
    const confidence = probabilities[held]!;
    const affect = derivedAffect(labels, probabilities);
    return {
      track_id: id,
      box,
      emotion: confidence >= (this.settings.minConfidence ?? 0) ? labels[held]! : UNCERTAIN,
      confidence,
      detection_score: score,
      probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i]!])),
      ...(presence !== null && { face_presence: presence }),
      ...(affect && { derived_valence: affect.valence, derived_arousal: affect.arousal }),
    };
  }

  private result(image: Pixels, timeS: number, faces: readonly Face[]): FrameResult {
    const index = this.frames;
    this.frames += 1;
    return { time_s: timeS, frame_index: index, width: image.width, height: image.height, faces };
  }
}
