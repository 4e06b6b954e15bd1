"""Pictures of strangers are decoded in processes that can be ended.

A picture of a few kilobytes can take a decoder minutes, and gigabytes; a decoder may also have a
mistake that a picture finds. So each picture has a budget of processor time and of memory, held by
the system, and what breaks it costs one process, which is replaced.

There are two lanes, so that a small picture never waits behind a large one. The light lane has
several processes, which read each header and decode what is small; what is large, or breaks the
small budget of this lane, goes to the heavy lane, which has one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mimika.apps.server import decoder
from mimika.apps.server.lanes import BudgetBroken, Lane
from mimika.base.errors import InputError

if TYPE_CHECKING:
    from mimika.apps.server.lanes import Picture

LIGHT_BYTES = 2 << 20
LIGHT_CPU_S = 0.3
LIGHT_MEMORY = 96 << 20


class TooCostly(InputError):
    """A picture broke its budget of time or memory, or the decoder."""

    def __init__(self) -> None:
        super().__init__(
            "The picture takes more time or memory to decode than a picture is given: export it "
            "again as a plain JPEG."
        )


class DecoderPool:
    """Two lanes of decoders; safe to call from several threads.

    Attributes:
        ended: processes that were ended because a picture broke the heavy lane's budget.
    """

    def __init__(self, count: int, budget: decoder.Budget) -> None:
        """Start the processes.

        Args:
            count: those of the light lane.
            budget: of the heavy lane.
        """
        soon = replace(
            budget,
            heavy=False,
            cpu_s=min(budget.cpu_s, LIGHT_CPU_S),
            memory_bytes=min(budget.memory_bytes, LIGHT_MEMORY),
        )
        self._light = Lane(count, soon)
        # A large picture takes far longer than the start of a process, which takes 8 MB.
        self._heavy = Lane(1, replace(budget, heavy=True), spare=False)
        self.ended = 0

    def decode(self, data: bytes) -> Picture:
        """Decode a picture in the light lane.

        Raises:
            InputError: it is no picture, damaged or too large.
            HeavyPicture: it is for `decode_heavy`.
            NoDecoder: no process can be started.
        """
        if len(data) > LIGHT_BYTES:
            raise decoder.HeavyPicture
        try:
            return self._light.decode(data)
        except BudgetBroken as error:
            # It takes longer than it looks, or its process was ended from outside.
            raise decoder.HeavyPicture(broke_budget=not error.killed) from error

    def decode_heavy(self, data: bytes) -> Picture:
        """Decode a picture in the heavy lane, one at a time.

        Raises:
            InputError: it is no picture, damaged or too large.
            TooCostly: it broke its budget.
            NoDecoder: no process can be started.
        """
        try:
            return self._heavy.decode(data)
        except BudgetBroken as error:
            if not error.killed:
                self.ended += 1
                raise TooCostly from error
        # The system or an operator ended the process: that was not the picture's doing.
        try:
            return self._heavy.decode(data)
        except BudgetBroken as error:
            self.ended += 1
            raise TooCostly from error

    def processes(self) -> list[int]:
        """Numbers of the processes that run."""
        return [*self._light.processes(), *self._heavy.processes()]

    def close(self) -> None:
        """End the processes."""
        self._light.close()
        self._heavy.close()
