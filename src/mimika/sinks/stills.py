"""Annotated pictures: one file, or one for each picture in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from mimika.base.closing import Closing
from mimika.base.errors import OutputError
from mimika.base.files import check_writable, replacing
from mimika.sources.listing import FILM_SUFFIXES
from mimika.sources.picture import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimika.drawing.overlay import Overlay
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame

WRITTEN_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
# Photos in other kinds of files become JPEG, everything else PNG.
PHOTO_SUFFIXES = frozenset({".jpe", ".jfif", ".mpo", ".heic", ".heif", ".hif", ".avif", ".avifs"})


class StillsSink(Closing):
    """Writes each picture with its faces drawn; see `mimika.sinks.sink.Sink`.

    Attributes:
        written: the files so far.
    """

    def __init__(self, target: Path, overlay: Overlay, *, root: Path | None = None) -> None:
        """Begin.

        Args:
            target: a picture file (its suffix names the format) for one picture, or a folder.
            overlay: how faces are drawn.
            root: the folder that the pictures are in; those in its folders are written to folders
                of the same names.

        Raises:
            OutputError: it cannot be written.
        """
        self._target, self._overlay, self._root = target, overlay, root
        self._single = _is_one_file(target)
        self.written: list[Path] = []
        check_writable(target if self._single else target / "picture.jpg")

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Draw and write one picture; never over its own source."""
        path = self._path(frame)
        if frame.name and path.exists() and path.resolve() == Path(frame.name).resolve():
            raise OutputError(f"{path} is the picture itself: give another file or folder.")
        drawn = self._overlay.draw(frame.image, result)
        good, data = cv2.imencode(path.suffix, drawn)
        if not good:
            raise OutputError(f"{path} cannot be encoded: use .jpg or .png.")
        with replacing(path) as part:
            part.write_bytes(data.tobytes())
        self.written.append(path)

    def _path(self, frame: Frame) -> Path:
        if self._single:
            if self.written:
                raise OutputError(
                    f"There are several pictures and {self._target} is one file: give a folder."
                )
            return self._target
        name = frame.name or f"picture-{frame.index}.jpg"
        return _in_folder(self._target, name, self.written, self._root)

    def close(self) -> None:
        """Each picture is whole already."""


def still_targets(target: Path, names: Sequence[str], *, root: Path | None = None) -> list[Path]:
    """Return the files that annotated pictures will have.

    Args:
        target: a picture file or a folder.
        names: the pictures' paths, in their order.
        root: the folder that the pictures are in, as for `StillsSink`.

    Raises:
        OutputError: there are several pictures, and `target` is one file; or it has the ending of
            a film, or of a kind of picture that is not written.
    """
    if _is_one_file(target):
        if len(names) > 1:
            raise OutputError(
                f"There are several pictures and {target} is one file: give a folder."
            )
        return [target]
    paths: list[Path] = []
    for name in names:
        paths.append(_in_folder(target, name, paths, root))
    return paths


def _is_one_file(target: Path) -> bool:
    """Whether a target is a picture; else it is a folder, whose name may have a dot as well."""
    if target.is_dir():
        return False
    suffix = target.suffix.lower()
    if suffix in (FILM_SUFFIXES | PICTURE_SUFFIXES) - WRITTEN_SUFFIXES:
        kinds = ", ".join(sorted(WRITTEN_SUFFIXES))
        raise OutputError(
            f"{target} cannot be written from pictures: give a name that ends with {kinds}, or a "
            "folder."
        )
    return suffix in WRITTEN_SUFFIXES


def _in_folder(folder: Path, name: str, taken: Sequence[Path], root: Path | None) -> Path:
    """The file in a folder for a picture; one whose name is taken gets a number."""
    source = Path(name)
    suffix = source.suffix.lower()
    if suffix not in WRITTEN_SUFFIXES:
        suffix = ".jpg" if suffix in PHOTO_SUFFIXES else ".png"
    if root is not None and source.parent.is_relative_to(root):
        folder = folder / source.parent.relative_to(root)
    path, number = folder / f"{source.stem}{suffix}", 2
    while path in taken:
        path, number = folder / f"{source.stem}-{number}{suffix}", number + 1
    return path
