"""The plane of valence and arousal as an SVG drawing: where a face was for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mimika.apps.report.words import Words
    from mimika.timeline.people import Person

CELLS = 25
SIDE = 240
MARGIN = 22
LEAST_SHOWN = 0.06


def plane(person: Person, words: Words) -> str:
    """Draw a person's plane; "" where valence and arousal are not known.

    A cell is the darker the longer the face was there; the ring is the mean.
    """
    known = np.isfinite(person.valence) & np.isfinite(person.arousal)
    if not known.any():
        return ""
    valence, arousal = person.valence[known], person.arousal[known]
    counts, _, _ = np.histogram2d(valence, arousal, CELLS, range=[[-1, 1], [-1, 1]])
    shade = np.sqrt(counts / counts.max())
    cell = SIDE / CELLS
    cells = "".join(
        f'<rect x="{MARGIN + i * cell:.1f}" y="{MARGIN + (CELLS - 1 - j) * cell:.1f}" '
        f'width="{cell:.1f}" height="{cell:.1f}" opacity="{max(LEAST_SHOWN, shade[i, j]):.2f}"/>'
        for i, j in np.argwhere(counts > 0)
    )
    x, y = (MARGIN + SIDE * (1 + value) / 2 for value in (valence.mean(), -arousal.mean()))
    end, middle = MARGIN + SIDE, MARGIN + SIDE / 2
    label = words(
        "plane_label",
        person.number,
        words.number(valence.mean(), 2),
        words.number(arousal.mean(), 2),
    )
    total = SIDE + 2 * MARGIN
    return (
        f'<svg class="plane" viewBox="0 0 {total} {total}" role="img" aria-label="{label}">'
        f'<rect class="frame" x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}"/>'
        f'<g class="cells">{cells}</g>'
        f'<path class="axis" d="M{MARGIN} {middle}H{end}M{middle} {MARGIN}V{end}"/>'
        f'<circle class="mean" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
        f'<text x="{MARGIN}" y="{end + 16}">{words("unpleasant")}</text>'
        f'<text x="{end}" y="{end + 16}" text-anchor="end">{words("pleasant")}</text>'
        f'<text x="{middle}" y="{end + 16}" text-anchor="middle">{words("sleepy")}</text>'
        f'<text x="{middle}" y="{MARGIN - 8}" text-anchor="middle">{words("excited")}</text>'
        "</svg>"
    )
