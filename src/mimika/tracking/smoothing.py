"""A model's outputs smoothed in time, and a shown label that does not flicker."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mimika.schema.outputs import MAIN_OUTPUT, OUTPUT_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from mimika.schema.outputs import Output

TIME_CONSTANT_S = 0.35
LEAD = 0.08


class Smoother(Protocol):
    """Smooths one output of one face."""

    def update(self, values: NDArray[np.float32], time_s: float) -> NDArray[np.float64]:
        """Take in a frame's values, (K,) float32, and return the smoothed ones, (K,) float64."""


class MeanSmoother:
    """An exponential average with a time constant in seconds.

    The weight of a new value after a pause of dt is 1 - exp(-dt / time constant), so the result
    does not depend on the frame rate. See `Smoother`.
    """

    def __init__(self, time_constant_s: float = TIME_CONSTANT_S) -> None:
        self._time_constant_s = time_constant_s
        self._mean: NDArray[np.float64] | None = None
        self._time_s = 0.0

    def update(self, values: NDArray[np.float32], time_s: float) -> NDArray[np.float64]:
        """See `Smoother`."""
        new = values.astype(np.float64)
        if self._mean is None:
            self._mean = new
        else:
            pause_s = max(0.0, time_s - self._time_s)
            weight = 1.0 - math.exp(-pause_s / self._time_constant_s)
            self._mean = self._mean + weight * (new - self._mean)
        self._time_s = time_s
        return self._mean


class ProbabilitySmoother(MeanSmoother):
    """A mean of probabilities with a held label.

    The held label changes only when another leads it by `lead` (a Schmitt trigger on the
    difference).

    Attributes:
        held: index of the held label.
    """

    def __init__(self, time_constant_s: float = TIME_CONSTANT_S, lead: float = LEAD) -> None:
        super().__init__(time_constant_s)
        self._lead = lead
        self.held: int | None = None

    def update(self, values: NDArray[np.float32], time_s: float) -> NDArray[np.float64]:
        """See `Smoother`; (K,) summing to 1."""
        mean = super().update(values, time_s)
        leader = int(mean.argmax())
        if self.held is None or mean[leader] > mean[self.held] + self._lead:
            self.held = leader
        return mean


class CircularMeanSmoother:
    """A mean of angles in degrees, taken of their sines and cosines. See `Smoother`.

    After Mardia & Jupp 2000, "Directional Statistics", section 2.2: 179 and -179 degrees average
    to 180, not to 0.
    """

    def __init__(self, time_constant_s: float = TIME_CONSTANT_S) -> None:
        self._parts = MeanSmoother(time_constant_s)

    def update(self, values: NDArray[np.float32], time_s: float) -> NDArray[np.float64]:
        """See `Smoother`; values and answer in degrees, the answer in (-180, 180]."""
        angles = np.radians(values, dtype=np.float64)
        mean = self._parts.update(np.stack([np.sin(angles), np.cos(angles)]), time_s)
        return np.degrees(np.arctan2(mean[0], mean[1]))


SMOOTHERS: Mapping[str, Callable[[], Smoother]] = {
    "probabilities": ProbabilitySmoother,
    "mean": MeanSmoother,
    "circular_mean": CircularMeanSmoother,
}
"""What `OutputKind.smoothing` means."""


class FaceSmoother:
    """Smooths all outputs of one face."""

    def __init__(self, outputs: Mapping[str, Output]) -> None:
        """Begin.

        Args:
            outputs: the outputs that the face carries, by name.
        """
        self._smoothers = {
            name: SMOOTHERS[OUTPUT_KINDS[output.kind].smoothing]()
            for name, output in outputs.items()
        }

    def update(
        self, values: Mapping[str, NDArray[np.float32]], time_s: float
    ) -> tuple[dict[str, NDArray[Any]], int]:
        """Take in a frame's values.

        Args:
            values: (K,) float32 by the output's name.
            time_s: the frame's time in seconds.

        Returns:
            The smoothed values by the output's name, and the index of the main output's held label.
        """
        smoothed = {
            name: smoother.update(values[name], time_s)
            for name, smoother in self._smoothers.items()
        }
        main = self._smoothers[MAIN_OUTPUT]
        held = main.held if isinstance(main, ProbabilitySmoother) else None
        return smoothed, int(smoothed[MAIN_OUTPUT].argmax()) if held is None else held
