import { expect, test } from "vitest";
import { Appearance } from "../src/recognizer/appearance.js";
import { mirrored, prepare, uprightCrop } from "../src/recognizer/crops.js";
import type { Card } from "../src/recognizer/card.js";
import type { Box } from "../src/recognizer/geometry.js";
import { People } from "../src/recognizer/people.js";
import { Recognizer } from "../src/recognizer/recognizer.js";
import type { FrameResult } from "../src/recognizer/results.js";
import { ProbabilitySmoother } from "../src/recognizer/smoothing.js";
import { cut, type Pixels } from "../src/recognizer/pixels.js";
import { suppress } from "../src/recognizer/suppression.js";
import { detectTilted, turned } from "../src/recognizer/tilted.js";
import { Track, Tracker } from "../src/recognizer/tracker.js";
import { HIGH_SCORE } from "../src/recognizer/yunet.js";
import type { Moment } from "../src/timeline/moments.js";
import { Summary, type SeenFace } from "../src/timeline/summary.js";
import { gifFrames, golden, openModel, openSmall, openYuNet, pattern } from "./support.js";

type Sides = [number, number, number, number];
const boxOf = ([x, y, width, height]: Sides): Box => ({ x, y, width, height });
const sidesOf = (box: Box): Sides => [box.x, box.y, box.width, box.height];

