"""The icon is the page's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mimika
from mimika.drawing import icon as drawing

SVG = Path(mimika.__file__).parent / "apps" / "server" / "page" / "icon.svg"


@pytest.mark.parametrize("side", [32, 64, 256])
def test_it_is_the_one_of_the_page(side):
    drawn = drawing.icon(side)
    assert drawn.size == (side, side)
    at = lambda x, y: drawn.getpixel((round(x * side / 32), round(y * side / 32)))  # noqa: E731
    assert drawn.getpixel((0, 0))[3] < 128, "the corners are round"
    assert at(16, 4) == (0x0B, 0x5C, 0x8F, 255)
    assert min(at(11, 13)) > 180, "an eye"
    red, green, blue, _ = at(16, 23)
    assert min(red, green) > blue + 30, "the smile"


def test_its_colors_are_those_of_the_page():
    colors = set(re.findall(r"#[0-9a-f]{3,6}", SVG.read_text(encoding="utf-8")))
    assert colors == {drawing.BLUE, "#fff", drawing.YELLOW}
