"""Audiences with known reactions, put together from real faces: two heads at rest, cries,
laughs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from helpers.recordings import recognized
from mimika.audience.alignment import Alignment
from mimika.audience.stack import Viewer, stack
from mimika.timeline.measure import measure
from mimika.timeline.resample import Timeline

STEP_S = 0.08
CRY_S, LAUGH_S = (1.0, 6.0), (10.0, 15.0)
"""Where the woman of the demo clip cries and laughs."""

KINDS = {"sad": CRY_S, "happy": LAUGH_S}


@dataclass(frozen=True)
class Material:
    """Faces of real clips: two people at rest, one who cries and laughs."""

    rest: tuple[list, list]
    shown: dict[str, list]


def material(media, demo_clip):
    heads = recognized(media / "head-pose-face-detection-female-and-male.gif")
    # The first second is the smoothing's beginning.
    rest = tuple([r.faces[i] for r in heads[12:]] for i in (0, 1))
    clip = recognized(demo_clip)
    shown = {
        kind: [r.faces[0] for r in clip if begin <= r.time_s < end]
        for kind, (begin, end) in KINDS.items()
    }
    return Material(rest, shown)


def recording(faces, *, seconds, events=(), person=0, seed=0, away=()):
    """A viewer's timeline: at rest but for `events` (time, kind), and not seen in `away` (from,
    to)."""
    from mimika.schema.results import FrameResult

    rng = np.random.default_rng(seed)
    timeline = Timeline()
    rest, begin = faces.rest[person], int(rng.integers(len(faces.rest[person])))
    for number in range(int(seconds / STEP_S)):
        time_s = number * STEP_S
        # Back and forth, so that nothing jumps.
        place = (begin + number) % (2 * len(rest) - 2)
        face = rest[min(place, 2 * len(rest) - 2 - place)]
        for at_s, kind in events:
            clip = faces.shown[kind]
            row = int((time_s - at_s) / 5.0 * len(clip))
            if 0 <= time_s - at_s < 5.0:
                face = clip[min(row, len(clip) - 1)]
        there = not any(a <= time_s < b for a, b in away)
        seen = (replace(face, track_id=1, box=rest[0].box),) if there else ()
        timeline.add(FrameResult(time_s, number, 480, 270, seen))
    return timeline


def viewer(number, timeline, *, offset_s=0.0, drift=0.0, group=""):
    (reaction,) = measure(timeline, most_people=1).reactions
    return Viewer(number, reaction, Alignment(offset_s, drift), group)


def audience(faces, *, viewers, seconds, events, share=0.5, random_events=0, seed=0):
    """Viewers of whom a share reacts to the film's events about a second late; all react at random
    too."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(1, viewers + 1):
        offset_s = float(rng.uniform(-5, 5))
        own = []
        if number <= round(share * viewers):
            own += [(at + rng.normal(1.0, 0.3) - offset_s, kind) for at, kind in events]
        own += [
            (rng.uniform(0, seconds), str(rng.choice(list(KINDS)))) for _ in range(random_events)
        ]
        away = [(a, a + 20) for a in rng.uniform(0, seconds, 2)]
        timeline = recording(
            faces,
            seconds=seconds + 10,
            events=own,
            person=number % 2,
            seed=int(rng.integers(1 << 30)),
            away=away,
        )
        found.append(viewer(number, timeline, offset_s=offset_s, group="ab"[number % 2]))
    return found


def stacked(viewers, seconds):
    return stack(viewers, seconds)
