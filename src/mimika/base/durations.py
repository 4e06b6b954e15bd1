"""Lengths of time, as people write them."""

from __future__ import annotations

import re

from mimika.base.errors import UsageError

UNITS_S = {"h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "": 1.0, "ms": 1e-3}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*(h|min|ms|m|s)?")
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")


def seconds_of(text: str) -> float:
    """Read a length of time: 90, 90s, 250ms, 2m, 1h30m, 1:30 or 1:02:03.5.

    Returns:
        Seconds, 0 or more.

    Raises:
        UsageError: it is none.
    """
    written = text.strip().lower()
    if match := CLOCK.fullmatch(written):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        if seconds >= 60 or (match[1] and minutes >= 60):
            raise UsageError(f"A minute has 60 seconds, an hour 60 minutes, and {text!r} has more.")
        return hours * 3600 + minutes * 60 + seconds
    parts = PART.findall(written)
    clear = len(parts) == 1 or all(unit for _, unit in parts)
    if parts and clear and PART.sub("", written).strip() == "":
        return sum(float(number) * UNITS_S[unit] for number, unit in parts)
    raise UsageError(f"A time is written as 90, 1:30, 250ms or 1h30m, and {text!r} is not.")
