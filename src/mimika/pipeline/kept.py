"""Answers of the model that are kept while a face hardly changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.schema.outputs import MAIN_OUTPUT, PRESENCE_OUTPUT
from mimika.tracking.appearance import mean_difference, samples_across

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from mimika.schema.geometry import Box

    Values = Mapping[str, NDArray[np.float32]]

KEPT_S = 0.3
"""How long an answer is kept at most."""

HIDDEN_S = 0.5
"""How long the answer for a face that is not shown is kept, however it changes."""

AHEAD = 0.7
"""Share of the time and of the change at which a face is judged already where that costs little: in
a frame with nothing else to do, or together with another face."""

EVERY_FRAME_S = 0.3
"""How long a new face is judged in every frame: its mean rests on few answers yet."""

MOST_EXPECTED = 0.5
"""Change of the samples, times how much the answer may change with them, up to which it is kept."""

SAMPLES = 16
MOST_CHANGED = 30.0
"""Mean difference of `SAMPLES` squared pixels of the face, of 255, up to which an answer is kept,
however clear it is."""

SAME_PLACE_IOU = 0.85
"""Least overlap of a face's boxes: another box gives another crop, of the same pixels too."""

SURPRISE = 0.15
"""Change of a probability from which the face is judged in every frame for `ALERT_S`."""

ALERT_S = 0.2

LEAST_UNCERTAINTY = 0.01
MOST_UNCERTAINTY = 0.25


@dataclass(slots=True)
class _Answer:
    """What the model said of a face, and of which pixels."""

    kept_from_s: float
    time_s: float
    box: Box
    samples: NDArray[np.uint8]
    uncertainty: float
    values: Values


class KeptAnswers:
    """Knows which faces of a stream need not be judged again yet.

    A clear answer hardly changes with the pixels, an unclear one does: the derivative of a softmax
    output p is p (1 - p). So an answer is kept, for `KEPT_S` at most, while the mean difference of
    some of the face's pixels, times the greatest p (1 - p) of its probabilities, is small. On the
    test clips the smoothed probabilities stay within 0.02 of judging every frame; on one other
    clip a face with a very clear answer that turns at once is off by 0.11 until it is judged.
    """

    def __init__(self) -> None:
        self._answers: dict[int, _Answer] = {}

    def reset(self) -> None:
        """Forget the stream."""
        self._answers.clear()

    def staleness(self, track_id: int, image: NDArray[np.uint8], box: Box, time_s: float) -> float:
        """How far a face's answer is from where it is kept no longer: from 0, 1 is there.

        Args:
            track_id: the face's number.
            image: (H, W, 3) uint8 BGR.
            box: where the face is.
            time_s: the frame's time in seconds.
        """
        last = self._answers.get(track_id)
        if last is None or not max(last.kept_from_s, last.time_s) <= time_s:
            return math.inf
        age = (time_s - last.time_s) / KEPT_S
        if age > 1 or box.iou(last.box) < SAME_PLACE_IOU:
            return math.inf
        # Of the face where it is now: a head that moves shows the model the same.
        changed = mean_difference(samples_across(image, box, SAMPLES), last.samples)
        return max(age, changed / MOST_CHANGED, changed * last.uncertainty / MOST_EXPECTED)

    def values(self, track_id: int) -> Values:
        """The answer of a face that has one."""
        return self._answers[track_id].values

    def of_hidden(self, track_id: int, time_s: float) -> Values | None:
        """The answer that a face keeps which is not shown; None where it is to be judged."""
        last = self._answers.get(track_id)
        if last is None or not last.time_s <= time_s < last.time_s + HIDDEN_S:
            return None
        return last.values

    def judged(
        self, track_id: int, image: NDArray[np.uint8], box: Box, time_s: float, values: Values
    ) -> None:
        """Take in an answer.

        Args:
            track_id: the face's number.
            image: (H, W, 3) uint8 BGR.
            box: where the face is.
            time_s: the frame's time in seconds.
            values: (K,) float32 by the output's name.
        """
        before = self._answers.get(track_id)
        if before is None or before.time_s > time_s:
            kept_from_s = time_s + EVERY_FRAME_S
        elif _is_surprise(before.values, values):
            kept_from_s = max(before.kept_from_s, time_s + ALERT_S)
        else:
            kept_from_s = before.kept_from_s
        samples = samples_across(image, box, SAMPLES)
        self._answers[track_id] = _Answer(
            kept_from_s, time_s, box, samples, _uncertainty(values), values
        )

    def forget_all_but(self, track_ids: Collection[int]) -> None:
        """Forget the faces that have gone."""
        for gone in self._answers.keys() - track_ids:
            del self._answers[gone]


def _uncertainty(values: Values) -> float:
    """How much an answer changes with what is seen: the greatest p (1 - p)."""
    if values.keys() - {MAIN_OUTPUT, PRESENCE_OUTPUT}:
        return MOST_UNCERTAINTY  # numbers beside the probabilities have no such measure
    p = values[MAIN_OUTPUT]
    return float((p * (1 - p)).max()) + LEAST_UNCERTAINTY


def _is_surprise(before: Values, now: Values) -> bool:
    return bool(np.abs(now[MAIN_OUTPUT] - before[MAIN_OUTPUT]).max() > SURPRISE)
