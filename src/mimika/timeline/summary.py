"""What was seen in a whole run: who, how long, which emotions, and the strongest moments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mimika.labels.emotions import UNCERTAIN

if TYPE_CHECKING:
    from mimika.schema.results import Face, FrameResult

# Longer pauses between frames are gaps (a stalled camera, separate pictures), not time seen.
LONGEST_STEP_S = 0.5
MOMENTS_KEPT = 10
MOMENT_GAP_S = 2.0
LEAST_CONFIDENCE = 0.5
CALM = frozenset({"neutral", UNCERTAIN})


@dataclass(slots=True)
class Person:
    """One face over the run.

    Attributes:
        first_s: time of its first frame in seconds.
        last_s: time of its last frame.
        frames: how many frames it was seen in.
        seconds: emotion to the time it was shown, in seconds.
        counts: emotion to the number of frames it was shown in.
    """

    first_s: float
    last_s: float
    frames: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def shares(self) -> dict[str, float]:
        """Emotion to its share of the frames, the largest first; the shares sum to 1."""
        ranked = sorted(self.counts.items(), key=lambda item: -item[1])
        return {emotion: count / self.frames for emotion, count in ranked}


@dataclass(frozen=True, slots=True)
class Moment:
    """A peak of one emotion of one face; `time_s` in seconds, `confidence` in [0, 1]."""

    time_s: float
    track_id: int
    emotion: str
    confidence: float


class Summary:
    """Gathers a run's results in memory that does not grow with its length.

    Attributes:
        frames: how many frames were taken in.
        people: face number to what is known of it.
        moments: the strongest moments, by time; none within two seconds of another of the same
            face and emotion; neutral and uncertain never count.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.people: dict[int, Person] = {}
        self.moments: list[Moment] = []
        self._last_s: float | None = None

    def add(self, result: FrameResult) -> None:
        """Take in a frame's result."""
        self.frames += 1
        pause_s = 0.0 if self._last_s is None else result.time_s - self._last_s
        step_s = pause_s if 0 <= pause_s <= LONGEST_STEP_S else 0.0
        self._last_s = result.time_s
        for face in result.faces:
            person = self.people.setdefault(face.track_id, Person(result.time_s, result.time_s))
            person.last_s = result.time_s
            person.frames += 1
            person.seconds[face.emotion] += step_s
            person.counts[face.emotion] += 1
            if face.emotion not in CALM and face.confidence >= LEAST_CONFIDENCE:
                self._remember(result.time_s, face)

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON-ready values."""
        return {
            "frames": self.frames,
            "people": [
                {
                    "track_id": number,
                    "first_s": round(person.first_s, 3),
                    "last_s": round(person.last_s, 3),
                    "frames": person.frames,
                    "seconds": {k: round(v, 3) for k, v in person.seconds.items()},
                    "shares": {k: round(v, 4) for k, v in person.shares().items()},
                }
                for number, person in self.people.items()
            ],
            "moments": [
                {
                    "time_s": round(moment.time_s, 3),
                    "track_id": moment.track_id,
                    "emotion": moment.emotion,
                    "confidence": round(moment.confidence, 4),
                }
                for moment in self.moments
            ],
        }

    def __repr__(self) -> str:
        count = len(self.people)
        faces = "1 face" if count == 1 else f"{count or 'no'} faces"
        return f"<Summary: {faces} in {self.frames} frames, {len(self.moments)} moments>"

    def _remember(self, time_s: float, face: Face) -> None:
        new = Moment(time_s, face.track_id, face.emotion, face.confidence)
        near = [
            old
            for old in self.moments
            if (old.track_id, old.emotion) == (new.track_id, new.emotion)
            and abs(old.time_s - time_s) < MOMENT_GAP_S
        ]
        if any(old.confidence >= new.confidence for old in near):
            return
        kept = [old for old in self.moments if old not in near]
        kept.append(new)
        kept.sort(key=lambda moment: -moment.confidence)
        self.moments = sorted(kept[:MOMENTS_KEPT], key=lambda moment: moment.time_s)
