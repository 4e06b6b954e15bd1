"""Frames are decoded in a thread of their own while the ones before are recognized."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from mimika.sources.frame import Frame, SampledSource

WAITING_BYTES = 8_000_000
"""Bytes of pictures up to which the next is made while they wait: three of 1280×720. A larger one,
as of 4K with its 25 MB, is decoded while the one before is looked at, and made of it after that."""

MOST_TOGETHER = 64


def ahead(
    frames: Iterable[Frame], source: SampledSource | None = None
) -> Generator[Frame, None, None]:
    """Yield frames in their order; close the generator to end the thread.

    Whoever takes a frame holds it no longer than until the next is asked for, so that memory holds
    one picture of 4K.

    Args:
        frames: of a source that can be asked at any pace; used by the thread until the end.
        source: whose frames they are; it waits with pictures that are large.

    Raises:
        Exception: what the source raises, after the frames before it.
    """
    waiting = _Waiting()
    if source is not None:
        source.before_picture = waiting.wait_for_room
    thread = threading.Thread(target=_read, args=(frames, waiting), name="decode", daemon=True)
    thread.start()
    try:
        while (together := waiting.take()) is not None:
            while together:
                # Nothing here holds a picture longer than it is looked at.
                yield together.popleft()
    finally:
        waiting.stop()
        thread.join()
        if source is not None:
            source.before_picture = None


class _Waiting:
    """Frames that wait between two threads, with those that were skipped before them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._groups: deque[deque[Frame]] = deque()
        self._bytes = self._bytes_taken = 0
        self._stopped, self._ended = False, False
        self._error: BaseException | None = None

    def put(self, together: deque[Frame]) -> bool:
        """Hand frames over, and wait until the next may be decoded; False where none is wanted."""
        with self._condition:
            self._groups.append(together)
            self._bytes += _bytes(together)
            self._condition.notify_all()
            del together
            self._condition.wait_for(lambda: self._stopped or self._bytes < WAITING_BYTES)
            return not self._stopped

    def wait_for_room(self, size: int) -> None:
        """Wait until a picture may be made, of so many bytes."""
        if size > WAITING_BYTES:
            with self._condition:
                self._condition.wait_for(
                    lambda: self._stopped or self._bytes + self._bytes_taken == 0
                )

    def end(self, error: BaseException | None) -> None:
        """Say that no more come, and what went wrong."""
        with self._condition:
            self._ended, self._error = True, error
            self._condition.notify_all()

    def take(self) -> deque[Frame] | None:
        """Take the frames that come next; None at the end. Those before are done."""
        with self._condition:
            self._bytes_taken = 0
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._groups or self._ended)
            if not self._groups:
                if self._error is not None:
                    raise self._error
                return None
            together = self._groups.popleft()
            self._bytes_taken = _bytes(together)
            self._bytes -= self._bytes_taken
            self._condition.notify_all()
            return together

    def stop(self) -> None:
        """Want no more."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()


def _bytes(frames: Iterable[Frame]) -> int:
    return sum(frame.image.nbytes for frame in frames if not frame.skipped)


def _read(frames: Iterable[Frame], waiting: _Waiting) -> None:
    error: BaseException | None = None
    together: deque[Frame] = deque()
    try:
        for frame in frames:
            # Frames that were skipped come with the next one that was not: a handing over costs
            # more than they do.
            together.append(frame)
            handed_over, skipped = together, frame.skipped
            del frame
            if not skipped or len(together) >= MOST_TOGETHER:
                together = deque()
                if not waiting.put(handed_over):
                    return
            del handed_over
    except BaseException as raised:  # noqa: BLE001 - raised where the frames are taken
        error = raised
    if together:
        waiting.put(together)
    waiting.end(error)
