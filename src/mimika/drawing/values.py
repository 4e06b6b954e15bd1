"""What else is known of a face: landmarks and mesh as dots, other numbers as lines beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.drawing import text
from mimika.drawing.paint import WHITE, shade
from mimika.labels.emotions import translate
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.drawing.layout import Layout
    from mimika.schema.results import Face


def draw_landmarks(canvas: NDArray[np.uint8], face: Face, radius: int) -> None:
    """Draw a dot at each of a face's points, in place; (H, W, 3) uint8 BGR."""
    for x, y in face.landmarks.values():
        cv2.circle(canvas, (round(x), round(y)), radius, WHITE, cv2.FILLED, cv2.LINE_AA)


def draw_mesh(canvas: NDArray[np.uint8], face: Face, size: int) -> Box | None:
    """Draw a small dot at each point of a face's mesh, in place.

    Args:
        canvas: (H, W, 3) uint8 BGR; drawn on in place.
        face: the face.
        size: of a dot in pixels.

    Returns:
        What was drawn on; None where the face has no mesh.
    """
    if face.mesh is None:
        return None
    points = np.rint(face.mesh[:, :2]).astype(int)
    for x, y in points.tolist():
        canvas[max(y, 0) : max(y + size, 0), max(x, 0) : max(x + size, 0)] = WHITE
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return Box(left, top, right - left + size, bottom - top + size)


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
