"""The panel beside a face: a bar for each label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.drawing import text
from mimika.drawing.paint import BGR, WHITE, bgr, shade
from mimika.labels.emotions import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.drawing.layout import Layout
    from mimika.schema.geometry import Box
    from mimika.schema.results import Face

SMALLEST_FONT = 8
EMPTY: BGR = (90, 90, 90)


@dataclass(frozen=True, slots=True)
class Panel:
    """Sizes of a panel in pixels.

    Attributes:
        size: of its font.
        name_wide: of the longest name.
    """

    size: int
    names: dict[str, str]
    name_wide: int
    number_wide: int

    @classmethod
    def of(cls, face: Face, size: int, language: str, height: int) -> Panel:
        """Make a panel for a face; its font shrinks until it fits into `height` pixels."""
        names = {label: translate(label, language) for label in face.probabilities}
        while size > SMALLEST_FONT and len(names) * round(size * 1.45) + size > height:
            size -= 1
        name_wide = max(text.measure(name, size)[0] for name in names.values())
        return cls(size, names, name_wide, text.measure("100%", size)[0])

    @property
    def row(self) -> int:
        """Height of a row."""
        return round(self.size * 1.45)

    @property
    def gap(self) -> int:
        """Space between its parts."""
        return self.size // 2

    @property
    def bar_wide(self) -> int:
        """Length of a whole bar."""
        return self.size * 5

    @property
    def wide(self) -> int:
        """Width of the panel."""
        return self.name_wide + self.bar_wide + self.number_wide + 5 * self.gap

    @property
    def high(self) -> int:
        """Height of the panel."""
        return self.row * len(self.names) + self.gap

    def place(
        self, layout: Layout, box: Box, others: Sequence[Box], height: int
    ) -> tuple[int, int] | None:
        """Find room beside the face, or below or above it; None where there is none."""
        x0, y0 = round(box.x), round(box.y)
        x1, y1 = round(box.x + box.width), round(box.y + box.height)
        lowest = max(0, height - self.high)
        levels = [min(max(y, 0), lowest) for y in (y0, y1 - self.high, (y0 + y1 - self.high) // 2)]
        across = (x1 + self.gap, x0 - self.gap - self.wide)
        wished = [(x, y) for y in levels for x in across]
        # Below the face or above it, and the label that may lie between.
        steps = range(self.gap, 4 * self.row, self.gap)
        away = [y for step in steps for y in (y1 + step, y0 - step - self.high)]
        wished += [(layout.inside(x0, self.wide), y) for y in away]
        found = layout.find(self.wide, self.high, wished, (box, *others))
        return None if found is None else (round(found.x), round(found.y))

    def place_anywhere(self, layout: Layout, box: Box) -> tuple[int, int] | None:
        """Find the nearest room in the picture, also over faces; None where there is none."""
        at = (round(box.x + box.width), round(box.y))
        found = layout.find_near(self.wide, self.high, at)
        return None if found is None else (round(found.x), round(found.y))

    def draw(self, canvas: NDArray[np.uint8], face: Face, left: int, top: int) -> None:
        """Draw the bars; the held label's has a mark where another is likelier by now."""
        shade(canvas, left, top, self.wide, self.high)
        held = held_label(face)
        likeliest = max(face.probabilities, key=lambda label: face.probabilities[label])
        for i, (label, share) in enumerate(face.probabilities.items()):
            y = top + self.gap // 2 + i * self.row
            text.put(canvas, self.names[label], left + 2 * self.gap, y, self.size, WHITE)
            bar = left + self.name_wide + 3 * self.gap
            middle = y + self.row // 2 - self.size // 12
            thick = max(2, self.size // 2)
            above, below = middle - thick // 2, middle + (thick + 1) // 2
            cv2.rectangle(canvas, (bar, above), (bar + self.bar_wide, below), EMPTY, cv2.FILLED)
            end = bar + round(self.bar_wide * min(max(share, 0.0), 1.0))
            if end > bar:
                cv2.rectangle(canvas, (bar, above), (end, below), bgr(label), cv2.FILLED)
            number = bar + self.bar_wide + self.gap
            text.put(canvas, f"{share:.0%}", number, y, self.size, WHITE)
            if label == held and held != likeliest:
                corners = [(left + 2, above - 1), (left + 2, below + 1), (left + self.gap, middle)]
                cv2.fillConvexPoly(canvas, np.array(corners, np.int32), WHITE, cv2.LINE_AA)


def held_label(face: Face) -> str:
    """The label that is held: what is shown, or what is too improbable to be shown."""
    if face.probabilities.get(face.emotion) == face.confidence:
        return face.emotion
    return min(face.probabilities, key=lambda k: abs(face.probabilities[k] - face.confidence))
