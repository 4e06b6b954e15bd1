"""How often a face's label changes in films, by how clear a new label has to be.

    python scripts/measure_steadiness.py FILM [FILM ...]

Each face is judged in every frame; what is shown is then worked out for several leads (how much
more probable a new label has to be than the held one, `mimika.tracking.smoothing.LEAD`) and least
probabilities of a new label. Prints for each rule: label changes a minute and face; how many labels
were held for less than half a second; and how much later than with today's rule the changes come
whose label is then held for a second or more, and how many of them never come.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

import mimika
from mimika.tracking.smoothing import LEAD, ProbabilitySmoother

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Readings = list[tuple[float, NDArray[np.float32]]]
    Spans = list[tuple[int, float, float]]  # label, from and to in seconds

RULES = ((LEAD, 0.0), (0.12, 0.0), (0.16, 0.0), (0.2, 0.0), (0.3, 0.0), (LEAD, 0.5), (LEAD, 0.6))
SHORT_S, LONG_S, LATE_S = 0.5, 1.0, 1.0


def readings(film: str) -> list[Readings]:
    """The probabilities of each face in each frame, not smoothed."""
    faces: dict[int, Readings] = defaultdict(list)
    settings = mimika.Settings(engine="cpu", raw=True)
    with mimika.open_source(film) as source, mimika.Recognizer(settings) as recognizer:
        for frame in source:
            for face in recognizer(frame).faces:
                row = np.array(list(face.probabilities.values()), np.float32)
                faces[face.track_id].append((frame.time_s, row))
    return [rows for rows in faces.values() if rows[-1][0] - rows[0][0] >= LONG_S]


def spans(rows: Readings, lead: float, least: float) -> Spans:
    """Which label is held from when to when."""
    smoother, held, found = ProbabilitySmoother(lead=lead), -1, []
    for time_s, row in rows:
        mean = smoother.update(row, time_s)
        new = smoother.held
        if new != held and (held < 0 or mean[new] >= least):
            held = new
            found.append((held, time_s))
    times = [*(time_s for _, time_s in found), rows[-1][0]]
    return [(found[i][0], a, b) for i, (a, b) in enumerate(pairwise(times))]


def lags(before: Spans, after: Spans) -> list[float | None]:
    """How much later each lasting change of `before` comes in `after`; None: it does not."""
    found: list[float | None] = []
    for label, begin, end in before[1:]:
        if end - begin < LONG_S:
            continue
        starts = [a for held, a, b in after if held == label and b > begin and a < begin + LATE_S]
        found.append(max(0.0, starts[0] - begin) if starts else None)
    return found


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    faces = [rows for film in sys.argv[1:] for rows in readings(film)]
    minutes = sum(rows[-1][0] - rows[0][0] for rows in faces) / 60
    raw = sum(int(a.argmax() != b.argmax()) for rows in faces for (_, a), (_, b) in pairwise(rows))
    print(f"{len(faces)} faces, {60 * minutes:.0f} s; raw: {raw / minutes:.1f} changes a minute")
    today = [spans(rows, *RULES[0]) for rows in faces]
    for lead, least in RULES:
        held = [spans(rows, lead, least) for rows in faces]
        changes = sum(len(each) - 1 for each in held)
        short = sum(b - a < SHORT_S for each in held for _, a, b in each[1:-1])
        late = [lag for a, b in zip(today, held, strict=True) for lag in lags(a, b)]
        known = [lag for lag in late if lag is not None]
        mean = f"{np.mean(known):.2f} s later, {max(known):.2f} at most" if known else "-"
        print(
            f"lead {lead}, least {least}: {changes / minutes:.1f} changes a minute, {short} short; "
            f"lasting changes {mean}, {late.count(None)} of {len(late)} never"
        )


if __name__ == "__main__":
    main()
