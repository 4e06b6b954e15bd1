"""Annotated pictures: one file, or one for each picture in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from mimika.base.closing import Closing
from mimika.base.errors import OutputError
from mimika.base.files import check_writable, replacing

if TYPE_CHECKING:
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
        self._single = target.suffix.lower() in WRITTEN_SUFFIXES and not target.is_dir()
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
        source = Path(frame.name or f"picture-{frame.index}.jpg")
        suffix = source.suffix.lower()
        if suffix not in WRITTEN_SUFFIXES:
            suffix = ".jpg" if suffix in PHOTO_SUFFIXES else ".png"
        folder = self._target
        if self._root is not None and source.is_relative_to(self._root):
            folder = folder / source.parent.relative_to(self._root)
        path = folder / f"{source.stem}{suffix}"
        number = 2
        while path in self.written:
            path = folder / f"{source.stem}-{number}{suffix}"
            number += 1
        return path

    def close(self) -> None:
        """Each picture is whole already."""
