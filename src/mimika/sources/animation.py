"""Animated pictures (WebP, APNG, AVIF, some GIFs) as films, through Pillow."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.base.names import path_of
from mimika.sources._base import BaseSource
from mimika.sources.demuxing import head_of, is_heif
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.gif import BEGINNINGS as GIF_BEGINNINGS, lacks_control
from mimika.sources.orientation import turn_to_upright, turned
from mimika.sources.picture import (
    DAMAGE,
    PNG_BEGINNING,
    from_pillow,
    ignore_pillows_warnings,
    read_picture,
)
from mimika.sources.ranges import TimeRange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mimika.sources.rotation import Rotation, Turn

# What browsers make of an animation that gives its pictures next to no time.
SHORTEST_MS, INSTEAD_MS = 10.0, 100.0
SAMPLES = 7
BRANDS = 64
"""Bytes from the beginning of an AVIF in which it names the kinds that it is."""


def is_animation(path: Path) -> bool:
    """Whether a file is a picture that moves, whatever its name says.

    GIF is left to FFmpeg, which knows it as a film, but for those of which it loses pictures.
    """
    head = head_of(str(path))
    if head.startswith(GIF_BEGINNINGS):
        return lacks_control(path)
    avif = is_heif(head) and (b"avif" in head[8:BRANDS] or b"avis" in head[8:BRANDS])
    if not (avif or head.startswith(PNG_BEGINNING) or head[8:12] == b"WEBP"):
        return False
    from PIL import Image

    ignore_pillows_warnings()
    try:
        with Image.open(path) as header:
            return bool(getattr(header, "is_animated", False))
    except (Image.DecompressionBombError, *DAMAGE):
        # What is wrong with it is said where it is read as a picture.
        return False


class Animation(BaseSource):
    """An animated picture as a film; see `mimika.sources.frame.Source`.

    Its pictures are shown as long as the file says; where that is 10 ms or less, 100 ms.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
        rotate: Rotation = 0,
    ) -> None:
        """Open the file and decode its first picture.

        Args:
            path: an animated WebP, PNG, AVIF or GIF.
            start_s: pictures before this time are passed over.
            end_s: pictures from this time on are left; None reads to the end.
            rotate: degrees by which they are turned clockwise; "auto" looks at faces to find out.

        Raises:
            InputError: missing, damaged or too large.
            UsageError: the range is none.
        """
        self._range = TimeRange(start_s, end_s)
        self._path = path_of(path)
        super().__init__(SourceInfo(str(self._path), "video"))
        first = read_picture(self._path)
        from PIL import Image

        self._file = Image.open(self._path)
        # The first picture of an APNG may be only for programs that know no animation.
        self._first = int(bool(getattr(self._file, "default_image", False)))
        try:
            self._count: int = self._file.n_frames - self._first  # type: ignore[attr-defined]
        except DAMAGE:
            # How many there are is known only by looking through all of a GIF.
            self._count = self._whole_ones()
            self.incomplete = (
                f"{self.info.name} breaks off after {self._count} pictures: copy or download it "
                "again for the rest."
            )
            self._note("incomplete", self.incomplete)
        self._turn: Turn = self._upright() if rotate == "auto" else rotate
        height, width = turned(first, self._turn).shape[:2]
        self.info = SourceInfo(
            str(self._path),
            "video",
            width=width,
            height=height,
            frames=self._count,
            turn=self._turn,
        )

    def _frames(self) -> Iterator[Frame]:
        if self.closed:
            return
        time_s, index = 0.0, 0
        for number in range(self._count):
            try:
                image, duration_s = self._picture(number)
            except (InputError, *DAMAGE):
                self.incomplete = (
                    f"{self.info.name} breaks off: {number} of the {self._count} pictures that it "
                    "declares could be read; copy or download it again for the rest."
                )
                self._note("incomplete", self.incomplete)
                break
            if self._range.after(time_s):
                break
            if not self._range.before(time_s):
                yield Frame(image, time_s, index, duration_s=duration_s)
                index += 1
                if self.closed:
                    return
            time_s += duration_s
        if index == 0:
            raise InputError(
                f"{self.info.name} has no picture from {self._range.start_s:g} s on: it ends at "
                f"{time_s:.2f} s."
            )

    def _whole_ones(self) -> int:
        count = 0
        with suppress(*DAMAGE):
            while True:
                self._file.seek(count)
                count += 1
        return count

    def _picture(self, number: int) -> tuple[NDArray[np.uint8], float]:
        """Return a picture and how long it is shown, in seconds."""
        self._file.seek(self._first + number)
        # WebP and AVIF know the duration only once the picture is decoded.
        self._file.load()
        shown_ms = float(self._file.info.get("duration") or 0)
        image = turned(from_pillow(self._file, self.info.name), self._turn)
        return image, (shown_ms if shown_ms > SHORTEST_MS else INSTEAD_MS) / 1e3

    def _upright(self) -> Turn:
        self._turn = 0
        step = max(1, self._count // SAMPLES)
        turn = turn_to_upright(self._picture(n)[0] for n in range(0, self._count, step))
        if turn:
            self._note(
                "turned",
                f"{self.info.name}: the faces do not stand upright, so it is turned by {turn} "
                "degrees clockwise; --rotate 0 leaves it as it is.",
            )
        return turn

    def _free(self) -> None:
        self._file.close()
