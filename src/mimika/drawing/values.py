"""What else is known of a face: its landmarks as dots, its other numbers as lines beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from mimika.drawing import text
from mimika.drawing.paint import WHITE, shade
from mimika.labels.emotions import translate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mimika.drawing.layout import Layout
    from mimika.schema.results import Face


def draw_landmarks(canvas: NDArray[np.uint8], face: Face, radius: int) -> None:
    """Draw a dot at each of a face's points, in place; (H, W, 3) uint8 BGR."""
    for x, y in face.landmarks.values():
        cv2.circle(canvas, (round(x), round(y)), radius, WHITE, cv2.FILLED, cv2.LINE_AA)


def draw_values(
    canvas: NDArray[np.uint8], layout: Layout, face: Face, size: int, language: str
) -> None:
    """Write the numbers of `Face.values` with their names, in the nearest room beside the face.

    Args:
        canvas: (H, W, 3) uint8 BGR; drawn on in place.
        layout: what is taken; in a picture without room nothing is written.
        face: the face.
        size: of the font in pixels.
        language: of the names, "en" or "ru".
    """
    lines = {
        translate(name, language): f"{value:+.2f}"
        for name, value in face.values.items()
        if isinstance(value, int | float)
    }
    if not lines:
        return
    row, gap = round(size * 1.45), size // 2
    name_wide = max(text.measure(name, size)[0] for name in lines)
    wide = name_wide + max(text.measure(number, size)[0] for number in lines.values()) + 3 * gap
    beside = round(face.box.x + face.box.width) + gap, max(0, round(face.box.y))
    place = layout.find_near(wide, row * len(lines) + gap, beside)
    if place is None:
        return
    left, top = round(place.x), round(place.y)
    shade(canvas, left, top, wide, row * len(lines) + gap)
    for i, (name, number) in enumerate(lines.items()):
        y = top + gap // 2 + i * row
        text.put(canvas, name, left + gap, y, size, WHITE)
        text.put(canvas, number, left + name_wide + 2 * gap, y, size, WHITE)
