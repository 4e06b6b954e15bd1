"""From tracks to people: a viewer who was lost from sight gets a new number, and is joined again.

It goes by place and time only: a face that appears near where another was last seen, at a similar
size, while that one is away, is taken for the same person. Nobody is recognized by their features,
so two people who change seats while neither is in sight are taken for each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mimika.timeline.attention import without_blinks
from mimika.timeline.resample import RATE_HZ, Span, Timeline, Track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

NEAR = 1.5
"""Farthest that a face may have moved while it was away, in lengths of its side."""

RESIZED = 1.8
"""Most that its side may have grown or shrunk."""

SHARED_S = 0.5
"""Two tracks of one person may overlap by this: a lost face is carried on for a moment."""


ANOTHER = 0.25
"""Share of the time in which a further face has to be seen to be a further viewer's."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person over a recording, at the fixed rate.

    Attributes:
        number: from 1, in the order of appearance.
        begin: number of the first tenth of a second that the arrays hold.
        track_ids: numbers of the joined tracks, by time.
        track_at: (T,) int32 track that is seen, 0 for none.
        probabilities: (T, K) float32 in [0, 1], NaN where the face was not seen.
        valence: (T,) float32 in [-1, 1], NaN where it is not known.
        arousal: likewise.
        attention: (T,) float32 in [0, 1], 1 where the face is attentive
            (`mimika.timeline.attention`); NaN where there is no mesh or no face.
        pose: (T, 3) float32 how the head is turned, `POSE` in degrees; NaN likewise.
        place: (T, 3) float32 middle (x, y) and longer side of the face, in widths of the frame.
    """

    number: int
    begin: int
    track_ids: tuple[int, ...]
    track_at: NDArray[np.int32]
    probabilities: NDArray[np.float32]
    valence: NDArray[np.float32]
    arousal: NDArray[np.float32]
    attention: NDArray[np.float32]
    pose: NDArray[np.float32]
    place: NDArray[np.float32]

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(T,) the times of the values in seconds."""
        return np.arange(self.begin, self.begin + len(self.track_at)) / RATE_HZ

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(T,) whether the face was seen."""
        return self.track_at > 0

    @property
    def seen_s(self) -> float:
        """How long it was seen, in seconds."""
        return float(self.seen.sum()) / RATE_HZ

    @property
    def attentive_s(self) -> float | None:
        """How long it was attentive, in seconds; None where no mesh was read."""
        if not np.isfinite(self.attention).any():
            return None
        return float(without_blinks(self.attention).sum()) / RATE_HZ


@dataclass(slots=True)
class _Chain:
    """Tracks that are taken for one person."""

    tracks: list[Track] = field(default_factory=list)

    @property
    def tenths(self) -> int:
        return sum(len(s.values) // t.columns for t in self.tracks for s in t.spans)

    def _spans(self) -> list[Span]:
        return [span for track in self.tracks for span in track.spans]

    def free_at(self, tenth: int) -> bool:
        return all(t.end - tenth <= SHARED_S * RATE_HZ for t in self.tracks)

    def away_during(self, track: Track) -> bool:
        """Whether it is out of sight while the track is seen, be it before, after or in a gap."""
        columns = track.columns
        shared = sum(
            max(0, min(mine.end(columns), other.end(columns)) - max(mine.begin, other.begin))
            for mine in self._spans()
            for other in track.spans
        )
        return shared <= SHARED_S * RATE_HZ

    def far(self, track: Track) -> tuple[float, float]:
        """How many sides from its last place a track begins, and how many times larger it is."""
        before = [span for span in self._spans() if span.begin <= track.begin]
        last = max(before, key=lambda span: span.end(track.columns))
        x0, y0, size0 = last.values[-3:]
        x1, y1, size1 = track.spans[0].values[track.columns - 3 : track.columns]
        side = max(size0, size1)
        return float(np.hypot(x1 - x0, y1 - y0)) / side, side / min(size0, size1)


def people(timeline: Timeline, most: int | None = None) -> Iterator[Person]:
    """Join a run's tracks into people, and yield them in the order of their first appearance.

    Args:
        timeline: the run.
        most: how many people there are at most: tracks are then joined however far they are from
            each other, and those people are kept who were seen the longest. None: as many as there
            are.
    """
    chains: list[_Chain] = []
    for track in timeline.seen():
        found = _same(chains, track, most)
        if found is None:
            found = _Chain()
            chains.append(found)
        found.tracks.append(track)
    if most is not None and len(chains) > most:
        kept = sorted(chains, key=lambda chain: -chain.tenths)[:most]
        chains = [chain for chain in chains if chain in kept]
    for number, chain in enumerate(chains, 1):
        yield _person(number, timeline, chain.tracks)


def at_once(timeline: Timeline) -> int:
    """How many people a run shows: as many faces as are seen at once for a good part of the time.

    Who passes by is none of them, and a viewer who was lost from sight is not counted twice.

    Returns:
        The largest number of faces that are there at once for `ANOTHER` of the time in which any
        is, at least 1.
    """
    count = np.zeros(max(1, timeline.end - timeline.begin), np.int32)
    for track in timeline.seen():
        for span in track.spans:
            count[
                max(0, span.begin - timeline.begin) : span.end(track.columns) - timeline.begin
            ] += 1
    seen = max(1, int((count > 0).sum()))
    most = int(count.max())
    return max([n for n in range(1, most + 1) if (count >= n).sum() >= ANOTHER * seen], default=1)


def _same(chains: list[_Chain], track: Track, most: int | None) -> _Chain | None:
    reach = {id(chain): chain.far(track) for chain in chains}
    free = [chain for chain in chains if chain.free_at(track.begin)]
    near = [c for c in free if reach[id(c)][0] <= NEAR and reach[id(c)][1] <= RESIZED]
    if not near and most is not None and len(chains) >= most:
        # Who pulls a face may get a new number, and the old one back afterwards.
        near = [chain for chain in chains if chain.away_during(track)]
    return min(near, key=lambda chain: reach[id(chain)][0], default=None)


def _person(number: int, timeline: Timeline, tracks: list[Track]) -> Person:
    begin, table = timeline.table(tracks)
    labels = len(timeline.labels)
    track_at = np.zeros(len(table), np.int32)
    for track in tracks:
        for span in track.spans:
            track_at[max(0, span.begin - begin) : span.end(track.columns) - begin] = track.track_id
    return Person(
        number,
        begin,
        tuple(track.track_id for track in tracks),
        track_at,
        table[:, :labels],
        table[:, labels],
        table[:, labels + 1],
        table[:, labels + 2],
        table[:, labels + 3 : labels + 6],
        table[:, labels + 6 :],
    )
