"""Going on to a time of a film by reading its packets, without decoding them.

Where timestamps may begin anew, what is sought by its timestamp may be another picture. Reading all
packets up to there finds the right one, hundreds of megabytes a second.
"""

from __future__ import annotations

import copy
import heapq
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Any

from mimika.sources.clock import BACK_S, BACK_TO_FIRST_S, seconds_of
from mimika.sources.ranges import SAME_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.sources.clock import Clock

READ_AHEAD = 34
"""Packets that are read ahead: H.264 and H.265 show a picture at most 16 others (32 fields) after
its turn of decoding."""


class InOrderOfShowing:
    """Puts packets, which come in the order of decoding, into the order of showing.

    Where the timestamps of decoding go back a new count begins, whose pictures are shown after all
    of the one before.
    """

    def __init__(self, begins_s: float | None) -> None:
        """Begin without packets.

        Args:
            begins_s: timestamp of the first picture that can be decoded, in seconds; None takes
                that of the first packet, as after seeking: what is shown before this key picture
                and decoded after it is predicted from one farther back.
        """
        self._waiting: list[tuple[int, int, int, Any]] = []
        self._begins_s = begins_s
        self._decoded_s: float | None = None
        self._first_s = 0.0
        self._counts = 0

    def add(self, number: int, packet: Any) -> bool:
        """Take a packet with its number in the order of decoding.

        Returns:
            Whether it will be shown: not where an edit leaves it out, it has no time, or it lies
            before the film's first picture.
        """
        if packet.pts is None or packet.is_discard:
            return False
        base = packet.time_base
        if packet.dts is not None:
            decoded_s = seconds_of(packet.dts, base)
            # Times of decoding go back by less than those of showing: pictures are held there.
            if self._decoded_s is None:
                self._first_s = decoded_s
            else:
                first = abs(decoded_s - self._first_s) < BACK_TO_FIRST_S / 2
                if self._decoded_s - decoded_s > (BACK_TO_FIRST_S if first else BACK_S) / 2:
                    self._counts += 1
                    self._first_s = decoded_s
            self._decoded_s = decoded_s
        shown_s = seconds_of(packet.pts, base)
        if self._begins_s is None:
            self._begins_s = shown_s
        if self._counts == 0 and shown_s < self._begins_s - 1e-6:
            return False
        heapq.heappush(self._waiting, (self._counts, packet.pts, number, packet))
        return True

    def take(self, *, ended: bool) -> tuple[int, Any] | None:
        """Return number and packet of what is shown next; None where that is not known yet."""
        if not self._waiting or (not ended and len(self._waiting) <= READ_AHEAD):
            return None
        _, _, number, packet = heapq.heappop(self._waiting)
        return number, packet


def packets_from(
    packets: Iterator[Any], clock: Clock, time_s: float, begins_s: float
) -> tuple[Iterator[Any], Clock] | None:
    """Pass over packets up to the last key picture at or before a time.

    Args:
        packets: of one stream from its beginning, at last None.
        clock: that of the film, which has not begun; it is used up.
        time_s: where to go on, in seconds since the first picture.
        begins_s: timestamp of the film's first picture that can be decoded, in seconds.

    Returns:
        The packets from there on, and the clock as it stands there; None where packets lack times.
    """
    kept: deque[tuple[int, Any]] = deque()
    order, at_key = InOrderOfShowing(begins_s), copy.copy(clock)
    for number, packet in enumerate(packets):
        ended = packet is None or not packet.size
        if not ended:
            kept.append((number, packet))
            if packet.pts is None:
                return None
            order.add(number, packet)
        while (shown := order.take(ended=ended)) is not None:
            before = copy.copy(clock)
            if clock.time_of_packet(shown[1]) > time_s + SAME_S:
                return chain((each for _, each in kept), [packet] if ended else packets), at_key
            if shown[1].is_keyframe:
                at_key = before
                while kept[0][0] < shown[0]:
                    kept.popleft()
        if ended:
            break
    return chain((each for _, each in kept), [None]), at_key
