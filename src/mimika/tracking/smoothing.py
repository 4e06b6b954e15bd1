"""Probabilities smoothed in time, and a shown label that does not flicker."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIME_CONSTANT_S = 0.35
LEAD = 0.08


class Smoother:
    """Smooths one face's probabilities: an exponential average with a time constant in seconds.

    The weight of a new value after a pause of dt is 1 - exp(-dt / time constant), so the result
    does not depend on the frame rate. The held label changes only when another leads it by `lead`
    (a Schmitt trigger on the difference).
    """

    def __init__(self, time_constant_s: float = TIME_CONSTANT_S, lead: float = LEAD) -> None:
        self._time_constant_s = time_constant_s
        self._lead = lead
        self._mean: NDArray[np.float64] | None = None
        self._time_s = 0.0
        self._held = 0

    def update(
        self, probabilities: NDArray[np.float32], time_s: float
    ) -> tuple[NDArray[np.float64], int]:
        """Take in one frame's probabilities.

        Args:
            probabilities: (K,) float32, summing to 1.
            time_s: the frame's time in seconds.

        Returns:
            The smoothed probabilities, (K,) float64 summing to 1, and the index of the held label.
        """
        new = probabilities.astype(np.float64)
        if self._mean is None:
            self._mean = new
            self._held = int(new.argmax())
        else:
            pause_s = max(0.0, time_s - self._time_s)
            weight = 1.0 - math.exp(-pause_s / self._time_constant_s)
            self._mean = self._mean + weight * (new - self._mean)
            leader = int(self._mean.argmax())
            if self._mean[leader] > self._mean[self._held] + self._lead:
                self._held = leader
        self._time_s = time_s
        return self._mean, self._held
