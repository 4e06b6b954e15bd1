"""Who was seen in a stream, and what they showed, in memory that stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mimika.timeline.summary import Summary

if TYPE_CHECKING:
    from mimika.schema.results import FrameResult

MOST_BYTES = 4 * 2**20
"""About two hours of one face; then the summary begins anew."""

LONGEST_TENTHS = 2 * 3600 * 10
MOST_TRACKS = 500
"""It also begins anew where times jump, and where faces come and go: both make it costly to read,
though it takes little memory."""

LOOK_EVERY = 50


class StreamSummary:
    """A stream's `Summary`; gathers nothing before it is asked for."""

    def __init__(self) -> None:
        self._summary: Summary | None = None

    def add(self, result: FrameResult) -> None:
        """Take in a frame's result, if the client wants a summary."""
        if self._summary is None:
            return
        self._summary.add(result)
        timeline = self._summary.timeline
        if (
            timeline.end - timeline.begin > LONGEST_TENTHS
            or len(timeline.tracks) > MOST_TRACKS
            or (self._summary.frames % LOOK_EVERY == 0 and self._bytes() > MOST_BYTES)
        ):
            self.reset()

    def reset(self) -> None:
        """Begin anew, as before another film."""
        self._summary = self._summary and Summary()

    def to_dict(self) -> dict[str, Any]:
        """The summary since the first time that it was asked for, JSON-ready."""
        if self._summary is None:
            self._summary = Summary()
        return self._summary.to_dict()

    def _bytes(self) -> int:
        assert self._summary is not None
        tracks = self._summary.timeline.tracks.values()
        return sum(4 * len(span.values) for track in tracks for span in track.spans)
