"""Where plates and panels go: inside the picture, and never over one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Layout:
    """The places that are taken in a picture."""

    def __init__(self, width: int, height: int) -> None:
        """Begin with an empty picture of `width` x `height` pixels."""
        self._width, self._height = width, height
        self._taken: list[Box] = []

    @property
    def taken(self) -> tuple[Box, ...]:
        """The places that are taken."""
        return tuple(self._taken)

    def take(self, box: Box) -> None:
        """Keep a place free of what comes later."""
        self._taken.append(box)

    def fits(self, place: Box, also: Sequence[Box] = ()) -> bool:
        """Whether a place is in the picture and free of what is there.

        Args:
            place: the place.
            also: further boxes that it must not cover.
        """
        inside = (
            place.x >= 0
            and place.y >= 0
            and place.x + place.width <= self._width
            and place.y + place.height <= self._height
        )
        return inside and not any(overlap(place, other) for other in (*self._taken, *also))

    def find(
        self, wide: int, high: int, wished: Iterable[tuple[int, int]], also: Sequence[Box] = ()
    ) -> Box | None:
        """Take the first of the wished places that fits.

        Args:
            wide: width of what is placed.
            high: its height.
            wished: upper left corners, the best first.
            also: further boxes that it must not cover.

        Returns:
            The place; None where none fits.
        """
        for x, y in wished:
            place = Box(x, y, wide, high)
            if self.fits(place, also):
                self.take(place)
                return place
        return None

    def find_near(self, wide: int, high: int, at: tuple[int, int]) -> Box | None:
        """Take the free place that is nearest to a point; None where the picture is full.

        Free places begin where others end, so only those corners are looked at.
        """
        across = {0, self._width - wide, at[0]}
        down = {0, self._height - high, at[1]}
        for other in self._taken:
            across |= {round(other.x + other.width), round(other.x) - wide}
            down |= {round(other.y + other.height), round(other.y) - high}
        corners = sorted(
            ((x, y) for x in across for y in down),
            key=lambda corner: (corner[0] - at[0]) ** 2 + (corner[1] - at[1]) ** 2,
        )
        return self.find(wide, high, corners)

    def inside(self, x: int, wide: int) -> int:
        """Move a left edge so that what is `wide` lies in the picture, if it can."""
        return min(max(x, 0), max(0, self._width - wide))


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share an area."""
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
