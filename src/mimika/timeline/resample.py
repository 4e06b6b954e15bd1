"""Results at a fixed rate: ten values a second by the frames' times, never by counting frames.

Between two results of a face at most `LONGEST_STEP_S` apart, the values at each tenth of a second
lie on the straight line between them; a longer pause stays a gap. So the frame rate of a recording
and the share of its frames that were analyzed change nothing but the detail.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mimika.timeline.attention import attentive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.schema.results import Face, FrameResult

RATE_HZ = 10
LONGEST_STEP_S = 1.0
"""Longer pauses between frames are gaps (a face that was away, a stalled camera), not time seen."""

LONGEST_S = 12 * 3600
"""What lies longer back than this is forgotten, so that a camera may run for weeks."""

PLACE = ("x", "y", "size")
POSE = ("head_yaw", "head_pitch", "head_roll")
EXTRA = ("valence", "arousal", "attentive", *POSE, *PLACE)
"""Columns after the labels': affect, whether the face is attentive (`mimika.timeline.attention`),
how the head is turned in degrees where meshes were read, and the face's middle and longer side in
widths of the frame."""

SPAN_TENTHS = 6000
"""Length at which a new span begins, so that old ones can be forgotten."""

_EDGE = 1e-6  # Times are written with four decimals: 0.3 s must not miss the third tenth.


@dataclass(slots=True)
class Span:
    """Values of one face without a gap.

    Attributes:
        begin: number of the first tenth of a second.
        values: C float32 values a tenth, one after the other.
    """

    begin: int
    values: array[float] = field(default_factory=lambda: array("f"))

    def end(self, columns: int) -> int:
        """Number of the tenth after its last."""
        return self.begin + len(self.values) // columns


class Track:
    """One face's values at the fixed rate, growing as results come.

    Attributes:
        track_id: the face's number.
        spans: what is known, in order of time, without overlap.
    """

    __slots__ = ("_last", "_last_s", "_next", "columns", "spans", "track_id")

    def __init__(self, track_id: int, columns: int) -> None:
        self.track_id, self.columns = track_id, columns
        self.spans: list[Span] = []
        self._last_s = -math.inf
        self._last: list[float] = []
        self._next = 0

    def add(self, time_s: float, values: list[float]) -> None:
        """Take in the face's next values; a time that is not later than the last is left out."""
        pause_s = time_s - self._last_s
        if pause_s <= 0:
            return
        if pause_s > LONGEST_STEP_S:
            self._next = math.ceil(time_s * RATE_HZ - _EDGE)
        while self._next <= time_s * RATE_HZ + _EDGE:
            self._append(self._between(time_s, values))
            self._next += 1
        self._last_s, self._last = time_s, values

    def _between(self, time_s: float, values: list[float]) -> list[float]:
        pause_s = time_s - self._last_s
        if pause_s > LONGEST_STEP_S:
            return values
        weight = min(1.0, max(0.0, (self._next / RATE_HZ - self._last_s) / pause_s))
        return [a + weight * (b - a) for a, b in zip(self._last, values, strict=True)]

    def _append(self, values: list[float]) -> None:
        span = self.spans[-1] if self.spans else None
        full = self._next - (span.begin if span else 0) >= SPAN_TENTHS
        if span is None or full or span.end(self.columns) != self._next:
            span = Span(self._next)
            self.spans.append(span)
        span.values.extend(values)

    def restore(self, tenths: NDArray[np.int64], rows: NDArray[np.float32]) -> None:
        """Take in values that were at the fixed rate already.

        Args:
            tenths: (T,) their tenths of a second, ascending.
            rows: (T, C) the values.
        """
        breaks = np.flatnonzero(np.diff(tenths) != 1) + 1
        for part in np.split(np.arange(len(tenths)), breaks):
            values = array("f", np.ascontiguousarray(rows[part], np.float32).tobytes())
            self.spans.append(Span(int(tenths[part[0]]), values))

    @property
    def begin(self) -> int:
        """Number of its first tenth of a second."""
        return self.spans[0].begin

    @property
    def end(self) -> int:
        """Number of the tenth after its last."""
        return self.spans[-1].end(self.columns)

    def forget_before(self, tenth: int) -> None:
        """Drop the spans that end before a tenth of a second."""
        self.spans = [span for span in self.spans if span.end(self.columns) > tenth]

    def fill(self, table: NDArray[np.float32], begin: int) -> None:
        """Write its values into a table, (T, C) float32, whose first row is the tenth `begin`."""
        for span in self.spans:
            rows = np.frombuffer(span.values, np.float32).reshape(-1, self.columns)
            rows = rows[max(0, begin - span.begin) :]
            at = max(0, span.begin - begin)
            table[at : at + len(rows)] = rows


