"""A person's own face at rest, which reactions are measured against.

Faces differ at rest: one reads neutral 99%, another half sad, and neither is moved. As FaceReader's
participant calibration does (Noldus, Reference Manual), a person's reactions are measured from that
person's own neutral. It is taken from the calmest stretch of the recording itself, so nothing has
to be recorded before.

All is done on log-odds, ln(p + e) - ln(1 - p + e): probabilities that sum to 1 are compositional
data, whose differences have a meaning only as ratios (Aitchison 1986, The Statistical Analysis of
Compositional Data). Of an emotion against all others, so that one emotion's rise is no other one's:
with neutral as the common divisor every emotion would rise when neutral falls. `LEAST_SHARE`, e, is
where a model's probabilities say nothing: their calibration error is a few percent (`mimika
evaluate`).

Median and median absolute deviation stand in for mean and standard deviation, as a few smiles in
the stretch must not count (Leys et al. 2013, Journal of Experimental Social Psychology 49,
764-766).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mimika.base.errors import InputError
from mimika.labels.emotions import UNCERTAIN, canonical
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.timeline.people import Person

LEAST_SHARE = 0.05
STRETCH_S = 20.0
"""Length of the calmest stretch: longer than a laugh or a cry."""

LEAST_SPREAD = 0.5
"""Least spread of the log-odds: a still face's own jitter is smaller and would make all large."""

MOST_SPREAD = 1.0
"""A stretch that moves more than this is not calm."""

MOST_SHOWN = 0.7
"""A stretch in which an emotion is likelier than this is that emotion, not a face at rest."""

NORMAL = 1.4826
"""Makes the median absolute deviation of a normal distribution its standard deviation."""

STEPS = 1200

Origin = Literal["calm", "given", "clip", "standard"]


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """A face at rest.

    Attributes:
        origin: "calm": the calmest stretch of the recording; "given": a stretch that the user
            named; "clip": another recording; "standard": there was no calm stretch, so a face is
            assumed that shows nothing.
        center: (E,) median log-odds of each emotion.
        spread: (E,) its robust standard deviation, at least `LEAST_SPREAD`.
        begin_s: where the stretch begins in its recording, NaN for "standard".
        end_s: where it ends.
    """

    origin: Origin
    center: NDArray[np.float64]
    spread: NDArray[np.float64]
    begin_s: float = float("nan")
    end_s: float = float("nan")


def expressed(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels that are an expression: all but neutral and uncertain."""
    return tuple(label for label in labels if canonical(label) not in ("neutral", UNCERTAIN))


def log_odds(shares: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log-odds of probabilities in [0, 1], within ±ln((1 + e) / e) = ±3.04."""
    exact = np.asarray(shares, np.float64)
    odds: NDArray[np.float64] = np.log((exact + LEAST_SHARE) / (1.0 - exact + LEAST_SHARE))
    return odds


def own_log_odds(person: Person, labels: Sequence[str]) -> NDArray[np.float64]:
    """A person's log-odds of each expressed emotion, (T, E), NaN where the face was not seen."""
    columns = [labels.index(label) for label in expressed(labels)]
    return log_odds(person.probabilities[:, columns])


def standard(emotions: int) -> Baseline:
    """A face that shows nothing, for people without a calm stretch."""
    return Baseline("standard", log_odds(np.zeros(emotions)), np.full(emotions, LEAST_SPREAD))


def calmest(person: Person, labels: Sequence[str]) -> Baseline:
    """Find a person's calmest stretch.

    Of all stretches of `STRETCH_S` in which the face was seen, it is the one in which the leading
    emotion's median log-odds and the largest spread sum to the least.

    Args:
        person: the person.
        labels: names of the columns of `person.probabilities`.
    """
    odds = own_log_odds(person, labels)
    rows = np.flatnonzero(person.seen)
    length = int(STRETCH_S * RATE_HZ)
    if not odds.shape[1] or len(rows) < length:
        return standard(odds.shape[1])
    step = max(RATE_HZ, len(rows) // STEPS)
    windows = np.lib.stride_tricks.sliding_window_view(odds[rows], length, axis=0)[::step]
    center = np.median(windows, axis=2)
    spread = NORMAL * np.median(np.abs(windows - center[:, :, None]), axis=2)
    leading, moving = center.max(1), spread.max(1)
    calm = (moving <= MOST_SPREAD) & (leading <= log_odds(np.array(MOST_SHOWN)))
    if not calm.any():
        return standard(odds.shape[1])
    best = int(np.where(calm, leading + moving, np.inf).argmin())
    times_s = person.times_s[rows[best * step : best * step + length]]
    return Baseline(
        "calm",
        center[best],
        np.maximum(spread[best], LEAST_SPREAD),
        float(times_s[0]),
        float(times_s[-1]),
    )


def of_stretch(
    person: Person, labels: Sequence[str], begin_s: float, end_s: float, origin: Origin = "given"
) -> Baseline:
    """Take a stretch, or a clip of its own, for the face at rest.

    Args:
        person: the person as seen in it.
        labels: names of the columns of `person.probabilities`.
        begin_s: where it begins.
        end_s: where it ends.
        origin: "given" or "clip".

    Raises:
        InputError: the face was seen for less than a second in it.
    """
    times_s = person.times_s
    rows = person.seen & (times_s >= begin_s) & (times_s <= end_s)
    if rows.sum() < RATE_HZ:
        raise InputError(
            f"The baseline shows the face of person {person.number} for less than a second: "
            "choose a stretch in which the face is seen at rest."
        )
    odds = own_log_odds(person, labels)[rows]
    center = np.median(odds, axis=0)
    spread = NORMAL * np.median(np.abs(odds - center), axis=0)
    return Baseline(origin, center, np.maximum(spread, LEAST_SPREAD), begin_s, end_s)
