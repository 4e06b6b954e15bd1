"""Valence and arousal derived from the probabilities of emotions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.labels.emotions import affect_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_KNOWN = 0.5
"""Least probability of the emotions that have a published place, for an answer to be given."""


class DerivedAffect:
    """Valence and arousal as the mean of the emotions' published places, weighted by probability.

    It is a restatement of the probabilities, not a measurement: two faces with the same
    probabilities get the same place. See `mimika.labels.emotions.affect_of` for the places.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        """Look the labels' places up.

        Args:
            labels: the model's class names, in the order of its probabilities.
        """
        places = [affect_of(label) for label in labels]
        self._known = np.array([place is not None for place in places], np.float64)
        self._places = np.array([place or (0.0, 0.0) for place in places], np.float64)

    @property
    def possible(self) -> bool:
        """Whether at least two labels have a place, so that there is something to tell apart."""
        return self._known.sum() >= 2

    def __call__(self, probabilities: NDArray[np.floating]) -> tuple[float, float] | None:
        """Derive the place of one face.

        Args:
            probabilities: (K,) in the order of the labels, summing to 1.

        Returns:
            Valence and arousal, each in [-1, 1]; None where emotions without a place have more
            than half of the probability.
        """
        known = float(self._known @ probabilities)
        if known < LEAST_KNOWN:
            return None
        valence, arousal = (probabilities @ self._places) / known
        return float(valence), float(arousal)