class Timeline:
    """The faces of a run at a fixed rate.

        timeline = Timeline()
        for result in results:
            timeline.add(result)

    Attributes:
        labels: the model's class names; empty before the first face.
        measured: valence and arousal were measured by the model, not derived from the emotions.
        tracks: face number to its track.
    """

    def __init__(self) -> None:
        self.labels: tuple[str, ...] = ()
        self.measured = False
        self.tracks: dict[int, Track] = {}
        self._first_s = math.inf
        self._last_s = -math.inf
        self._swept_s = 0.0

    def add(self, result: FrameResult) -> None:
        """Take in the result of the next frame."""
        self.cover(result.time_s, result.time_s)
        for face in result.faces:
            if not self.labels:
                self.labels = tuple(face.probabilities)
                self.measured = "valence" in face.values
            track = self.tracks.get(face.track_id)
            if track is None:
                columns = len(self.labels) + len(EXTRA)
                track = self.tracks[face.track_id] = Track(face.track_id, columns)
            track.add(result.time_s, _values(face, self.labels, result.width))
        if self._last_s - self._swept_s > LONGEST_S / 12:
            self._sweep()

    def cover(self, begin_s: float, end_s: float) -> None:
        """Let the run reach from `begin_s` to `end_s` at least, with or without a face."""
        self._first_s = min(self._first_s, begin_s)
        self._last_s = max(self._last_s, end_s)

    @property
    def begin(self) -> int:
        """Number of the first tenth of a second, with or without a face; 0 for an empty run."""
        if self._first_s > self._last_s:
            return 0
        first_s = max(self._first_s, self._last_s - LONGEST_S)
        return math.ceil(first_s * RATE_HZ - _EDGE)

    @property
    def end(self) -> int:
        """Number of the tenth after the last; at least `begin`."""
        if self._first_s > self._last_s:
            return 0
        return max(self.begin, math.floor(self._last_s * RATE_HZ + _EDGE) + 1)

    def seen(self) -> list[Track]:
        """The tracks that have values, by their first time."""
        tracks = (track for track in self.tracks.values() if track.spans)
        return sorted(tracks, key=lambda track: (track.begin, track.track_id))

    def table(self, tracks: Sequence[Track]) -> tuple[int, NDArray[np.float32]]:
        """Put tracks into one table; where two overlap the later one's values stand.

        Returns:
            Number of the first tenth, and from there to the tracks' end (T, K + 9) float32: the
            labels' probabilities in [0, 1], then `EXTRA`; NaN where there is no face.
        """
        begin = max(self.begin, min(track.begin for track in tracks))
        count = max(track.end for track in tracks) - begin
        table = np.full((count, len(self.labels) + len(EXTRA)), np.nan, np.float32)
        for track in tracks:
            track.fill(table, begin)
        return begin, table

    def _sweep(self) -> None:
        self._swept_s = self._last_s
        for track in self.tracks.values():
            track.forget_before(self.begin)
        self.tracks = {n: track for n, track in self.tracks.items() if track.spans}


def _values(face: Face, labels: tuple[str, ...], width: int) -> list[float]:
    box = face.box
    valence, arousal = face.valence, face.arousal
    return [
        *(face.probabilities[label] for label in labels),
        math.nan if valence is None else valence,
        math.nan if arousal is None else arousal,
        attentive(face),
        *(face.values.get(name, math.nan) for name in POSE),
        (box.x + box.width / 2) / width,
        (box.y + box.height / 2) / width,
        max(box.width, box.height) / width,
    ]
