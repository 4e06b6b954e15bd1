"""Frames are decoded in a thread of their own while the ones before are recognized."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from mimika.sources.frame import Frame

WAITING = 1
"""Decoded frames that wait: more only fill the memory, 25 MB each in 4K."""

MOST_TOGETHER = 64


def ahead(frames: Iterable[Frame]) -> Generator[Frame, None, None]:
    """Yield frames in their order; close the generator to end the thread.

    Args:
        frames: of a source that can be asked at any pace; used by the thread until the end.

    Raises:
        Exception: what the source raises, after the frames before it.
    """
    waiting: queue.Queue[list[Frame] | BaseException | None] = queue.Queue(WAITING)
    stop = threading.Event()
    thread = threading.Thread(target=_read, args=(frames, waiting, stop), name="decode")
    thread.daemon = True
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield from item
    finally:
        stop.set()
        while thread.is_alive():
            # It may wait for room.
            _drain(waiting)
            thread.join(0.01)


def _read(
    frames: Iterable[Frame],
    waiting: queue.Queue[list[Frame] | BaseException | None],
    stop: threading.Event,
) -> None:
    end: BaseException | None = None
    together: list[Frame] = []
    try:
        for frame in frames:
            if stop.is_set():
                return
            # Frames that were skipped come with the next one that was not: a handing over costs
            # more than they do.
            together.append(frame)
            if not frame.skipped or len(together) >= MOST_TOGETHER:
                waiting.put(together)
                together = []
    except BaseException as error:  # noqa: BLE001 - raised where the frames are taken
        end = error
    if together:
        waiting.put(together)
    waiting.put(end)


def _drain(waiting: queue.Queue[list[Frame] | BaseException | None]) -> None:
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            return
