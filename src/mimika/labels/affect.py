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
        # Valence, arousal and whether they are known, in one matrix: one product a face.
        self._places = np.array([(*place, 1.0) if place else (0.0,) * 3 for place in places])

    @property
    def possible(self) -> bool:
        """Whether at least two labels have a place, so that there is something to tell apart."""
        return bool(self._places[:, 2].sum() >= 2)

    def __call__(self, probabilities: NDArray[np.floating]) -> tuple[float, float] | None:
        """Derive the place of one face.

        Args:
            probabilities: (K,) in the order of the labels, summing to 1.

        Returns:
            Valence and arousal, each in [-1, 1]; None where emotions without a place have more
            than half of the probability.
        """
        valence, arousal, known = (probabilities @ self._places).tolist()
        return (valence / known, arousal / known) if known >= LEAST_KNOWN else None
