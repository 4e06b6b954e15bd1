"""Moments: the intervals in which an emotion stands out from a person's own face at rest.

A moment is a peak of an emotion's departure (`mimika.timeline.reaction`) that is at least
`LEAST_STRENGTH` high and as prominent: between two moments of an emotion the departure falls by
that much, and below half of the lower one, for a second or longer: a laugh that falters is one. It
lasts from where the departure leaves half of that to where it falls below it again
(hysteresis), or to the valley between it and its neighbor. The face has to show it: an emotion that
rises and stays below another one, such as neutral, is none. Of moments of different emotions at one
time the strongest stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mimika.timeline.peaks import find_peaks
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mimika.timeline.reaction import Reaction

LEAST_STRENGTH = 4.0
"""Three is the usual limit for one value (Leys et al. 2013); here an hour has 36,000."""

DIP = 0.5
"""A dip divides a moment where the departure falls by this share of the lower peak beside it."""

BREATH_S = 1.0
"""A dip that is shorter divides nothing: who laughs takes breath."""

PLATEAU = 0.25
"""The peak is where the departure first comes this near to its highest: a full laugh is flat."""

TIE, HINT = 1e-9, 1e-6

TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An interval in which one person shows an emotion strongly.

    Attributes:
        onset_s: where it begins, in seconds.
        peak_s: where it is strongest.
        end_s: where it ends.
        person: the person's number.
        track_id: the face's number at the peak.
        emotion: the emotion.
        strength: largest departure from the person's baseline, in robust standard deviations.
        probability: of the emotion at the peak, in [0, 1].
    """

    onset_s: float
    peak_s: float
    end_s: float
    person: int
    track_id: int
    emotion: str
    strength: float
    probability: float

    @property
    def duration_s(self) -> float:
        """How long it lasts, in seconds."""
        return self.end_s - self.onset_s

    def to_dict(self) -> dict[str, Any]:
        """The moment as JSON-ready values."""
        return {
            "onset_s": round(self.onset_s, 2),
            "peak_s": round(self.peak_s, 2),
            "end_s": round(self.end_s, 2),
            "duration_s": round(self.duration_s, 2),
            "person": self.person,
            "track_id": self.track_id,
            "emotion": self.emotion,
            "strength": round(self.strength, 2),
            "probability": round(self.probability, 4),
        }


def find_moments(
    reaction: Reaction, labels: Sequence[str], *, least: float = LEAST_STRENGTH
) -> list[Moment]:
    """Find all moments of one person, in the order of their peaks.

    Args:
        reaction: the person's reaction.
        labels: names of the columns of the person's probabilities.
        least: least strength and prominence, in robust standard deviations.
    """
    shown = reaction.person.probabilities
    leads = shown >= shown.max(axis=1, keepdims=True)  # Never in gaps, which are NaN.
    found = []
    for column, emotion in enumerate(reaction.emotions):
        label = list(labels).index(emotion)
        for onset, highest, end in intervals(reaction.departures[:, column], least):
            rows = onset + np.flatnonzero(leads[onset : end + 1, label])
            if len(rows):
                # The strongest instant at which the face shows it.
                best = int(rows[shown[rows, label].argmax()])
                peak = highest if leads[highest, label] else best
                found.append(_moment(reaction, label, column, (onset, peak, end)))
    return sorted(_strongest_at_a_time(found), key=lambda moment: moment.peak_s)


def intervals(signal: NDArray[np.floating], least: float) -> list[tuple[int, int, int]]:
    """Find where a signal stands out.

    Args:
        signal: (T,) ten a second; NaN in gaps, which count as rest.
        least: least height and prominence of a peak.

    Returns:
        First index, that of the peak, and last index of each interval, ascending.
    """
    # A rest before and after: what the recording cuts off still counts.
    shown = np.pad(np.nan_to_num(np.asarray(signal, np.float64), nan=0.0).clip(0.0), 1)
    filled = _without_short_dips(shown, round(BREATH_S * RATE_HZ))
    # Valleys stay the deepest where they were. Of equally high peaks the first counts as the higher
    # one, or a dip in a full laugh were two.
    padded = np.where(filled >= least, filled, shown) + HINT * shown
    padded -= TIE * np.arange(len(padded))
    peaks, prominences = find_peaks(padded, height=least, prominence=least)
    peaks = peaks[prominences >= DIP * padded[peaks]]
    rests = np.flatnonzero(padded < least / 2)
    valleys = [a + int(padded[a:b].argmin()) for a, b in pairwise(peaks)]
    limits: list[int] = [0, *valleys, len(padded) - 1]
    found = []
    for number, highest in enumerate(peaks):
        before, after = rests[np.searchsorted(rests, highest) + np.array([-1, 0])].tolist()
        begin, end = max(before + 1, limits[number]), min(after - 1, limits[number + 1])
        near = padded[begin : highest + 1] >= padded[highest] - PLATEAU
        found.append((begin - 1, begin + int(near.argmax()) - 1, end - 1))
    return found


def _without_short_dips(values: NDArray[np.float64], samples: int) -> NDArray[np.float64]:
    """Fill dips of fewer samples than so many to the lower of their edges (a grayscale closing).

    Args:
        values: (T,), 0 or more.
        samples: how long a dip that stays is at least.
    """
    # Before and after is rest.
    raised = sliding_window_view(np.pad(values, samples - 1), samples).max(axis=1)
    filled: NDArray[np.float64] = sliding_window_view(raised, samples).min(axis=1)
    return filled


def choose(
    moments: Iterable[Moment], top: int | None = TOP, emotions: Sequence[str] = ()
) -> list[Moment]:
    """Choose the strongest, with a share for each emotion: they take turns, the strongest first.

    Args:
        moments: to choose from.
        top: how many at most; None for all.
        emotions: only of these; of all where empty.

    Returns:
        The chosen ones in the order of their peaks.
    """
    queues: dict[str, list[Moment]] = {}
    for moment in sorted(moments, key=lambda moment: -moment.strength):
        if not emotions or moment.emotion in emotions:
            queues.setdefault(moment.emotion, []).append(moment)
    turns = [
        (turn, -moment.strength, moment)
        for queue in queues.values()
        for turn, moment in enumerate(queue)
    ]
    turns.sort(key=lambda entry: entry[:2])
    chosen = [moment for _, _, moment in turns[:top]]
    return sorted(chosen, key=lambda moment: (moment.peak_s, moment.person))


def _moment(reaction: Reaction, label: int, column: int, interval: tuple[int, int, int]) -> Moment:
    person, emotion = reaction.person, reaction.emotions[column]
    onset, peak, end = interval
    return Moment(
        onset_s=(person.begin + onset) / RATE_HZ,
        peak_s=(person.begin + peak) / RATE_HZ,
        end_s=(person.begin + end) / RATE_HZ,
        person=person.number,
        track_id=int(person.track_at[peak]),
        emotion=emotion,
        strength=float(np.nanmax(reaction.departures[onset : end + 1, column])),
        probability=float(person.probabilities[peak, label]),
    )


def _strongest_at_a_time(moments: list[Moment]) -> list[Moment]:
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda moment: -moment.strength):
        if not any(other.onset_s <= moment.peak_s <= other.end_s for other in kept):
            kept.append(moment)
    return kept
