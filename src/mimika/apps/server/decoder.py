"""The process that decodes strangers' pictures; see `decoding.py`. It loads decoders, nothing else.

The other side sends the bytes of a picture. The answer is REFUSED and a sentence, HEAVY where the
picture is for the other lane, COSTLY where its memory did not do, or the sizes and then the pixels.
"""

from __future__ import annotations

import io
import os
import signal
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from mimika.apps.server.heic import read_heic
from mimika.apps.server.process import give_back_memory, keep_little_memory
from mimika.base.errors import InputError, MissingExtra
from mimika.sources.picture import (
    DAMAGE,
    FORMATS,
    ignore_pillows_warnings,
    is_heic,
    let_pillow_read_heic,
    read_picture,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from numpy.typing import NDArray

REFUSED, HEAVY, COSTLY = b"!", b"heavy", b"costly"
SIZES = "!4I"
HEAVY_PIXELS = 4_000_000
# Kinds whose values are stretched to 8 bits need several copies at once.
DEEP_PIXELS = 6_000_000
STRIP_PIXELS = 2_000_000
# Who sends what takes long yields the processor to those who do not.
NICE = 10
IDLE_S = 0.5
STDERR = 2
ORIENTATION = 0x0112
DEEP_TIFF, HEIF, WEBP = (b"II*\0", b"MM\0*"), b"ftyp", b"WEBP"
NO_PICTURE = (
    "This is not a picture that can be read here: send JPEG, PNG, WebP, AVIF, BMP, TIFF or GIF."
)
NO_HEIC = "The picture is HEIC, which this server does not read: export it as JPEG."
KEPT_INFO = ("icc_profile", "transparency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one picture may take.

    Attributes:
        pixels: most pixels.
        side: longest side in pixels.
        longest: a larger picture is reduced until its longer side is this long.
        cpu_s: seconds of a processor.
        memory_bytes: beside what the process takes at rest.
        heavy: large pictures are decoded too, and not passed on.
    """

    pixels: int
    side: int
    longest: int
    cpu_s: float
    memory_bytes: int
    heavy: bool = True


class HeavyPicture(Exception):
    """A picture is for the lane of the large ones.

    Attributes:
        broke_budget: it looked small, and took more than such a picture does.
    """

    def __init__(self, *, broke_budget: bool = False) -> None:
        super().__init__()
        self.broke_budget = broke_budget


def serve(pipe: Connection, budget: Budget) -> None:
    """Decode what comes until the other side is gone."""
    limit_process(budget.memory_bytes, nice=NICE if budget.heavy else 0)
    while True:
        try:
            if not pipe.poll(IDLE_S):
                give_back_memory()
            data = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        arm(budget.cpu_s)
        try:
            image, (width, height) = decode(data, budget)
            sizes = struct.pack(SIZES, *image.shape[:2], width, height)
        except HeavyPicture:
            pipe.send_bytes(HEAVY)
            continue
        except (InputError, MissingExtra) as error:
            pipe.send_bytes(_refusal(error))
            continue
        finally:
            del data
            arm(0)
        pipe.send_bytes(sizes)
        pipe.send_bytes(image.reshape(-1).data)
        if width * height > HEAVY_PIXELS:
            del image
            give_back_memory()


def _refusal(error: InputError | MissingExtra) -> bytes:
    if isinstance(error.__cause__, MemoryError):
        return COSTLY
    return REFUSED + (NO_HEIC if isinstance(error, MissingExtra) else str(error)).encode()


def decode(data: bytes, budget: Budget) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Decode a picture, reduced where it is large.

    Args:
        data: the encoded picture.
        budget: what it may take.

    Returns:
        (H, W, 3) uint8 BGR, upright, and the original's width and height, upright.

    Raises:
        InputError: it is no picture, damaged or too large.
        MissingExtra: it is a HEIC picture, and its decoder is not installed.
        HeavyPicture: it is large, and the budget is not for such.
    """
    if is_heic(data):
        # One process is enough that has its decoder.
        if not budget.heavy:
            raise HeavyPicture
        let_pillow_read_heic()
    try:
        header = _header(data)
    except InputError:
        if data[8:12] == WEBP and not budget.heavy:
            # Opening takes room for the whole picture, which a large one does not have here.
            raise HeavyPicture from None
        raise
    if header is None:
        # Its size is not known before it is decoded.
        if not budget.heavy:
            raise HeavyPicture
        image = read_picture(data, most_pixels=budget.pixels)
        return _shrunk(image, budget.longest), (image.shape[1], image.shape[0])
    with header:
        width, height = header.size
        deep = header.mode.startswith(("I", "F"))
        if width * height > (min(budget.pixels, DEEP_PIXELS) if deep else budget.pixels):
            raise InputError(
                f"The picture has {width}x{height} pixels, more than are taken: scale it down."
            )
        if max(width, height) > budget.side:
            raise InputError(f"The picture has a side over {budget.side} pixels: scale it.")
        if not budget.heavy and width * height > HEAVY_PIXELS:
            raise HeavyPicture
        turn = _orientation(header)
        image = _reduced(header, data, budget, turn)
    size = (height, width) if turn >= 5 else (width, height)
    return _shrunk(image, budget.longest), size


def _header(data: bytes) -> Image.Image | None:
    """Open a picture of an allowed kind; None for kinds that only `read_picture` knows."""
    Image.init()
    ignore_pillows_warnings()
    try:
        return Image.open(io.BytesIO(data), formats=sorted(FORMATS & Image.OPEN.keys()))
    except UnidentifiedImageError as error:
        if data[:4] in DEEP_TIFF or data[4:8] == HEIF:
            return None
        raise InputError(NO_PICTURE) from error
    except (Image.DecompressionBombError, *DAMAGE) as error:
        raise InputError(
            "The picture is damaged or too large to be a picture: export it again."
        ) from error


def _orientation(header: Image.Image) -> int:
    try:
        turn = int(header.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - damaged EXIF is none
        return 1
    return turn if 1 <= turn <= 8 else 1


def _reduced(header: Image.Image, data: bytes, budget: Budget, turn: int) -> NDArray[np.uint8]:
    factor = next((f for f in (8, 4, 2) if max(header.size) >= f * budget.longest), 1)
    if factor > 1 and header.format in ("JPEG", "MPO") and header.mode in ("RGB", "L"):
        # A JPEG's blocks are read smaller, which saves most of the work.
        flag = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
        image = cv2.imdecode(
            np.frombuffer(data, np.uint8), flag.get(factor, cv2.IMREAD_REDUCED_COLOR_8)
        )
        if image is not None:
            return image
    large = header.width * header.height > HEAVY_PIXELS
    if large and header.format == "HEIF":
        header.close()
        return read_heic(data, budget.longest)
    if not large or header.mode.startswith(("I", "F")):
        return read_picture(data, most_pixels=budget.pixels)
    return _turned(_by_strips(header, budget.longest), turn)


def _by_strips(image: Image.Image, longest: int) -> NDArray[np.uint8]:
    """Convert and shrink a large picture a strip of rows at a time."""
    try:
        image.load()
    except DAMAGE as error:
        raise InputError(
            "The picture is damaged or cut off and cannot be decoded: export or download it again."
        ) from error
    scale = min(1.0, longest / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = np.empty((height, width, 3), np.uint8)
    rows = max(1, round(STRIP_PIXELS * scale / image.width))
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        begin, end = int(top / scale), min(image.height, max(1, round(bottom / scale)))
        part = image.crop((0, begin, image.width, end))
        part.info = {name: image.info[name] for name in KEPT_INFO if name in image.info}
        size = (width, bottom - top)
        small[top:bottom] = cv2.resize(read_picture(part), size, interpolation=cv2.INTER_AREA)
    return small


def _turned(image: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    """Bring a picture upright, by its EXIF orientation."""
    if turn >= 5:
        image = image.transpose(1, 0, 2)
    if turn in (3, 4, 7, 8):
        image = image[::-1]
    if turn in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _shrunk(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(image)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def arm(seconds: float) -> None:
    """End the process after so many seconds of a processor, also in a decoder; 0 calls that off."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_process(memory_bytes: int, *, nice: int = NICE) -> None:
    """Bound what a process that decodes may take; it also becomes quiet.

    Args:
        memory_bytes: beside what it has.
        nice: how much it yields to others, as in `nice(1)`.
    """
    cv2.setNumThreads(1)
    keep_little_memory(arenas=1)
    # The decoders' own words about damaged files would fill the server's log.
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), STDERR)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import resource

    os.nice(nice)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        most = _data_bytes() + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _data_bytes() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData"))
