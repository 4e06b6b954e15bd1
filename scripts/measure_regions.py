"""What following faces between looks at the whole frame saves, and what it changes.

    python scripts/measure_regions.py [MORE_CLIPS …]

Runs each clip twice: every frame looked at whole, and followed (`mimika.tracking.regions`).
Prints for each clip the faces that both saw, only one saw, how well the boxes agree, how much a box
jumps from frame to frame, how often the shown emotion is the same, and mean milliseconds.
"""

from __future__ import annotations

import itertools
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import mimika
from mimika.detection import Detector, open_detector
from mimika.pipeline.recognizer import Recognizer

if TYPE_CHECKING:
    from mimika.schema.results import Face, FrameResult

ROOT = Path(__file__).parent.parent
CLIPS = (
    ROOT / "src" / "mimika" / "assets" / "demo.mp4",
    ROOT / "tests" / "media_files" / "head-pose-face-detection-female-and-male.gif",
    ROOT / "tests" / "media_files" / "people-detection.gif",
)
SAME_FACE_IOU = 0.4


class Whole(Detector):
    """A detector without `detect_near`: every frame is looked at whole."""

    def __init__(self, detector: Detector) -> None:
        self.name, self.engine, self.sides = detector.name, detector.engine, detector.sides
        self.detect = detector.detect


def run(recognizer: Recognizer, clip: Path) -> tuple[list[FrameResult], list[float]]:
    """The results of all frames, and the milliseconds that each took."""
    results, times_ms = [], []
    with mimika.open_source(clip) as source:
        for frame in source:
            results.append(recognizer(frame))
            times_ms.append(recognizer.timings.total_ms)
    return results, times_ms


def pairs(a: FrameResult, b: FrameResult) -> list[tuple[Face, Face]]:
    """The faces that both show."""
    found = []
    for one in a.faces:
        other = max(b.faces, key=lambda face: face.box.iou(one.box), default=None)
        if other is not None and other.box.iou(one.box) >= SAME_FACE_IOU:
            found.append((one, other))
    return found


def jumps(results: list[FrameResult]) -> float:
    """Mean change of a box's height from one frame to the next, as a share of it."""
    changes = []
    for before, after in itertools.pairwise(results):
        heights = {face.track_id: face.box.height for face in before.faces}
        changes += [
            abs(face.box.height / heights[face.track_id] - 1)
            for face in after.faces
            if face.track_id in heights
        ]
    return statistics.mean(changes) if changes else 0.0


def main() -> None:
    detector = open_detector("yunet")
    print("clip                    both  whole  followed  IoU median, p5   jumps whole, followed"
          "   same emotion   difference   ms whole, followed")  # fmt: skip
    for clip in (*CLIPS, *map(Path, sys.argv[1:])):
        whole, whole_ms = run(Recognizer(detector=Whole(detector)), clip)
        followed, followed_ms = run(Recognizer(detector=detector), clip)
        both = [pair for a, b in zip(whole, followed, strict=True) for pair in pairs(a, b)]
        counts = [sum(len(r.faces) for r in each) for each in (whole, followed)]
        if not both:
            print(f"{clip.name[:22]:22} {0:5} {counts[0]:6} {counts[1]:9}")
            continue
        overlaps = [a.box.iou(b.box) for a, b in both]
        same = statistics.mean(a.emotion == b.emotion for a, b in both)
        difference = statistics.mean(
            max(abs(a.probabilities[k] - b.probabilities[k]) for k in a.probabilities)
            for a, b in both
        )
        print(
            f"{clip.name[:22]:22} {len(both):5} {counts[0] - len(both):6} "
            f"{counts[1] - len(both):9}  {statistics.median(overlaps):10.3f}, "
            f"{np.percentile(overlaps, 5):.3f}  {jumps(whole):11.3f}, "
            f"{jumps(followed):8.3f}  {same:13.1%}  {difference:11.3f}   "
            f"{statistics.mean(whole_ms):8.2f}, {statistics.mean(followed_ms):8.2f}"
        )


if __name__ == "__main__":
    main()
