"""A curve with intervals as an SVG drawing, from 0 to 100% over named places."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Point = tuple[str, float, tuple[float, float]]
    """A name, a share from 0 to 1, and its interval."""

WIDTH, HEIGHT = 280, 150
LEFT, BOTTOM, TOP, RIGHT = 34, 22, 8, 16
LINES = (0.0, 0.25, 0.5, 0.75, 1.0)


def curve(points: Sequence[Point], label: str) -> str:
    """Draw shares in their order, evenly apart.

    Args:
        points: two or more.
        label: what is shown, for readers who do not see it.
    """
    step = (WIDTH - LEFT - RIGHT) / (len(points) - 1)
    places = [(LEFT + number * step, _y(share)) for number, (_, share, _) in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(
        f'<path class="between" d="M{x:.1f} {_y(low):.1f}V{_y(high):.1f}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(name)}</text>'
        for (x, y), (name, _, (low, high)) in zip(places, points, strict=True)
    )
    return _svg(f'{_grid()}<polyline points="{line}"/>{marks}', label)


def reliability_curve(bins: Sequence[tuple[float, float, int]], label: str) -> str:
    """Draw how often answers are right over their confidence; a point is larger with more answers.

    Args:
        bins: mean confidence, share that is right (both from 0 to 1), how many answers.
        label: what is shown, for readers who do not see it.
    """
    most = max(count for _, _, count in bins)
    places = [(_x(confidence), _y(right), count) for confidence, right, count in bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 5 * (count / most) ** 0.5:.1f}"/>'
        for x, y, count in places
    )
    ends = "".join(
        f'<text x="{_x(share):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{share:.0%}</text>'
        for share in LINES
    )
    ideal = f'<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'
    return _svg(f'{_grid()}{ideal}<polyline points="{line}"/>{marks}{ends}', label)


def _svg(inside: str, label: str) -> str:
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{inside}</svg>'
    )


def _grid() -> str:
    return "".join(
        f'<path class="axis" d="M{LEFT} {_y(share):.1f}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 4}" y="{_y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        for share in LINES
    )


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share
