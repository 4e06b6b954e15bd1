"""From a film's timestamps to times that begin at 0 and never go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

BACK_S = 1.0
"""A timestamp that is earlier by more begins a new count, as where films were put end to end."""

BACK_TO_FIRST_S = 0.25
"""Likewise one that is earlier by more, where it is the first of a count again: of films that are
shorter than a second."""

AHEAD_S = 10.0
"""Likewise one that is later by more, in containers whose timestamps may jump (MPEG-TS); FFmpeg's
own limit. In others a gap is a gap, such as a slide that stays, unless their clock went back
before: then it is one that somebody sets."""


def seconds_of(ticks: int, base: Fraction) -> float:
    """A timestamp in seconds; of so many ticks of a time base.

    The same number as the product of fractions, which takes longer; every picture has several.
    """
    return ticks * base.numerator / base.denominator


class Clock:
    """Times of the frames of one film.

    Attributes:
        begins_s: timestamp of the first frame, in seconds, or what it would be where only later
            frames have one; 0.0 where none has.
        timed: whether the first frame had a timestamp.
        jumps: how many times the timestamps began a new count.
        end_s: time at which the last frame ends.
        held_s: how far timestamps went back by less than `BACK_S`, in seconds; times stand still
            until they have caught up.
    """

    def __init__(self, rate_hz: float, *, may_jump: bool = False) -> None:
        """Begin.

        Args:
            rate_hz: nominal frames a second, for frames without a timestamp.
            may_jump: the container's timestamps may jump ahead without a gap being meant.
        """
        self.begins_s = 0.0
        self.timed = False
        self.jumps = 0
        self.end_s = self.held_s = 0.0
        self._step_s = 1 / rate_hz if rate_hz > 0 else 0.04
        self._may_jump = may_jump
        self._shift_s = self._first_s = 0.0
        self._last_s = 0.0
        self._begun = self._stamped = self._resumed = False

    def time_of(self, stamp_s: float | None, duration_s: float) -> float:
        """Return the time of the next frame, in seconds since the first.

        Args:
            stamp_s: its timestamp in seconds, None where it has none.
            duration_s: how long it is shown in seconds, 0.0 where that is not known.
        """
        step_s = duration_s or self._step_s
        if not self._begun:
            self._begun, self.timed = True, stamp_s is not None
            self._stamped = self.timed
            self.begins_s = self._shift_s = self._first_s = stamp_s or 0.0
            time_s = 0.0
        elif stamp_s is None:
            time_s = self.end_s
        elif not self._stamped:
            self._stamped, time_s = True, self.end_s
            self.begins_s = self._shift_s = stamp_s - time_s
            self._first_s = stamp_s
        else:
            time_s = stamp_s - self._shift_s
            first = abs(stamp_s - self._first_s) < step_s / 2
            back = self._last_s - time_s > (BACK_TO_FIRST_S if first else BACK_S)
            ahead = (self._may_jump or self.jumps) and time_s - self._last_s > AHEAD_S
            if (back or ahead) and not self._resumed:
                self.jumps += 1
                self._shift_s = stamp_s - self.end_s
                self._first_s = stamp_s
                time_s = self.end_s
            # A damaged timestamp must not make time go back.
            least_s = 0.0 if self._resumed else self._last_s
            self.held_s = max(self.held_s, least_s - time_s)
            time_s = max(time_s, least_s)
        self._resumed = False
        self._last_s, self.end_s = time_s, time_s + step_s
        return time_s

    def time_of_packet(self, packet: Any) -> float:
        """Return the time of the picture of PyAV's packet, which is the next to be shown."""
        base, duration = packet.time_base, packet.duration
        return self.time_of(seconds_of(packet.pts, base), seconds_of(duration or 0, base))

    def resume(self) -> None:
        """Let the next frame be any of the film, as after seeking."""
        self._shift_s, self._resumed = self.begins_s, True
