"""Which moments make the trailer, and where its cuts are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mimika.audience.moments import FilmMoment

Order = Literal["film", "rising"]

BEFORE_S = 1.5
"""What leads up to a reaction begins before it."""

LEAST_S, MOST_S = 2.0, 8.0
SNAP_S = 1.5
TOUCHING_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A piece of the film.

    Attributes:
        begin_s: its first instant in the film.
        end_s: the instant after its last.
        emotion: what the audience showed.
        effect: how strongly, in spreads at rest.
    """

    begin_s: float
    end_s: float
    emotion: str
    effect: float

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.end_s - self.begin_s


def choose_clips(
    moments: Sequence[FilmMoment],
    *,
    length_s: float,
    duration_s: float,
    order: Order = "film",
    no_spoilers_s: float = 0.0,
    shots: Callable[[float, float], Sequence[float]] | None = None,
) -> list[Clip]:
    """Choose the pieces of a trailer: the strongest of each emotion in turns, until it is long
    enough.

    Moments whose p is above 0.05 are passed over; where no p is known all count. Pieces that touch
    become one.

    Args:
        moments: what moved the audience.
        length_s: how long the trailer is at most.
        duration_s: how long the film is.
        order: "film": as in the film; "rising": the weakest first.
        no_spoilers_s: nothing of this much of the film's end is used.
        shots: gives the times of the cuts in a stretch of the film; the pieces begin and end there
            where one is near.
    """
    last_s = duration_s - no_spoilers_s
    chosen: list[Clip] = []
    left_s = length_s
    for moment in _in_turns([m for m in moments if not m.by_chance]):
        clip = _snapped(_around(moment, last_s), last_s, shots)
        if clip.duration_s > left_s or clip.duration_s < LEAST_S or _overlaps(clip, chosen):
            continue
        chosen.append(clip)
        left_s -= clip.duration_s
    if order == "rising":
        return _joined(sorted(chosen, key=lambda clip: clip.effect))
    return _joined(sorted(chosen, key=lambda clip: clip.begin_s))


def on_frames(clip: Clip, rate_hz: float) -> Clip:
    """The piece with its ends on whole frames of the film."""
    begin, end = (round(time_s * rate_hz) for time_s in (clip.begin_s, clip.end_s))
    return replace(clip, begin_s=begin / rate_hz, end_s=end / rate_hz)


def _in_turns(moments: Sequence[FilmMoment]) -> list[FilmMoment]:
    queues: dict[str, list[FilmMoment]] = {}
    for moment in sorted(moments, key=lambda moment: -moment.effect):
        queues.setdefault(moment.emotion, []).append(moment)
    turns = [(i, -m.effect, m) for queue in queues.values() for i, m in enumerate(queue)]
    return [moment for _, _, moment in sorted(turns, key=lambda entry: entry[:2])]


def _around(moment: FilmMoment, last_s: float) -> Clip:
    begin_s = max(0.0, moment.onset_s - BEFORE_S)
    end_s = min(max(moment.end_s, begin_s + LEAST_S), begin_s + MOST_S, last_s)
    return Clip(begin_s=begin_s, end_s=end_s, emotion=moment.emotion, effect=moment.effect)


def _snapped(
    clip: Clip, last_s: float, shots: Callable[[float, float], Sequence[float]] | None
) -> Clip:
    if shots is None or clip.duration_s < LEAST_S:
        return clip
    cuts = [0.0, *shots(clip.begin_s - SNAP_S, clip.end_s + SNAP_S)]
    begin_s, end_s = (
        min(cuts, key=lambda cut: abs(cut - time_s)) for time_s in (clip.begin_s, clip.end_s)
    )
    begin_s = begin_s if abs(begin_s - clip.begin_s) <= SNAP_S else clip.begin_s
    end_s = end_s if abs(end_s - clip.end_s) <= SNAP_S and end_s <= last_s else clip.end_s
    if end_s - begin_s < LEAST_S:
        return clip
    return replace(clip, begin_s=begin_s, end_s=end_s)


def _joined(clips: Sequence[Clip]) -> list[Clip]:
    """Pieces of which one begins where the one before it ends are one, named by the stronger."""
    joined: list[Clip] = []
    for clip in clips:
        before = joined[-1] if joined else None
        if before is None or abs(clip.begin_s - before.end_s) > TOUCHING_S:
            joined.append(clip)
            continue
        stronger = max(before, clip, key=lambda each: each.effect)
        joined[-1] = replace(stronger, begin_s=before.begin_s, end_s=clip.end_s)
    return joined


def _overlaps(clip: Clip, chosen: Sequence[Clip]) -> bool:
    return any(clip.begin_s < other.end_s and other.begin_s < clip.end_s for other in chosen)
