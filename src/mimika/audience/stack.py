"""Viewers' reactions on the film's clock, one table for all that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.timeline.attention import without_blinks
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.audience.alignment import Alignment
    from mimika.timeline.reaction import Reaction

MOST = 10.0
"""Departures above count as this: one viewer's loudest laugh is not an audience's."""


@dataclass(frozen=True, slots=True, eq=False)
class Viewer:
    """One viewer.

    Attributes:
        number: from 1.
        reaction: over the viewer's recording.
        alignment: where the recording lies in the film.
        group: the group that the table names, "" for none.
    """

    number: int
    reaction: Reaction
    alignment: Alignment
    group: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """All viewers on the film's clock.

    Attributes:
        emotions: the E expressed emotions.
        departures: (V, T, E) float32 departures from rest, ten a second of the film, in
            [0, `MOST`]; NaN where the viewer's face was not seen.
        groups: each viewer's group.
        attentive: (T,) how many viewers faced the screen with open eyes
            (`mimika.timeline.attention`), of those whose meshes were read; None where none were.
    """

    emotions: tuple[str, ...]
    departures: NDArray[np.float32]
    groups: tuple[str, ...]
    attentive: NDArray[np.int64] | None = None

    @property
    def reactions(self) -> NDArray[np.float32]:
        """(V, T) float32 the largest departure of an emotion."""
        largest: NDArray[np.float32] = self.departures.max(axis=2)
        return largest

    @property
    def watching(self) -> NDArray[np.int64]:
        """(T,) how many viewers' faces were seen."""
        return np.isfinite(self.departures[:, :, 0]).sum(axis=0)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(T,) the film's times in seconds."""
        return np.arange(self.departures.shape[1]) / RATE_HZ


def stack(viewers: Sequence[Viewer], duration_s: float) -> Stack:
    """Put viewers on the film's clock.

    Args:
        viewers: at least one; all read by models with the same labels.
        duration_s: how long the film is.
    """
    emotions = viewers[0].reaction.emotions
    times_s = np.arange(int(duration_s * RATE_HZ) + 1) / RATE_HZ
    table = np.full((len(viewers), len(times_s), len(emotions)), np.nan, np.float32)
    attentive = np.zeros(len(times_s), np.int64)
    for row, viewer in enumerate(viewers):
        place = _place(viewer, times_s)
        table[row] = _between(viewer.reaction.departures, place).clip(0.0, MOST)
        attention = without_blinks(viewer.reaction.person.attention).astype(np.float32)
        attentive += _between(attention[:, None], place)[:, 0] >= 0.5
    meshes = any(viewer.reaction.person.attentive_s is not None for viewer in viewers)
    groups = tuple(viewer.group for viewer in viewers)
    return Stack(emotions, table, groups, attentive if meshes else None)


def _place(viewer: Viewer, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T,) where times of the film lie in the viewer's values."""
    own_s = (times_s - viewer.alignment.offset_s) / (1.0 + viewer.alignment.drift)
    place: NDArray[np.float64] = own_s * RATE_HZ - viewer.reaction.person.begin
    return place


def _between(values: NDArray[np.float32], place: NDArray[np.float64]) -> NDArray[np.float32]:
    """(T, E) values at places between their rows; NaN outside and beside gaps."""
    before = np.floor(place).astype(np.int64)
    inside = (before >= 0) & (before < len(values) - 1)
    weight = (place - before)[inside, None].astype(np.float32)
    rows = before[inside]
    placed = np.full((len(place), values.shape[1]), np.nan, np.float32)
    placed[inside] = (1 - weight) * values[rows] + weight * values[rows + 1]
    return placed
