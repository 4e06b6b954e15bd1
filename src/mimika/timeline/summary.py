"""What was seen in a whole run: who, how long, which emotions, and the strongest moments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mimika.timeline.resample import LONGEST_STEP_S, Timeline

if TYPE_CHECKING:
    from mimika.schema.results import FrameResult
    from mimika.timeline.moments import Moment


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


class Summary:
    """Gathers a run's results.

    Of a face it keeps counts, and ten values a second for the moments (`mimika.timeline.resample`):
    an hour of one face takes two megabytes, and what is older than twelve hours is forgotten.

    Attributes:
        frames: how many frames were taken in.
        people: face number to what is known of it.
        timeline: the faces at ten values a second.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.people: dict[int, Person] = {}
        self.timeline = Timeline()
        self._last_s: float | None = None
        self._found: tuple[int, list[Moment]] = (0, [])

    def add(self, result: FrameResult) -> None:
        """Take in a frame's result."""
        self.frames += 1
        pause_s = 0.0 if self._last_s is None else result.time_s - self._last_s
        step_s = pause_s if 0 <= pause_s <= LONGEST_STEP_S else 0.0
        self._last_s = result.time_s
        self.timeline.add(result)
        for face in result.faces:
            person = self.people.setdefault(face.track_id, Person(result.time_s, result.time_s))
            person.last_s = result.time_s
            person.frames += 1
            person.seconds[face.emotion] += step_s
            person.counts[face.emotion] += 1

    @property
    def moments(self) -> list[Moment]:
        """The strongest moments until now, by time, with a share for each emotion.

        See `mimika.timeline.moments`; found anew where frames came since the last time.
        """
        if self._found[0] != self.frames:
            from mimika.timeline.measure import reactions_of
            from mimika.timeline.moments import choose, find_moments

            labels = self.timeline.labels
            found = [m for r in reactions_of(self.timeline) for m in find_moments(r, labels)]
            self._found = (self.frames, choose(found))
        return self._found[1]

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
            "moments": [moment.to_dict() for moment in self.moments],
        }

    def __repr__(self) -> str:
        count = len(self.people)
        faces = "1 face" if count == 1 else f"{count or 'no'} faces"
        return f"<Summary: {faces} in {self.frames} frames>"
