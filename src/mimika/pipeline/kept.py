"""Answers of the model that are kept while a face hardly changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.schema.outputs import MAIN_OUTPUT, PRESENCE_OUTPUT
from mimika.tracking.appearance import mean_difference

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    Values = Mapping[str, NDArray[np.float32]]

KEPT_S = 0.3
"""How long an answer is kept at most."""

HIDDEN_S = 0.5
"""How long the answer for a face that is not shown is kept, however it changes."""

AHEAD = 0.9
"""Share of the time and of the change at which a face is judged already where that costs little: in
a frame with nothing else to do, or together with another face."""

EVERY_FRAME_S = 0.3
"""How long a new face is judged in every frame: its mean rests on few answers yet."""

MOST_OFF = 0.1
"""Change of a probability from which an answer is kept no longer."""

LOGITS = 20.0
"""Logits by which an answer changes at most where the face changes by its own contrast. It is
judged again where that could change a probability by `MOST_OFF`."""

MIDDLE = (14 / 48, 42 / 48), (8 / 48, 40 / 48)
"""Rows and columns of a crop that are compared, in lengths of its sides: eyes, nose and mouth."""

LEAST_CONTRAST = 5.0
"""What is added to the face's contrast, of 255: a camera's noise is no change of a dark face."""

SURPRISE = 0.15
"""Change of a probability from which the face is judged in every frame for `ALERT_S`."""

ALERT_S = 0.2

LEAST_DOUBT = 3e-4
"""However clear an answer is, it is not taken to be clearer."""


@dataclass(slots=True)
class _Answer:
    """What the model said of a face, and of which pixels.

    Attributes:
        kept_from_s: until then the face is judged in every frame.
        time_s: when it was judged.
        middle: of its crop, (h, w, channels) uint8.
        most_changed: mean difference of the middle up to which the answer is kept.
        values: the answer.
    """

    kept_from_s: float
    time_s: float
    middle: NDArray[np.uint8]
    most_changed: float
    values: Values


class KeptAnswers:
    """Knows which faces of a stream need not be judged again yet.

    A clear answer bears more change than an unclear one: it changes with its logits, by up to
    `LOGITS` where the face's middle changes by its contrast. So an answer is kept, for `KEPT_S` at
    most, while the crop that the model would see differs too little to change a probability by
    `MOST_OFF`. On the test clips, in the dark too, the smoothed probabilities stay within 0.02 of
    judging every frame.
    """

    def __init__(self) -> None:
        self._answers: dict[int, _Answer] = {}

    def reset(self) -> None:
        """Forget the stream."""
        self._answers.clear()

    def staleness(self, track_id: int, crop: NDArray[np.uint8], time_s: float) -> float:
        """How far a face's answer is from where it is kept no longer: from 0, 1 is there.

        Args:
            track_id: the face's number.
            crop: (h, w, channels) uint8, what the model would see.
            time_s: the frame's time in seconds.
        """
        last = self._answers.get(track_id)
        if last is None or not max(last.kept_from_s, last.time_s) <= time_s:
            return math.inf
        age = (time_s - last.time_s) / KEPT_S
        if age > 1:
            return math.inf
        return max(age, mean_difference(_middle(crop), last.middle) / last.most_changed)

    def values(self, track_id: int) -> Values:
        """The answer of a face that has one."""
        return self._answers[track_id].values

    def of_hidden(self, track_id: int, time_s: float) -> Values | None:
        """The answer that a face keeps which is not shown; None where it is to be judged."""
        last = self._answers.get(track_id)
        if last is None or not last.time_s <= time_s < last.time_s + HIDDEN_S:
            return None
        return last.values

    def judged(self, track_id: int, crop: NDArray[np.uint8], time_s: float, values: Values) -> None:
        """Take in an answer.

        Args:
            track_id: the face's number.
            crop: (h, w, channels) uint8, what the model saw.
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
        middle = _middle(crop).copy()
        most_changed = _bears(values) / LOGITS * (float(middle.std()) + LEAST_CONTRAST)
        self._answers[track_id] = _Answer(kept_from_s, time_s, middle, most_changed, values)

    def forget_all_but(self, track_ids: Collection[int]) -> None:
        """Forget the faces that have gone."""
        for gone in self._answers.keys() - track_ids:
            del self._answers[gone]


def _middle(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The part of a crop that is compared, a view."""
    height, width = crop.shape[:2]
    (top, bottom), (left, right) = MIDDLE
    return crop[
        round(top * height) : round(bottom * height), round(left * width) : round(right * width)
    ]


def _bears(values: Values) -> float:
    """Logits by which the likeliest answer changes before its probability falls by `MOST_OFF`."""
    p = 0.5  # numbers beside the probabilities may change most
    if not values.keys() - {MAIN_OUTPUT, PRESENCE_OUTPUT}:
        p = min(max(float(values[MAIN_OUTPUT].max()), p), 1 - LEAST_DOUBT)
    return _logit(p) - _logit(p - MOST_OFF)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _is_surprise(before: Values, now: Values) -> bool:
    return bool(np.abs(now[MAIN_OUTPUT] - before[MAIN_OUTPUT]).max() > SURPRISE)
