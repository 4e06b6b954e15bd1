"""What the recognizer says of one frame: `Box`, `Face`, `FrameResult`.

`FrameResult.to_dict()` is the one JSON shape of Mimika: in JSON lines, over HTTP and in the docs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the full frame; x to the right, y down, from the top left corner.

    It may reach beyond the frame where a face does.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        """Middle of the box (x, y), in pixels."""
        return self.x + self.width / 2, self.y + self.height / 2

    def iou(self, other: Box) -> float:
        """Intersection over union with `other`, in [0, 1]."""
        overlap_w = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        overlap_h = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if overlap_w <= 0 or overlap_h <= 0:
            return 0.0
        overlap = overlap_w * overlap_h
        return overlap / (self.area + other.area - overlap)

    def to_dict(self) -> dict[str, float]:
        """`x`, `y`, `width`, `height` in pixels, rounded to a tenth."""
        return {
            "x": round(self.x, 1),
            "y": round(self.y, 1),
            "width": round(self.width, 1),
            "height": round(self.height, 1),
        }


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one frame.

    Attributes:
        box: where it is, in pixels of the full frame.
        track_id: its number, from 1; kept while the face is followed, never used again in a run.
        probabilities: label to probability in [0, 1], in the model's order, summing to 1;
            smoothed over time unless smoothing is off.
        emotion: the label that is shown: the likeliest one, held steady by hysteresis, or
            "uncertain" where the confidence is below the threshold asked for.
        confidence: probability of the label that is held, in [0, 1]; where that is too low to be
            shown, still its own.
        detection_score: how sure the detector is that this is a face, in [0, 1].
    """

    box: Box
    track_id: int
    probabilities: Mapping[str, float]
    emotion: str
    confidence: float
    detection_score: float

    def to_dict(self) -> dict[str, Any]:
        """The face as JSON-ready values; probabilities rounded to four places."""
        return {
            "track": self.track_id,
            "box": self.box.to_dict(),
            "emotion": self.emotion,
            "confidence": round(self.confidence, 4),
            "detection_score": round(self.detection_score, 4),
            "probabilities": {name: round(p, 4) for name, p in self.probabilities.items()},
        }


@dataclass(frozen=True, slots=True)
class FrameResult:
    """All faces of one frame; no face is an empty tuple.

    Attributes:
        time_s: the frame's time in seconds, by the file's timestamps or the camera's clock.
        index: the frame's number in its source, from 0.
        width: width of the frame in pixels.
        height: height of the frame in pixels.
        faces: the faces, in the order of their numbers.
    """

    time_s: float
    index: int
    width: int
    height: int
    faces: tuple[Face, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-ready values, time rounded to a tenth of a millisecond."""
        return {
            "time_s": round(self.time_s, 4),
            "frame": self.index,
            "width": self.width,
            "height": self.height,
            "faces": [face.to_dict() for face in self.faces],
        }
