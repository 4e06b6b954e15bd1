"""Shares of right answers with their uncertainty, and differences of two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many.

    Attributes:
        right: how many.
        count: of how many; 1 or more.
    """

    right: int
    count: int

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95% interval (Wilson 1927, doi 10.1080/01621459.1927.10502953)."""
        from scipy.stats import binomtest

        found = binomtest(self.right, self.count).proportion_ci(LEVEL, method="wilson")
        return float(found.low), float(found.high)

    def to_dict(self) -> dict[str, object]:
        """JSON-ready: `value`, `interval` and `n`."""
        return {"value": self.value, "interval": list(self.interval), "n": self.count}


def difference(one: Share, other: Share) -> tuple[float, tuple[float, float]]:
    """How much greater one share is than another, with its 95% interval.

    The interval is made of both shares' Wilson intervals (Newcombe 1998, method 10, doi
    10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
    """
    apart = one.value - other.value
    (low, high), (other_low, other_high) = one.interval, other.interval
    below = ((one.value - low) ** 2 + (other_high - other.value) ** 2) ** 0.5
    above = ((high - one.value) ** 2 + (other.value - other_low) ** 2) ** 0.5
    return apart, (max(-1.0, apart - below), min(1.0, apart + above))


def chance_of(one: Share, other: Share) -> float:
    """How probable so great a difference is where there is none: Fisher's exact test, two-sided."""
    from scipy.stats import fisher_exact

    table = [[each.right, each.count - each.right] for each in (one, other)]
    return float(fisher_exact(table).pvalue)


def corrected(chances: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Benjamini & Hochberg 1995)."""
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(chances)] if chances else []
