"""Parts of a picture on one sheet: none lies on another, and each is what was cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mimika.detection.parts import Part, drawn_together
from mimika.schema.geometry import Box


@pytest.mark.parametrize(
    "sides", [[96], [96] * 5, [256, 96, 96, 96], [96, 160, 256, 96], [160] * 3]
)
def test_no_part_lies_on_another(sides):
    image = np.full((480, 640, 3), 7, np.uint8)
    boxes = [Box(10 * i, 5 * i, 200, 150 if side > 160 else 200) for i, side in enumerate(sides)]
    parts = [Part.of(image, box, side) for box, side in zip(boxes, sides, strict=True)]
    sheet, corners = drawn_together(parts)
    places = [Box(*corner, *part.cell) for corner, part in zip(corners, parts, strict=True)]
    assert all(a.iou(b) == 0 for a, b in itertools.combinations(places, 2))
    for (x, y), part in zip(corners, parts, strict=True):
        assert sheet[y, x].tolist() == [7, 7, 7]
        assert x + part.cell[0] <= sheet.shape[1]
        assert y + part.cell[1] <= sheet.shape[0]


@pytest.mark.parametrize(
    "box", [Box(-500, -500, 50, 50), Box(900, 20, 60, 60), Box(3, 3, 0.2, 0.2)]
)
def test_what_is_outside_or_tiny_does_no_harm(box):
    image = np.full((480, 640, 3), 7, np.uint8)
    sheet, _ = drawn_together([Part.of(image, box, 96)])
    assert sheet.shape[0] % 32 == sheet.shape[1] % 32 == 0
