"""Mimika's icon: the one of the page (apps/server/page/icon.svg), for windows and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 32
"""Side of the drawing in its own units, as in the SVG."""
BLUE, WHITE, YELLOW = "#0b5c8f", "#ffffff", "#f0e442"
FINER = 8


def icon(side: int) -> Image:
    """Draw the icon.

    Args:
        side: width and height in pixels.

    Returns:
        An RGBA picture, transparent outside the rounded square.
    """
    from PIL import Image, ImageDraw

    unit = side * FINER / SIDE
    drawn = Image.new("RGBA", (side * FINER, side * FINER))
    draw = ImageDraw.Draw(drawn)
    draw.rounded_rectangle((0, 0, side * FINER - 1, side * FINER - 1), 8 * unit, BLUE)
    for x in (11, 21):
        draw.circle((x * unit, 13 * unit), 2.4 * unit, WHITE)
    smile = [_curve(t / 60) for t in range(61)]
    for across, down in smile:
        draw.circle((across * unit, down * unit), 1.3 * unit, YELLOW)
    return drawn.resize((side, side), Image.Resampling.LANCZOS)


def _curve(t: float) -> tuple[float, float]:
    """A point of the smile: the cubic Bézier curve from (8, 19) to (24, 19)."""
    points = ((8, 19), (11, 25), (21, 25), (24, 19))
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    return (
        sum(weight * x for weight, (x, _) in zip(weights, points, strict=True)),
        sum(weight * y for weight, (_, y) in zip(weights, points, strict=True)),
    )
