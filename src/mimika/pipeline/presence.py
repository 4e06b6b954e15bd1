"""Which boxes hold no face: by the model's output `presence`, where it has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.schema.outputs import PRESENCE_OUTPUT
from mimika.tracking.smoothing import MeanSmoother

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.geometry import Box

    Values = Mapping[str, NDArray[np.float32]]


def is_face(values: Values, least: float) -> bool:
    """Whether a box holds a face with a probability of `least` or more.

    Args:
        values: (K,) float32 by the output's name; for a model without `presence` all boxes do.
        least: 0 to 1.
    """
    return PRESENCE_OUTPUT not in values or float(values[PRESENCE_OUTPUT][0]) >= least


class FollowedPresence:
    """Knows which followed boxes hold no face, by the mean over time, so that none blinks.

    Attributes:
        hidden: the boxes without a face as they were last seen, by the number of their track.
    """

    def __init__(self, least: float, *, raw: bool) -> None:
        """Begin a stream.

        Args:
            least: probability from which a box holds a face, 0 to 1.
            raw: each frame's value counts by itself.
        """
        self.hidden: dict[int, Box] = {}
        self._least, self._raw = least, raw
        self._smoothers: dict[int, MeanSmoother] = {}

    def update(
        self, boxes: Mapping[int, Box], predicted: Mapping[int, Values], time_s: float
    ) -> None:
        """Take in what the model says of a frame's boxes.

        Args:
            boxes: by the number of their track, in pixels.
            predicted: of each of them (K,) float32 by the output's name.
            time_s: the frame's time in seconds.
        """
        for track_id, values in predicted.items():
            if self._is_face(track_id, values, time_s):
                self.hidden.pop(track_id, None)
            else:
                self.hidden[track_id] = boxes[track_id]

    def _is_face(self, track_id: int, values: Values, time_s: float) -> bool:
        if self._raw or PRESENCE_OUTPUT not in values:
            return is_face(values, self._least)
        smoother = self._smoothers.setdefault(track_id, MeanSmoother())
        return float(smoother.update(values[PRESENCE_OUTPUT], time_s)[0]) >= self._least

    def forget_all_but(self, track_ids: Collection[int]) -> None:
        """Forget the boxes that have gone."""
        for gone in self._smoothers.keys() - track_ids:
            del self._smoothers[gone]
        for gone in self.hidden.keys() - track_ids:
            del self.hidden[gone]

    def reset(self) -> None:
        """Forget the stream."""
        self.hidden.clear()
        self._smoothers.clear()
