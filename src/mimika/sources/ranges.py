"""A range of a film."""

from __future__ import annotations

import math

from mimika.base.errors import UsageError

SAME_S = 1e-3
"""Times within a millisecond are the same: containers round to that."""


class TimeRange:
    """Times from a start to an end, without the end itself.

    Attributes:
        start_s: its start, in seconds.
        end_s: its end, in seconds; infinite where it has none.
    """

    def __init__(self, start_s: float = 0.0, end_s: float | None = None) -> None:
        """Check the limits.

        Raises:
            UsageError: one is no time, or the range has no length.
        """
        for value in (start_s, end_s):
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise UsageError(f"A range of a film is in seconds from 0, and {value:g} is not.")
        if end_s is not None and end_s <= start_s:
            raise UsageError(
                f"The range from {start_s:g} s to {end_s:g} s has no length: "
                "--to must be later than --from."
            )
        self.start_s = float(start_s)
        self.end_s = math.inf if end_s is None else float(end_s)

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.start_s == 0 and self.end_s == math.inf

    def before(self, time_s: float) -> bool:
        """Whether a time lies before the range."""
        return time_s < self.start_s - SAME_S

    def after(self, time_s: float) -> bool:
        """Whether a time lies after the range."""
        return time_s >= self.end_s - SAME_S
