"""GIFs of which FFmpeg would lose pictures: it parts them at their graphic control blocks."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Of GIF89a.
BEGINNINGS = (b"GIF87a", b"GIF89a")
IMAGE, EXTENSION, CONTROL = b"\x2c", b"\x21", b"\xf9"
HEADER, DESCRIPTOR = 13, 9


def lacks_control(path: Path) -> bool:
    """Whether a file is a GIF whose first two pictures have no control block, which is optional.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        header = file.read(HEADER)
        if len(header) < HEADER or not header.startswith(BEGINNINGS):
            return False
        _pass_colors(file, header[10])
        pictures = 0
        while pictures < 2:
            block = file.read(1)
            if block == IMAGE:
                descriptor = file.read(DESCRIPTOR)
                if len(descriptor) < DESCRIPTOR:
                    return False
                _pass_colors(file, descriptor[8])
                file.seek(1, 1)
                pictures += 1
            elif block != EXTENSION or file.read(1) == CONTROL:
                return False
            _pass_parts(file)
    return True


def _pass_colors(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        file.seek(3 * (2 << (flags & 7)), 1)


def _pass_parts(file: IO[bytes]) -> None:
    while length := int.from_bytes(file.read(1), "little"):
        file.seek(length, 1)
