"""What is done to a network's logits before the softmax, so that confidence can be trusted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SMALLEST_SHARE = 1e-4
"""Class shares below count as this, as a class that never occurred has none to divide by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is done to the main output's logits before the softmax: first temperature, then prior.

    Attributes:
        temperature: the logits are divided by it (Guo et al. 2017, arXiv 1706.04599).
        prior_power: the probabilities that these logits give are divided by the class shares to
            this power and made to sum to 1 again; 0 leaves them, 1 takes the training set's
            imbalance out wholly.
        shares: (K,) shares of the classes in the training faces; needed unless the power is 0.
    """

    temperature: float = 1.0
    prior_power: float = 0.0
    shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be done.

        Raises:
            ValueError: a temperature that is not above 0, or a prior correction without shares.
        """
        if not self.temperature > 0:
            raise ValueError("the temperature must be above 0")
        if self.prior_power and not self.shares:
            raise ValueError("a prior correction needs the class shares")

    @property
    def offset(self) -> NDArray[np.float32]:
        """What is taken from the divided logits: (K,), or (1,) of 0 without shares."""
        shares = np.maximum(np.array(self.shares or (1.0,), np.float32), SMALLEST_SHARE)
        return np.float32(self.prior_power) * np.log(shares)

    def adjusted(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Apply both to logits (N, K): z / T - p log shares."""
        return logits / np.float32(self.temperature) - self.offset

    def change_to(self, wanted: Calibration) -> tuple[np.float32, NDArray[np.float32]]:
        """How logits that this one was applied to become those of another.

        Args:
            wanted: the other, with the same shares.

        Returns:
            `factor`, and `offset` (K,) or (1,): adjusted * factor - offset are the other's.
        """
        factor = np.float32(self.temperature / wanted.temperature)
        return factor, wanted.offset - factor * self.offset

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; see `calibration_from_dict`."""
        return asdict(self) | {"shares": list(self.shares)}

    def describe(self) -> str:
        """A sentence or two for people; empty where nothing is done."""
        sentences = []
        if self.temperature != 1.0:
            sentences.append(f"The logits are divided by the temperature {self.temperature:.3f}.")
        if self.prior_power:
            sentences.append(
                "The probabilities are divided by the shares of the classes in the training faces "
                f"to the power {self.prior_power:g}."
            )
        return " ".join(sentences)


def calibration_from_dict(raw: Mapping[str, Any]) -> Calibration:
    """Read a calibration out of a card; what it lacks is that nothing was done.

    Raises:
        ValueError: see `Calibration`.
    """
    return Calibration(
        temperature=float(raw.get("temperature", 1.0)),
        prior_power=float(raw.get("prior_power", 0.0)),
        shares=tuple(float(share) for share in raw.get("shares", ())),
    )
