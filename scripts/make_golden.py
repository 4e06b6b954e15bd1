"""Write tests/golden: answers that Python and the browser's recognizer must both reproduce.

    python scripts/make_golden.py

Inputs are made by formulas that both languages can follow, or are committed media. Both recognizers
are held to them, by tests/test_golden.py and web/test/golden.test.ts.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import mimika
from mimika.detection import Detections, open_detector
from mimika.detection.tilted import detect_tilted, turned
from mimika.detection.yunet_boxes import suppressed
from mimika.labels.emotions import EMOTIONS
from mimika.models.card import InputSpec
from mimika.models.preprocessing import prepare, surroundings, turned_back
from mimika.schema.geometry import Box
from mimika.tracking.appearance import Appearance
from mimika.tracking.kalman import BoxFilter
from mimika.tracking.people import People
from mimika.tracking.smoothing import ProbabilitySmoother
from mimika.tracking.tracker import Track, Tracker

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from helpers.models import PRESENCE, write_model  # noqa: E402

GOLDEN = ROOT / "tests" / "golden"
CLIP = ROOT / "tests" / "media_files" / "head-pose-face-detection-female-and-male.gif"
DEMO = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
CALM = dict.fromkeys(EMOTIONS, 0.02) | {"neutral": 0.84}
SPEC = InputSpec(48, 48, 1, "gray")
# Within, beyond each edge, smaller and larger than the crop, much larger: x, y, width, height.
CROPS = [
    (40, 30, 60, 80),
    (-20, -10, 70, 70),
    (250, 150, 90, 120),
    (100, 100, 20, 18),
    (10, 10, 230, 210),
    (60.5, 20.5, 96, 96),
]
PAUSES_S = (38.0, 39.6), (57.0, 57.5)
TURNS = [30, -45.5]
TILTED, TILTED_FRAME = (33, 90, 68, 68), 30
# The right part of the clip, from a column on, is dark in some frames: with so many eighths of the
# light. One of the frames is a picture by itself.
DARK_FROM, DARK_FRAMES, DARKEST, DARK_PICTURE, LAST = 200, (12, 30), 2, 25, 42


def pattern(width: int, height: int) -> np.ndarray:
    """A picture that both languages can make: (height, width, 3) uint8 BGR, smooth with edges."""
    y, x = np.mgrid[0:height, 0:width]
    blue = (x * 3 + y * 5) % 256
    green = (x * x // 7 + y * 2) % 256
    red = np.where((x // 16 + y // 16) % 2 == 0, 40, 200)
    return np.stack([blue, green, red], axis=2).astype(np.uint8)


def numbers(count: int, seed: int) -> list[float]:
    """Numbers in [0, 1) that both languages can make: a linear congruential generator."""
    state, found = seed, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        found.append(state / 2**32)
    return found


def crops() -> dict[str, Any]:
    image = pattern(320, 240)
    boxes = [Box(*map(float, sides)) for sides in CROPS]
    faces = prepare(image, boxes, SPEC, 0.1)
    upright = [
        turned_back(surroundings(image, box, SPEC, 0.1), SPEC, degrees)
        for box in boxes
        for degrees in TURNS
    ]
    return {
        "width": 320,
        "height": 240,
        "margin": 0.1,
        "boxes": CROPS,
        "faces": base64.b64encode(faces.tobytes()).decode(),
        "turns": TURNS,
        "upright": base64.b64encode(np.stack(upright).tobytes()).decode(),
    }


def suppression() -> dict[str, Any]:
    values = np.array(numbers(40 * 5, 7)).reshape(40, 5)
    boxes = np.column_stack([values[:, :2] * 200, 20 + values[:, 2:4] * 60]).astype(np.float32)
    scores = (0.4 + values[:, 4] * 0.6).astype(np.float32)
    kept = suppressed(boxes, scores, 24)
    return {
        "boxes": boxes.tolist(),
        "scores": scores.tolist(),
        "min_face": 24,
        "kept": [[b.x, b.y, b.width, b.height] for b in kept.boxes],
    }


def tilted() -> dict[str, Any]:
    """A face that fills the picture, is found only at the second look, and is judged upright."""
    (x, y, width, height), degrees = TILTED, -45
    with mimika.open_source(CLIP) as film:
        image = next(frame.image for frame in film if frame.index == TILTED_FRAME)
    picture, _ = turned(np.ascontiguousarray(image[y : y + height, x : x + width]), degrees)
    found = detect_tilted(open_detector("yunet", engine="cpu", threads=1), picture)
    (box,), (score,) = found.boxes, found.scores
    (face,) = mimika.analyze(picture, settings=mimika.Settings(engine="cpu", threads=1))
    return {
        "file": CLIP.name,
        "frame": TILTED_FRAME,
        "cut": TILTED,
        "degrees": degrees,
        "box": [box.x, box.y, box.width, box.height],
        "score": float(score),
        "probabilities": {label: round(p, 4) for label, p in face.probabilities.items()},
    }


def tracks() -> dict[str, Any]:
    tracker, frames = Tracker(), []
    for i in range(60):
        time_s = i / 25 if i < 40 else i / 25 + 0.6
        found = []
        if not 20 <= i < 23:
            found.append(((50 + 3.0 * i, 60, 80 + i / 2, 90), 0.95))
        if i >= 5:
            found.append(((400 - 4.0 * i, 70, 70, 75), 0.4 if 30 <= i < 34 else 0.7))
        detections = Detections(
            tuple(Box(*map(float, sides)) for sides, _ in found), tuple(s for _, s in found)
        )
        seen = tracker.update(detections, time_s)
        told = []
        for track in seen:
            b = track.filter.box
            number = getattr(track, "track_id", None) or getattr(track, "number", 0)
            told.append({"track_id": number, "box": [b.x, b.y, b.width, b.height]})
        frames.append({"time_s": time_s, "found": found, "tracks": told})
    return {"frames": frames}


# Of the clip's frames: which, when, and which of its two faces each track shows.
PEOPLE: list[tuple[int, float, dict[int, int]]] = [
    *((i, i / 10, {1: 0, 2: 1}) for i in range(12)),
    # Both look away and come back, the second one alone first.
    *((20 + i, 6 + i / 10, {3: 1}) for i in range(6)),
    *((30 + i, 8 + i / 10, {3: 1, 4: 0}) for i in range(6)),
    # A cut: each track shows the other one.
    *((40 + i, 9 + i / 10, {3: 0, 4: 1}) for i in range(6)),
    # Away for longer than anybody is remembered.
    *((50 + i, 80 + i / 10, {5: 0}) for i in range(4)),
]


def people() -> dict[str, Any]:
    """Who is who, on tracks that come and go, and how different the faces look."""
    with mimika.open_source(CLIP) as film:
        images = [frame.image for frame in film]
    faces = json.loads((GOLDEN / "clip.json").read_text(encoding="utf-8"))["results"]
    known, steps = People(), []
    for index, time_s, shown in PEOPLE:
        boxes = [Box(**faces[index]["faces"][i]["box"]) for i in shown.values()]
        found = Detections(tuple(boxes), (0.9,) * len(boxes))
        seen = [
            Track(track_id, BoxFilter(box), 0.9, time_s, i)
            for i, (track_id, box) in enumerate(zip(shown, boxes, strict=True))
        ]
        numbered = known.update(images[index], found, seen, time_s)
        tracks = [
            {"track_id": track.track_id, "box": [b.x, b.y, b.width, b.height]}
            for track, b in zip(seen, boxes, strict=True)
        ]
        numbers = [numbered[track_id] for track_id in shown]
        steps.append({"frame": index, "time_s": time_s, "tracks": tracks, "numbers": numbers})
    looks = [
        Appearance.of(images[index], Box(**faces[index]["faces"][i]["box"]))
        for index, _, shown in PEOPLE[::8]
        for i in shown.values()
    ]
    differences = [[one.difference(other) for other in looks] for one in looks]
    return {"file": CLIP.name, "steps": steps, "differences": differences}


def smoothing() -> dict[str, Any]:
    smoother, steps = ProbabilitySmoother(), []
    for i, row in enumerate(np.array(numbers(50 * 4, 3)).reshape(50, 4)):
        given = (row / row.sum()).astype(np.float32)
        time_s = i * 0.04 + (0.5 if i > 30 else 0)
        values = smoother.update(given, time_s)
        steps.append(
            {
                "time_s": time_s,
                "given": given.tolist(),
                "values": values.tolist(),
                "held": smoother.held,
            }
        )
    return {"steps": steps}


def clip() -> dict[str, Any]:
    """The clip as a camera of 25 frames a second gives it, twice as fast: then looks are shared."""
    settings = mimika.Settings(engine="cpu", threads=1)
    with mimika.Recognizer(settings) as recognizer, mimika.open_source(CLIP) as film:
        results = [recognizer(frame.image, frame.index / 25).to_dict() for frame in film]
    return {"file": CLIP.name, "results": results}


def presence_model() -> Path:
    """A small model that says of dark boxes that they hold no face."""
    return write_model(GOLDEN / "presence.onnx", PRESENCE)


def darkened(image: np.ndarray, index: int) -> np.ndarray:
    """A frame of the clip as `presence` shows it, in whole numbers."""
    first, end = DARK_FRAMES
    light = max(DARKEST, 8 - (index - first)) if first <= index < end else 8
    dark = image.copy()
    dark[:, DARK_FROM:] = (dark[:, DARK_FROM:].astype(np.uint16) * light) >> 3
    return dark


def presence() -> dict[str, Any]:
    """A clip with a box that holds no face for a while, and one of its frames as a picture."""
    model = GOLDEN / "presence.onnx"
    settings = mimika.Settings(model=str(model), engine="cpu", threads=1)
    results = []
    with mimika.Recognizer(settings) as recognizer, mimika.open_source(CLIP) as film:
        for frame in islice(film, LAST):
            image = darkened(frame.image, frame.index)
            results.append(recognizer(image, frame.time_s).to_dict())
            if frame.index == DARK_PICTURE:
                picture = [face.to_dict() for face in mimika.analyze(image, settings=settings)]
        card = recognizer.card.to_dict()
    return {
        "file": CLIP.name,
        "model": model.name,
        "card": card,
        "dark": {"from": DARK_FROM, "frames": DARK_FRAMES, "least": DARKEST},
        "results": results,
        "picture": {"frame": DARK_PICTURE, "faces": picture},
    }


def summary() -> dict[str, Any]:
    """The demo clip at rest for a while, then twice, five results a second; the laughs have a pause
    and a breath.
    """
    settings = mimika.Settings(engine="cpu", threads=1, every=1)
    with mimika.Recognizer(settings) as recognizer, mimika.open_source(DEMO) as film:
        once = [recognizer(frame) for frame in film if frame.index % 5 == 0]
    length_s = once[-1].time_s + 0.2
    calm = replace(once[0].faces[0], probabilities=CALM, emotion="neutral")
    still = [replace(once[0], time_s=i / 5, faces=(calm,)) for i in range(120)]
    starts_s = (24.0, 24.0 + length_s)
    films = [replace(r, time_s=round(r.time_s + s, 4)) for s in starts_s for r in once]
    films = [
        replace(r, faces=(calm,)) if any(a <= r.time_s < b for a, b in PAUSES_S) else r
        for r in films
    ]
    found = mimika.Summary()
    results = []
    for result in [*still, *films]:
        raw = result.to_dict()
        for face in raw["faces"]:
            face["probabilities"] = {k: round(p, 3) for k, p in face["probabilities"].items()}
        results.append(raw)
        found.add(mimika.FrameResult.from_dict(raw))
    return {"results": results, "summary": found.to_dict()}


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    presence_model()
    for make in (crops, suppression, tilted, tracks, smoothing, clip, people, presence, summary):
        text = json.dumps(make(), indent=None, separators=(",", ":"))
        (GOLDEN / f"{make.__name__}.json").write_text(text + "\n", encoding="utf-8")
        print(f"wrote tests/golden/{make.__name__}.json ({len(text) / 1024:.0f} KiB)")


if __name__ == "__main__":
    main()
