"""Pictures: files, folders of them, and patterns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.base.patterns import is_pattern, matching, natural_order
from mimika.sources._base import BaseSource
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.picture import PICTURE_SUFFIXES, read_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

NAMED_IN_WARNING = 5


class Images(BaseSource):
    """Still pictures in natural order; see `mimika.sources.frame.Source`.

    A picture that was named and cannot be read is an error; one found in a folder or by a pattern
    is left out, counted in `dropped`, and named in a warning.
    """

    def __init__(self, what: str | PathLike[str] | Sequence[str | PathLike[str]]) -> None:
        """Find the pictures.

        Args:
            what: a picture, a folder (not the folders in it), a pattern with * or ?, or several.

        Raises:
            InputError: nothing is there, or a folder or pattern holds no picture.
        """
        several = isinstance(what, (list, tuple))
        wanted = [str(w) for w in what] if several else [str(what)]  # type: ignore[union-attr]
        self._pictures = [found for each in wanted for found in _found(each)]
        self._unread: list[str] = []
        name = wanted[0] if len(wanted) == 1 else f"{len(wanted)} files"
        super().__init__(SourceInfo(name, "images", frames=len(self._pictures)))

    @property
    def paths(self) -> list[Path]:
        """The pictures' files, in their order."""
        return [path for path, _ in self._pictures]

    def _frames(self) -> Iterator[Frame]:
        for index, (path, named) in enumerate(self._pictures):
            try:
                image = read_picture(path)
            except InputError as error:
                if named:
                    raise
                self._leave_out(str(error))
                continue
            yield Frame(image, 0.0, index, str(path))

    def _leave_out(self, reason: str) -> None:
        self._unread.append(reason)
        self.dropped = len(self._unread)
        shown = " ".join(self._unread[:NAMED_IN_WARNING])
        more = self.dropped - NAMED_IN_WARNING
        count = f"{self.dropped} file{'s were' if self.dropped > 1 else ' was'} left out: "
        self.warnings[:] = [count + shown + (f" … and {more} more." if more > 0 else "")]


def _found(what: str) -> list[tuple[Path, bool]]:
    """Pictures that `what` means, each with whether it was named itself."""
    path = Path(what).expanduser()
    if path.is_dir():
        inside = [each for each in path.iterdir() if _is_picture(each)]
        if not inside:
            raise InputError(f"The folder {what} holds no picture: name a folder that does.")
        return [(each, False) for each in sorted(inside, key=natural_order)]
    if is_pattern(what):
        matches = [each for each in matching(what) if _is_picture(each)]
        if not matches:
            raise InputError(f"No picture matches {what}: check the pattern.")
        return [(each, False) for each in matches]
    if not path.exists():
        raise InputError(f"There is no picture {what}: check the name.")
    return [(path, True)]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()
