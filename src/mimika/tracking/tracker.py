"""Faces that keep their number: ByteTrack's two-step association on time, not on frames.

After Zhang et al. 2022, "ByteTrack: Multi-Object Tracking by Associating Every Detection Box",
arXiv 2110.06864: detections with a high score are matched first, then those with a low one may
continue tracks that are left, so that a turned or half-covered face is not lost. Similarity is the
distance-IoU (Zheng et al. 2020, arXiv 1911.08287), which still orders boxes that do not overlap, as
they do at low frame rates. Pairs are taken best first. The trackers on offer need SciPy or more,
several times the size of the base install, for what is a few dozen lines on a few faces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.detection import HIGH_SCORE
from mimika.tracking.kalman import BoxFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimika.detection import Detections
    from mimika.schema.geometry import Box

MAX_AGE_S = 1.5
"""How long a face is remembered that is not seen."""

HOLD_S = 0.12
"""How long a face is reported that is not seen."""

CONFIRMED_SCORE = 0.8
"""Score from which a face gets its number at once; others must be seen twice."""

MIN_SIMILARITY = -0.35
LARGEST_SIZE_RATIO = 2.5


@dataclass(eq=False, slots=True)
class Track:
    """One face over time.

    Attributes:
        track_id: from 1, never used again; 0 until the face is confirmed.
        filter: where it is and how it moves.
        score: the last detection's.
        seen_s: time of the last detection in seconds.
        detection: index into the present frame's detections, None where it was not seen.
    """

    track_id: int
    filter: BoxFilter
    score: float
    seen_s: float
    detection: int | None = None


class Tracker:
    """Follows the faces of one stream; not thread-safe."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []
        self._last_id = 0
        self._time_s: float | None = None

    def reset(self) -> None:
        """Forget all faces, as at a cut or a new source; numbers go on."""
        self._tracks, self._time_s = [], None

    def update(self, detections: Detections, time_s: float) -> tuple[Track, ...]:
        """Take in a frame's detections.

        Args:
            detections: the faces found, best first, those with a low score too.
            time_s: the frame's time in seconds.

        Returns:
            The faces that are there, by `track_id`: those detected in this frame, and those missed
            for no longer than `HOLD_S`, whose `detection` is None and whose box is the predicted
            one.
        """
        self.predict(time_s)
        self._tracks = [
            t for t in self._tracks if time_s - t.seen_s <= (MAX_AGE_S if t.track_id else HOLD_S)
        ]
        for track in self._tracks:
            track.detection = None
        high = [i for i, s in enumerate(detections.scores) if s >= HIGH_SCORE]
        low = [i for i, s in enumerate(detections.scores) if s < HIGH_SCORE]
        free = self._match(self._tracks, detections, high, time_s)
        # A face seen a moment ago may go on with a low score; one long gone needs a high one.
        recent = [
            t for t in self._tracks if t.detection is None and time_s - t.seen_s <= MAX_AGE_S / 3
        ]
        self._match(recent, detections, low, time_s)
        for index in free:
            box, score = detections.boxes[index], detections.scores[index]
            if not any(
                box.iou(t.filter.box) > 0.5 for t in self._tracks if t.detection is not None
            ):
                self._tracks.append(Track(0, BoxFilter(box), score, time_s, index))
                if score >= CONFIRMED_SCORE:
                    self._tracks[-1].track_id = self._new_id()
        return self.visible(time_s)

    def predict(self, time_s: float) -> None:
        """Move all faces on to `time_s`, for a frame that was not looked at."""
        if self._time_s is not None and time_s < self._time_s:
            self.reset()
        step_s = 0.0 if self._time_s is None else time_s - self._time_s
        self._time_s = time_s
        if step_s > 0:
            for track in self._tracks:
                track.filter.predict(min(step_s, MAX_AGE_S))

    def visible(self, time_s: float, hold_s: float = HOLD_S) -> tuple[Track, ...]:
        """The confirmed faces seen in the last `hold_s` seconds, by `track_id`."""
        shown = (t for t in self._tracks if t.track_id and time_s - t.seen_s <= hold_s)
        return tuple(sorted(shown, key=lambda t: t.track_id))

    @property
    def track_ids(self) -> frozenset[int]:
        """Of all confirmed faces that are remembered, seen or not."""
        return frozenset(t.track_id for t in self._tracks if t.track_id)

    def _match(
        self,
        tracks: Sequence[Track],
        detections: Detections,
        candidates: Sequence[int],
        time_s: float,
    ) -> list[int]:
        """Give candidates to tracks, the most similar pair first; return the candidates left."""
        expected = [track.filter.box for track in tracks] if candidates else []
        pairs = [
            (similarity, t, i)
            for t, box in enumerate(expected)
            for i in candidates
            if (similarity := _similarity(box, detections.boxes[i])) > MIN_SIMILARITY
        ]
        pairs.sort(key=lambda pair: -pair[0])
        taken: set[int] = set()
        for _, t, i in pairs:
            track = tracks[t]
            if track.detection is not None or i in taken:
                continue
            taken.add(i)
            track.detection, track.seen_s = i, time_s
            track.score = detections.scores[i]
            track.filter.update(detections.boxes[i])
            if not track.track_id:
                track.track_id = self._new_id()
        return [i for i in candidates if i not in taken]

    def _new_id(self) -> int:
        """Take a number that no face had or will have."""
        self._last_id += 1
        return self._last_id


def _similarity(a: Box, b: Box) -> float:
    """Distance-IoU of two boxes, in (-1, 1]; -1 where their sizes differ too much for one face."""
    ratio = (a.area / max(b.area, 1e-9)) ** 0.5
    if not 1 / LARGEST_SIZE_RATIO <= ratio <= LARGEST_SIZE_RATIO:
        return -1.0
    # Not by `Box.center`, as this is asked of every pair of a face known and a face found.
    across = (a.x + a.width / 2) - (b.x + b.width / 2)
    down = (a.y + a.height / 2) - (b.y + b.height / 2)
    width = max(a.x + a.width, b.x + b.width) - min(a.x, b.x)
    height = max(a.y + a.height, b.y + b.height) - min(a.y, b.y)
    return a.iou(b) - (across**2 + down**2) / (width**2 + height**2)
