/** The pipeline of a stream: detect, track, classify, smooth; and pictures by themselves. */

import { derivedAffect, UNCERTAIN } from "./emotions.js";
import type { Box } from "./geometry.js";
import { KeptAnswers } from "./kept.js";
import type { Model } from "./model.js";
import { People } from "./people.js";
import type { Pixels } from "./pixels.js";
import { RegionTracker } from "./regions.js";
import type { Face, FrameResult } from "./results.js";
import { likeliest, ProbabilitySmoother } from "./smoothing.js";
import { detectTilted } from "./tilted.js";
import { Tracker, type Track } from "./tracker.js";
import { HIGH_SCORE, type YuNet } from "./yunet.js";

export interface Settings {
  /** A face whose emotion is less probable is called uncertain, 0 to 1. */
  readonly minConfidence?: number;
}

interface Judged {
  readonly face: Face;
  readonly smoother: ProbabilitySmoother;
}

/** Sees the faces of one stream of frames. */
export class Recognizer {
  private readonly regions: RegionTracker;
  private readonly tracker = new Tracker();
  private readonly people = new People();
  private readonly kept = new KeptAnswers();
  private readonly judged = new Map<number, Judged>();
  private frames = 0;

  constructor(
    private readonly detector: YuNet,
    private readonly model: Model,
    private readonly settings: Settings = {},
  ) {
    this.regions = new RegionTracker(detector);
  }

  /** Forget the stream; numbers of faces go on. */
  reset(): void {
    this.tracker.reset();
    this.people.reset();
    this.regions.reset();
    this.judged.clear();
    this.kept.reset();
    this.frames = 0;
  }

  /** See the next frame; a time before the last one starts the stream anew. */
  async see(image: Pixels, timeS: number): Promise<FrameResult> {
    const found = await this.regions.detect(image, timeS);
    const all = this.tracker.update(found, timeS);
    const numbers = this.people.update(image, all, timeS);
    const tracks = all.filter((track) => numbers.has(track.id));
    const rows = await this.judge(image, tracks, timeS);
    const faces = tracks.map((track) => {
      const row = rows.get(track.id);
      const before = this.judged.get(track.id);
      if (!row || !track.detection) return { ...before!.face, box: track.filter.box };
      const number = numbers.get(track.id)!;
      const smoother = before?.face.track_id === number ? before.smoother : new ProbabilitySmoother();
      const values = smoother.update(row, timeS);
      const { box, score } = track.detection;
      const face = this.face(number, box, values, smoother.held, score);
      this.judged.set(track.id, { face, smoother });
      return face;
    });
    const [remembered, shown] = [this.tracker.ids, this.people.trackIds];
    for (const id of this.judged.keys()) if (!remembered.has(id) || !shown.has(id)) this.judged.delete(id);
    faces.sort((one, other) => one.track_id - other.track_id);
    this.kept.forgetAllBut(remembered);
    return this.result(image, timeS, faces);
  }

  /** See a picture by itself, at several scales: faces from left to right, numbered from 1. */
  async analyze(image: Pixels): Promise<FrameResult> {
    let found = (await this.detector.detectThoroughly(image)).filter(({ score }) => score >= HIGH_SCORE);
    if (!found.length) found = await detectTilted(this.detector, image);
    found.sort((a, b) => a.box.x - b.box.x);
    const rows = await this.model.predictMirrored(image, found.map(({ box }) => box));
    const faces = found.map(({ box, score }, i) => this.face(i + 1, box, rows[i]!, likeliest(rows[i]!), score));
    return { time_s: 0, frame_index: 0, width: image.width, height: image.height, faces };
  }

  /** What the model says of faces by their number; calm ones keep their answer for a while. */
  private async judge(image: Pixels, tracks: readonly Track[], timeS: number): Promise<Map<number, Float32Array>> {
    const rows = new Map<number, Float32Array>();
    const due: Track[] = [];
    for (const track of tracks) {
      if (!track.detection) continue;
      const kept = this.kept.of(track.id, image, track.detection.box, timeS);
      if (kept) rows.set(track.id, kept);
      else due.push(track);
    }
    const found = await this.model.predict(image, due.map((track) => track.detection!.box));
    due.forEach(({ id, detection }, i) => {
      rows.set(id, found[i]!);
      this.kept.judged(id, image, detection!.box, timeS, found[i]!.slice());
    });
    return rows;
  }

  private face(id: number, box: Box, values: ArrayLike<number>, held: number, score: number): Face {
    const { labels } = this.model;
    const confidence = values[held]!;
    const affect = derivedAffect(labels, values);
    return {
      track_id: id,
      box,
      emotion: confidence >= (this.settings.minConfidence ?? 0) ? labels[held]! : UNCERTAIN,
      confidence,
      detection_score: score,
      probabilities: Object.fromEntries(labels.map((label, i) => [label, values[i]!])),
      ...(affect && { derived_valence: affect.valence, derived_arousal: affect.arousal }),
    };
  }

  private result(image: Pixels, timeS: number, faces: readonly Face[]): FrameResult {
    const index = this.frames;
    this.frames += 1;
    return { time_s: timeS, frame_index: index, width: image.width, height: image.height, faces };
  }
}
