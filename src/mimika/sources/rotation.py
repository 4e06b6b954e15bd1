"""By how much pictures are turned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from mimika.base.errors import UsageError

Turn = Literal[0, 90, 180, 270]
"""Degrees by which pictures are turned clockwise."""

Rotation = Literal[0, 90, 180, 270, "auto"]
"""Degrees by which pictures are turned clockwise; "auto" lets `orientation.py` find out."""

FindTurn = Callable[[Iterable[Any]], Turn]
"""Finds how pictures of one film, (H, W, 3) uint8 BGR, are to be turned; takes as many as it needs,
as `orientation.turn_to_upright` does."""

TURNS: tuple[Turn, ...] = (0, 90, 180, 270)


def rotation_of(value: int | str) -> Rotation:
    """Read a rotation.

    Raises:
        UsageError: it is none of 0, 90, 180, 270, auto.
    """
    for known in (*TURNS, "auto"):
        if str(value).strip().lower() == str(known):
            return known  # type: ignore[return-value]
    raise UsageError(f"--rotate takes 0, 90, 180, 270 or auto, and {value!r} is none of them.")
