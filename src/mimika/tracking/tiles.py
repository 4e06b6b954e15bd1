"""The parts of a frame that are looked at in turn, so that together they show all small faces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

OVERLAP_PX = 48
"""A face of up to this length in a copy is whole in one of its tiles. Larger ones are shown by the
next smaller copy, where they have half of it, as many pixels as a detector surely sees."""

MOST_PIXELS = 256 * 192
"""Pixels of a tile at most: it then takes about as long as a known face with its emotion."""
STRIDE_PX = 32
MOST_ENLARGED = 1.5
EDGE_PX = 2.0

PERIODS_S = (0.5, 1.0)
"""How often a tile of each copy is looked at while it changes, from the smaller copy on."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a frame, in one of its scaled copies.

    Attributes:
        box: where, in pixels of the frame.
        side: longer side of the scaled part, in pixels.
        scale: pixels of the copy for one of the frame.
        period_s: how often it is to be looked at while it changes.
        open_sides: whether the frame goes on at the left, top, right and bottom.
    """

    box: Box
    side: int
    scale: float
    period_s: float
    open_sides: tuple[bool, bool, bool, bool]

    def shows_whole(self, face: Box) -> bool:
        """Whether a face that was found here is not cut by the tile's edges."""
        left, top, right, bottom = self.open_sides
        edge, box = EDGE_PX / self.scale, self.box
        return not (
            (left and face.x < box.x + edge)
            or (top and face.y < box.y + edge)
            or (right and face.x + face.width > box.x + box.width - edge)
            or (bottom and face.y + face.height > box.y + box.height - edge)
        )


@lru_cache(maxsize=16)
def tiles_of(width: int, height: int, sides: Sequence[int]) -> tuple[Tile, ...]:
    """The tiles of all copies of a frame, those of the smaller copies first.

    Args:
        width: of the frame in pixels.
        height: likewise.
        sides: longer sides of the copies, in pixels, rising. Those that would be far larger than
            the frame are left out.
    """
    longest = max(width, height)
    tiles = []
    for side, period_s in zip(sides, PERIODS_S, strict=False):
        scale = side / longest
        if scale > MOST_ENLARGED:
            break
        size = max(1, round(width * scale)), max(1, round(height * scale))
        across, down = _grid(*size)
        for y, bottom in _spans(size[1], down):
            for x, right in _spans(size[0], across):
                box = Box(x / scale, y / scale, (right - x) / scale, (bottom - y) / scale)
                open_sides = x > 0, y > 0, right < size[0], bottom < size[1]
                tiles.append(Tile(box, max(right - x, bottom - y), scale, period_s, open_sides))
    return tuple(tiles)


def _grid(width: int, height: int) -> tuple[int, int]:
    """The cheapest numbers of tiles across and down a copy, none larger than `MOST_PIXELS`."""
    best, cost = (1, 1), math.inf
    for across in range(1, 2 + width // OVERLAP_PX):
        for down in range(1, 2 + height // OVERLAP_PX):
            pixels = _padded(_length(width, across)) * _padded(_length(height, down))
            if pixels <= MOST_PIXELS and across * down * pixels < cost:
                best, cost = (across, down), across * down * pixels
    return best


def _length(length: int, count: int) -> int:
    return math.ceil((length + (count - 1) * OVERLAP_PX) / count)


def _padded(length: int) -> int:
    return -(-length // STRIDE_PX) * STRIDE_PX


def _spans(length: int, count: int) -> list[tuple[int, int]]:
    side = min(length, _length(length, count))
    step = (length - side) / max(1, count - 1)
    return [(round(i * step), round(i * step) + side) for i in range(count)]
