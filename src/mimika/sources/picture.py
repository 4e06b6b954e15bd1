"""One picture, from wherever it comes, as an upright BGR array; hostile ones refused unread.

The header is read first (by Pillow, which does not decode for that), so that a picture that would
fill the memory is refused before a pixel is decoded. Usual JPEG and PNG files are then decoded by
OpenCV, several times faster; the odd ones (CMYK, 16 bits, transparency, palettes) by Pillow.
"""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

LARGEST_PIXELS = 100_000_000
LARGEST_SIDE = 32_767
LARGEST_BYTES = 512 * 2**20
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm", ".avif"}
)
WHITE = 255
# Pillow knows fifty kinds; some of them start other programs (EPS), few are ever pictures of faces.
FORMATS = frozenset({"JPEG", "MPO", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "AVIF"})
# What OpenCV decodes to the same upright 8-bit BGR as Pillow would.
PLAIN = {("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "L"), ("BMP", "RGB")}


def read_picture(
    source: str | os.PathLike[str] | bytes | NDArray[np.uint8] | Image | object,
    *,
    rgb: bool = False,
    most_pixels: int = LARGEST_PIXELS,
) -> NDArray[np.uint8]:
    """Read one picture.

    Rotation by EXIF is applied, transparency is laid over white, 16 bits become 8, CMYK and
    palettes become BGR; of an animated or many-paged file the first picture is taken.

    Args:
        source: a path, the bytes of an encoded picture, a PIL image, or an array: (H, W, 3) or
            (H, W, 4) uint8 in BGR(A) order, or (H, W) gray.
        rgb: an array's channels are RGB(A).
        most_pixels: refuse larger pictures, before they are decoded.

    Returns:
        (H, W, 3) uint8, BGR, 0-255, C-contiguous, upright.

    Raises:
        InputError: missing, empty, truncated, not a picture, or too large; one sentence.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, rgb=rgb)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return decode_picture(bytes(source), "The picture", most_pixels=most_pixels)
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return decode_picture(_bytes_of(path), str(path), most_pixels=most_pixels)
    if hasattr(source, "getexif") and hasattr(source, "convert"):
        return _from_pillow(source, "The picture", most_pixels)  # type: ignore[arg-type]
    raise InputError(
        f"{type(source).__name__} is not a picture: give a path, bytes, a PIL image or an array."
    )


def decode_picture(
    data: bytes, name: str, *, most_pixels: int = LARGEST_PIXELS
) -> NDArray[np.uint8]:
    """Decode the bytes of a picture; see `read_picture`.

    Args:
        data: the encoded picture.
        name: what to call it in messages.
        most_pixels: refuse larger pictures, before they are decoded.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise InputError(f"{name} is empty: it has no bytes.")
    try:
        with warnings.catch_warnings():
            # Size is judged below, with a message of our own.
            warnings.simplefilter("ignore")
            header = Image.open(io.BytesIO(data))
        if header.format not in FORMATS:
            raise UnidentifiedImageError
    except UnidentifiedImageError as error:
        raise InputError(
            f"{name} is not a picture that Mimika can read: give a JPEG, PNG, WebP, BMP or TIFF."
        ) from error
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise InputError(
            f"{name} is damaged or too large to be a picture: export it again."
        ) from error
    with header:
        _check_size(header.size, name, most_pixels)
        if (header.format, header.mode) in PLAIN and _complete(data, header.format):
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            if image is not None:
                return image
        return _from_pillow(header, name, most_pixels)


def _complete(data: bytes, kind: str | None) -> bool:
    """Whether the file has its end; OpenCV fills what a truncated one lacks with gray, silently."""
    if kind == "JPEG":
        return b"\xff\xd9" in data[-4096:]
    if kind == "PNG":
        return b"IEND" in data[-4096:]
    return False


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: use `mimika image {path}` or name a picture.")
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path} is larger than {LARGEST_BYTES >> 20} MB: export it smaller.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no picture {path}: check the name.") from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): check that you may open it."
        ) from error


def _check_size(size: tuple[int, int], name: str, most_pixels: int) -> None:
    width, height = size
    if width * height > most_pixels or max(size) > LARGEST_SIDE:
        raise InputError(
            f"{name} has {width}x{height} pixels, more than the {most_pixels / 1e6:.0f} million "
            "that are read: scale it down first."
        )


def _from_pillow(image: Image, name: str, most_pixels: int) -> NDArray[np.uint8]:
    from PIL import Image as pillow  # noqa: N813
    from PIL import ImageOps

    _check_size(image.size, name, most_pixels)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith(("I", "F")):
                return _from_deep(np.asarray(image))
            if image.mode in {"P", "PA", "LA", "La", "RGBA", "RGBa"}:
                image = image.convert("RGBA")
                white = pillow.new("RGBA", image.size, (WHITE,) * 4)
                image = pillow.alpha_composite(white, image)
            rgb = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, IndexError) as error:
        raise InputError(
            f"{name} is damaged or cut off and cannot be decoded: export or download it again."
        ) from error
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _from_deep(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Gray with more than 8 bits to BGR; 16-bit values keep their scale, others are stretched."""
    deep = values.astype(np.float32)
    top = 65535.0 if deep.max(initial=0) > WHITE or values.dtype == np.uint16 else float(WHITE)
    gray = np.clip(deep * (WHITE / top), 0, WHITE).astype(np.uint8)
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)


def _from_array(array: NDArray[np.uint8], *, rgb: bool) -> NDArray[np.uint8]:
    if array.dtype != np.uint8 or array.size == 0 or array.ndim not in (2, 3):
        raise InputError(
            f"A picture's array is (H, W, 3) uint8, and this is {array.dtype} {array.shape}: "
            "convert it first."
        )
    if array.ndim == 2:
        return cv2.cvtColor(array, cv2.COLOR_GRAY2BGR)
    channels = array.shape[2]
    if channels == 1:
        return cv2.cvtColor(array, cv2.COLOR_GRAY2BGR)
    if channels == 4:
        array = _over_white(array)
    elif channels != 3:
        raise InputError(f"A picture has 1, 3 or 4 channels, and this array has {channels}.")
    return np.ascontiguousarray(array[:, :, ::-1] if rgb else array)


def _over_white(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = array[:, :, 3:].astype(np.float32) / WHITE
    colors = array[:, :, :3].astype(np.float32)
    return (colors * alpha + WHITE * (1 - alpha) + 0.5).astype(np.uint8)
