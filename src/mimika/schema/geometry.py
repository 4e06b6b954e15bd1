"""Places in a picture: boxes and points, in pixels of the full frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Point(NamedTuple):
    """A point in pixels of the full frame; x to the right, y down, from the top left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the full frame; x to the right, y down, from the top left corner.

    It may reach beyond the frame where a face does.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    @property
    def center(self) -> Point:
        """Middle of the box, in pixels."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def iou(self, other: Box) -> float:
        """Intersection over union with `other`, in [0, 1]."""
        overlap_w = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        overlap_h = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if overlap_w <= 0 or overlap_h <= 0:
            return 0.0
        overlap = overlap_w * overlap_h
        return overlap / (self.area + other.area - overlap)

    def is_within(self, other: Box) -> bool:
        """Whether the box ends inside `other` on all sides."""
        return (
            self.x > other.x
            and self.y > other.y
            and self.x + self.width < other.x + other.width
            and self.y + self.height < other.y + other.height
        )

    def carry(self, points: Mapping[str, Point], to: Box) -> dict[str, Point]:
        """Move points along with what they lie on.

        Args:
            points: by name, where this box is.
            to: where the box has moved and grown to.

        Returns:
            The points as they lie in `to` as they did in this box.
        """
        across, down = to.width / self.width, to.height / self.height
        return {
            name: Point(to.x + (x - self.x) * across, to.y + (y - self.y) * down)
            for name, (x, y) in points.items()
        }

    def scaled(self, across: float, down: float) -> Box:
        """The box in its picture scaled by `across` and `down`."""
        return Box(self.x * across, self.y * down, self.width * across, self.height * down)
