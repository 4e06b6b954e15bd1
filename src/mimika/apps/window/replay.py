"""A film in the window once more: what was seen in it is remembered, its frames are read again."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from mimika.base.closing import Closing
from mimika.schema.results import FrameResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mimika.sources.frame import Frame, Source

    Reopen = Callable[[float], Source]

SAME_S = 1e-3


class Replay(Closing):
    """Shows again what was seen, from any time on; sinks and the recognizer are left alone."""

    def __init__(self, reopen: Reopen) -> None:
        """Begin with nothing seen.

        Args:
            reopen: opens the film at a time in seconds.
        """
        self._reopen = reopen
        self._times: list[float] = []
        self._results: list[FrameResult] = []
        self._source: Source | None = None
        self._frames: Iterator[Frame] = iter(())

    @property
    def running(self) -> bool:
        """Whether frames are read again."""
        return self._source is not None

    @property
    def seen_until_s(self) -> float:
        """Time of the last frame that was seen; below 0 where none was."""
        return self._times[-1] if self._times else -1.0

    def remember(self, result: FrameResult) -> None:
        """Take in what was seen in the next frame."""
        self._times.append(result.time_s)
        self._results.append(result)

    def time_before(self, time_s: float) -> float:
        """Time of the frame before the one at `time_s`; the first frame's where there is none."""
        place = bisect_left(self._times, time_s - SAME_S) - 1
        return self._times[max(place, 0)] if self._times else 0.0

    def start(self, time_s: float) -> None:
        """Read the film again from a time that was seen.

        Raises:
            InputError: the film is gone.
        """
        self.close()
        self._source = self._reopen(max(0.0, time_s))
        self._frames = iter(self._source)

    def next(self) -> tuple[Frame, FrameResult] | None:
        """The next frame and what was seen in it; None where it was not seen yet."""
        frame = next(self._frames, None)
        if frame is None or frame.time_s > self.seen_until_s + SAME_S:
            self.close()
            return None
        return frame, self._at(frame)

    def close(self) -> None:
        """Close the film; what was seen stays."""
        source, self._source, self._frames = self._source, None, iter(())
        if source is not None:
            source.close()

    def _at(self, frame: Frame) -> FrameResult:
        place = bisect_left(self._times, frame.time_s - SAME_S)
        if place < len(self._times) and abs(self._times[place] - frame.time_s) <= SAME_S:
            return self._results[place]
        height, width = frame.image.shape[:2]
        return FrameResult(frame.time_s, frame.index, width, height)
