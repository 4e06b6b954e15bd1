"""Pictures: files, folders of them, and patterns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mimika.base.errors import InputError, MimikaError, MissingExtra
from mimika.sources._base import BaseSource
from mimika.sources.encoded import bytes_of
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.listing import find_pictures
from mimika.sources.orientation import upright
from mimika.sources.picture import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike
    from pathlib import Path

    from mimika.sources.rotation import Rotation

NAMED_IN_WARNING = 5


class Images(BaseSource):
    """Still pictures in natural order; see `mimika.sources.frame.Source`.

    A picture that was named and cannot be read is an error, unless `go_on`; one found in a folder
    or by a pattern is left out, counted in `dropped`, and named in a warning. What else lies there
    is counted in a warning by its ending.

    Attributes:
        bad: what was wrong with pictures that were left out.
    """

    def __init__(
        self,
        what: str | PathLike[str] | Sequence[str | PathLike[str]],
        *,
        recursive: bool = False,
        rotate: Rotation = 0,
        go_on: bool = False,
    ) -> None:
        """Find the pictures.

        Args:
            what: a picture, a folder, a pattern with *, ? or [], or several.
            recursive: also look into the folders in folders.
            rotate: degrees by which pictures are turned clockwise, beyond what their files say;
                "auto" turns each so that its faces stand.
            go_on: leave out named pictures that cannot be read as well, where there are several.

        Raises:
            InputError: nothing is there, or a folder or pattern holds no picture.
        """
        several = isinstance(what, (list, tuple))
        wanted = [os.fspath(w) for w in what] if several else [os.fspath(what)]  # type: ignore[union-attr,arg-type]
        found = find_pictures(wanted, recursive=recursive)
        self._pictures = found.pictures
        self._rotate = rotate
        self._go_on = go_on and len(self._pictures) > 1
        self.bad: list[MimikaError] = []
        name = wanted[0] if len(wanted) == 1 else f"{len(wanted)} files"
        super().__init__(SourceInfo(name, "images", frames=len(self._pictures)))
        if passed_over := found.sentence():
            self._note("passed over", passed_over)

    @property
    def paths(self) -> list[Path]:
        """The pictures' files, in their order."""
        return [path for path, _ in self._pictures]

    def _frames(self) -> Iterator[Frame]:
        self.dropped = 0
        self.bad.clear()
        self._left_out: list[str] = []
        self._turned: list[str] = []
        self._first_of: list[str] = []
        self._animated = False
        for index, (path, named) in enumerate(self._pictures):
            try:
                frame = self._read(path, index)
            except (InputError, MissingExtra) as error:
                if named and not self._go_on:
                    raise
                self.bad.append(error)
                self._left_out.append(str(error))
                self.dropped = len(self._left_out)
                files = "1 file was" if self.dropped == 1 else f"{self.dropped} files were"
                self._note("left out", f"{files} left out: {_some(self._left_out, ' ')}")
                continue
            yield frame

    def _read(self, path: Path, index: int) -> Frame:
        data, name = bytes_of(path) or (b"", str(path))
        decoded = decode(data, name)
        if decoded.pictures > 1:
            self._first_of.append(f"{name} ({decoded.pictures})")
            self._animated |= decoded.animated
            films = " (`mimika video` reads animations whole)" if self._animated else ""
            self._note(
                "first",
                f"Of files with several pictures the first is read{films}: "
                f"{_some(self._first_of, ', ')}.",
            )
        image, turn = upright(decoded.image, self._rotate)
        if self._rotate == "auto" and turn:
            self._turned.append(f"{name} by {turn} degrees")
            self._note(
                "turned",
                "Turned clockwise, as faces did not stand upright (--rotate 0 leaves pictures as "
                f"they are): {_some(self._turned, ', ')}.",
            )
        return Frame(image, 0.0, index, name)


def _some(names: list[str], between: str) -> str:
    more = len(names) - NAMED_IN_WARNING
    return between.join(names[:NAMED_IN_WARNING]) + (f" … and {more} more" if more > 0 else "")
