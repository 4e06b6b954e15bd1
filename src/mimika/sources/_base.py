"""What the sources share: notes for the user, a closing that may come twice, the `with` block."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from mimika.base.closing import Closing
from mimika.base.names import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.sources.frame import Frame, SourceInfo


class BaseSource(Closing):
    """See `mimika.sources.frame.Source`; a source defines `_frames` and `_free`."""

    def __init__(self, info: SourceInfo) -> None:
        self.info = info
        self.warnings: list[str] = []
        self.incomplete = ""
        self.dropped = 0
        self.closed = False
        self._notes: dict[str, str] = {}

    def __repr__(self) -> str:
        """On one line: the kind, the name, and what is known beforehand."""
        info = self.info
        known = [f"{info.width}x{info.height}"] if info.width else []
        known += [f"{info.rate_hz:.3g} fps"] if info.rate_hz else []
        known += [f"{info.duration_s:.1f} s"] if info.duration_s else []
        known += [f"{info.frames} frames"] if info.frames and not info.duration_s else []
        about = f": {', '.join(known)}" if known else ""
        return f"<{type(self).__name__} {shortened(info.name)}{about}>"

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames that are left; a closed source has none."""
        # A variable would hold a frame while the next is made.
        yield from takewhile(lambda _: not self.closed, self._frames())

    def close(self) -> None:
        """Free what the source holds; more than once does no harm."""
        if not self.closed:
            self.closed = True
            self._free()

    def _note(self, topic: str, sentence: str) -> None:
        """Say something in `warnings`, in place of what was said of the same topic before."""
        self._notes[topic] = sentence
        self.warnings[:] = self._notes.values()

    def _frames(self) -> Iterator[Frame]:
        raise NotImplementedError

    def _free(self) -> None:
        """Free files, devices and threads."""