test("crops are Python's, to two steps of 255", async () => {
  interface Kept {
    width: number; height: number; margin: number; boxes: Sides[]; faces: string; turns: number[]; upright: string;
  }
  const wanted = await golden<Kept>("crops");
  const image = pattern(wanted.width, wanted.height);
  const spec = { width: 48, height: 48, channels: 1, color: "gray" } as const;
  const boxes = wanted.boxes.map(boxOf);
  const expectClose = (found: Uint8Array, kept: string) => {
    const faces = Buffer.from(kept, "base64");
    expect(found.length).toBe(faces.length);
    const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - faces[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(2);
  };
  expectClose(prepare(image, boxes, spec, wanted.margin), wanted.faces);
  const upright = boxes.flatMap((box) => wanted.turns.map((degrees) => uprightCrop(image, box, spec, wanted.margin, degrees)));
  expectClose(Uint8Array.from(upright.flatMap((crop) => [...crop])), wanted.upright);
});

test("mirrored crops have left and right exchanged", () => {
  const spec = { width: 3, height: 2, channels: 1, color: "gray" } as const;
  const faces = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect([...mirrored(faces, spec)]).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
  const color = { width: 2, height: 1, channels: 3, color: "rgb" } as const;
  expect([...mirrored(faces.subarray(0, 6), color)]).toEqual([4, 5, 6, 1, 2, 3]);
});

test("suppression keeps the same boxes", async () => {
  const wanted = await golden<{ boxes: Sides[]; scores: number[]; min_face: number; kept: Sides[] }>("suppression");
  const found = wanted.boxes.map((sides, i) => ({ box: boxOf(sides), score: wanted.scores[i]! }));
  const kept = suppress(found, wanted.min_face).map(({ box }) => sidesOf(box));
  expect(kept).toEqual(wanted.kept);
});

test("a tilted face that fills the picture is found at the same place and judged upright", async () => {
  interface Kept {
    file: string; frame: number; cut: Sides; degrees: number; box: Sides; score: number; probabilities: Record<string, number>;
  }
  const wanted = await golden<Kept>("tilted");
  const frame = (await gifFrames(wanted.file))[wanted.frame]!;
  const { picture } = turned(cut(frame, ...wanted.cut), wanted.degrees);
  const detector = await openYuNet("kernels");
  expect((await detector.detectThoroughly(picture)).filter(({ score }) => score >= HIGH_SCORE)).toEqual([]);
  const [found, ...others] = await detectTilted(detector, picture);
  expect(others).toEqual([]);
  sidesOf(found!.box).forEach((value, k) => expect(Math.abs(value - wanted.box[k]!)).toBeLessThanOrEqual(1));
  expect(found!.score).toBeCloseTo(wanted.score, 1);
  const { faces: [face] } = await new Recognizer(detector, await openModel("kernels")).analyze(picture);
  for (const [label, p] of Object.entries(face!.probabilities)) {
    expect(Math.abs(p - wanted.probabilities[label]!), label).toBeLessThan(0.05);
  }
}, 60_000);

test("tracks keep the same numbers and boxes", async () => {
  interface Frame { time_s: number; found: [Sides, number][]; tracks: { track_id: number; box: Sides }[] }
  const wanted = await golden<{ frames: Frame[] }>("tracks");
  const tracker = new Tracker();
  for (const frame of wanted.frames) {
    const found = frame.found.map(([sides, score]) => ({ box: boxOf(sides), score }));
    const seen = tracker.update(found, frame.time_s);
    expect(seen.map(({ id }) => id)).toEqual(frame.tracks.map(({ track_id: id }) => id));
    seen.forEach((track, i) => {
      sidesOf(track.filter.box).forEach((value, k) => expect(value).toBeCloseTo(frame.tracks[i]!.box[k]!, 6));
    });
  }
});

test("people who come back keep their numbers, and look as different", async () => {
  interface Step { frame: number; time_s: number; tracks: { track_id: number; box: Sides }[]; numbers: number[] }
  const wanted = await golden<{ file: string; steps: Step[]; differences: number[][] }>("people");
  const frames = await gifFrames(wanted.file);
  const people = new People();
  for (const step of wanted.steps) {
    const tracks = step.tracks.map(({ track_id: id, box }) => {
      const track = new Track({ box: boxOf(box), score: 0.9 }, step.time_s);
      track.id = id;
      return track;
    });
    const numbers = people.update(frames[step.frame]!, tracks, step.time_s);
    expect(tracks.map(({ id }) => numbers.get(id)), `at ${step.time_s}`).toEqual(step.numbers);
  }
  const looks = wanted.steps.filter((_, i) => i % 8 === 0)
    .flatMap(({ frame, tracks }) => tracks.map(({ box }) => Appearance.of(frames[frame]!, boxOf(box))));
  looks.forEach((one, i) => looks.forEach((other, k) => {
    expect(Math.abs(one.difference(other) - wanted.differences[i]![k]!), `${i} and ${k}`).toBeLessThan(0.05);
  }));
});

test("smoothing gives the same values and holds the same label", async () => {
  interface Step { time_s: number; given: number[]; values: number[]; held: number }
  const wanted = await golden<{ steps: Step[] }>("smoothing");
  const smoother = new ProbabilitySmoother();
  for (const step of wanted.steps) {
    const values = smoother.update(step.given, step.time_s);
    values.forEach((value, i) => expect(value).toBeCloseTo(step.values[i]!, 9));
    expect(smoother.held).toBe(step.held);
  }
});

test("the summary: the same shares and moments", async () => {
  interface Kept { results: FrameResult[]; summary: { frames: number; people: SeenFace[]; moments: Moment[] } }
  const { results, summary: wanted } = await golden<Kept>("summary");
  const summary = new Summary();
  for (const result of results) summary.add(result);
  expect(summary.frames).toBe(wanted.frames);
  expect(summary.people.map(({ shares }) => Object.keys(shares))).toEqual(wanted.people.map(({ shares }) => Object.keys(shares)));
  expect(summary.people[0]!.seconds["happy"]).toBeCloseTo(wanted.people[0]!.seconds["happy"]!, 2);
  const { moments } = summary;
  expect(moments.length).toBeGreaterThan(1);
  expect(moments.map((m) => [m.emotion, m.person, m.track_id])).toEqual(wanted.moments.map((m) => [m.emotion, m.person, m.track_id]));
  moments.forEach((moment, i) => {
    for (const key of ["onset_s", "peak_s", "end_s", "strength", "probability"] as const) {
      expect(moment[key], key).toBeCloseTo(wanted.moments[i]![key], 1);
    }
  });
});

test.each(["kernels", "onnxruntime"] as const)("a whole clip on %s: boxes to a pixel, probabilities to 0.02, labels in 99% of frames", async (engine) => {
  const wanted = await golden<{ file: string; results: FrameResult[] }>("clip");
  const frames = await gifFrames(wanted.file);
  expect(frames.length).toBe(wanted.results.length);
  const recognizer = new Recognizer(await openYuNet(engine), await openModel(engine));
  let [box, probability, other, faces] = [0, 0, 0, 0];
  for (const [i, image] of frames.entries()) {
    const expected = wanted.results[i]!;
    const found = await recognizer.see(image, expected.time_s);
    expect(found.faces.map((face) => face.track_id)).toEqual(expected.faces.map((face) => face.track_id));
    found.faces.forEach((face, k) => {
      const same = expected.faces[k]!;
      faces += 1;
      if (face.emotion !== same.emotion) other += 1;
      sidesOf(face.box).forEach((v, n) => { box = Math.max(box, Math.abs(v - sidesOf(same.box)[n]!)); });
      for (const [label, p] of Object.entries(face.probabilities)) {
        probability = Math.max(probability, Math.abs(p - same.probabilities[label]!));
      }
    });
  }
  console.log({ engine, faces, box, probability, other });
  expect(faces).toBeGreaterThan(100);
  expect(box).toBeLessThanOrEqual(1);
  expect(probability).toBeLessThanOrEqual(0.02);
  expect(other / faces).toBeLessThanOrEqual(0.01);
}, 60_000);

interface Dark { from: number; frames: [number, number]; least: number }
interface Presence {
  file: string; model: string; card: Card; dark: Dark; results: FrameResult[];
  picture: { frame: number; faces: FrameResult["faces"] };
}

/** A frame as `presence` of scripts/make_golden.py shows it. */
function darkened(image: Pixels, index: number, { from, frames: [first, end], least }: Dark): Pixels {
  if (index < first || index >= end) return image;
  const light = Math.max(least, 8 - (index - first));
  const data = image.data.slice();
  for (let i = 0; i < data.length; i++) {
    if ((i >> 2) % image.width >= from && i % 4 < 3) data[i] = (data[i]! * light) >> 3;
  }
  return { ...image, data };
}

test("a box that holds no face is left out", async () => {
  const wanted = await golden<Presence>("presence");
  const frames = (await gifFrames(wanted.file)).slice(0, wanted.results.length)
    .map((image, i) => darkened(image, i, wanted.dark));
  const [detector, model] = [await openYuNet(), await openSmall(wanted.model, wanted.card)];
  const compare = (found: FrameResult["faces"], expected: FrameResult["faces"], where: string) => {
    expect(found.map(({ track_id: id }) => id), where).toEqual(expected.map(({ track_id: id }) => id));
    found.forEach((face, i) => {
      expect(Math.abs(face.face_presence! - expected[i]!.face_presence!), where).toBeLessThan(0.02);
    });
  };
  const recognizer = new Recognizer(detector, model);
  for (const [i, image] of frames.entries()) {
    const expected = wanted.results[i]!;
    compare((await recognizer.see(image, expected.time_s)).faces, expected.faces, `frame ${i}`);
  }
  const picture = frames[wanted.picture.frame]!;
  compare((await recognizer.analyze(picture)).faces, wanted.picture.faces, "the picture");
  const all = await new Recognizer(detector, model, { minPresence: 0 }).analyze(picture);
  expect(all.faces.length).toBeGreaterThan(wanted.picture.faces.length);
}, 120_000);

test.each(["kernels", "onnxruntime"] as const)("whether a box holds a face, on %s", async (engine) => {
  const { file, model: name, card, dark, picture } = await golden<Presence>("presence");
  const frame = darkened((await gifFrames(file))[picture.frame]!, picture.frame, dark);
  const [face] = picture.faces;
  const model = await openSmall(name, card, engine);
  const boxes = [face!.box, { x: 300, y: 60, width: 80, height: 80 }];
  const [present, absent] = await model.predictStill(frame, boxes);
  expect(Math.abs(present!.presence! - face!.face_presence!)).toBeLessThan(0.02);
  expect(absent!.presence!).toBeLessThan(0.1);
  const { emotion } = card.outputs;
  const silent = await openSmall(name, { ...card, outputs: { emotion: emotion! } }, engine);
  expect((await silent.predict(boxes.map((box) => silent.crop(frame, box))))[0]!.presence).toBeNull();
});
