"""Pieces of a film faded into each other, picture by picture."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


def dissolved(pieces: Iterable[Iterable[Picture]], half: int) -> Iterator[Picture]:
    """Put pieces one after another, each dissolving into the next around the cut.

    The cut stays where it is, and no picture from beyond a piece is shown, which may be of another
    shot: after the cut the piece before stands still, and before the cut the one after.

    Args:
        pieces: the pictures of each piece, all of one shape; at least twice `half` in each.
        half: how many pictures on either side of a cut are mixed; 0 cuts hard.

    Yields:
        As many pictures as the pieces have.
    """
    held: deque[Picture] = deque()
    before: Picture | None = None
    for piece in pieces:
        picture: Picture | None = None
        for number, picture in enumerate(piece):
            shown = picture
            if before is not None and number == 0:
                for place, last in enumerate(held):
                    yield _mixed(last, picture, place, half)
                held.clear()
            if before is not None and number < half:
                shown = _mixed(before, picture, half + number, half)
            held.append(shown)
            if len(held) > half:
                yield held.popleft()
        before = picture
    yield from held


def _mixed(one: Picture, other: Picture, place: int, half: int) -> Picture:
    import cv2

    share = (place + 0.5) / (2 * half)
    mixed: Picture = cv2.addWeighted(one, 1 - share, other, share, 0)
    return mixed
