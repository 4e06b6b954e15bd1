"""One picture, from wherever it comes, as an upright BGR array; hostile ones refused unread.

The header is read first (by Pillow, which does not decode for that), so that a picture that would
fill the memory is refused before a pixel is decoded. Usual JPEG and PNG files are then decoded by
OpenCV, several times faster; the odd ones (CMYK, 16 bits, transparency, palettes, color profiles)
by Pillow.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.base.errors import InputError, MissingExtra
from mimika.base.stand_ins import stand_in
from mimika.sources.arrays import declared_range, from_array, stretched
from mimika.sources.encoded import bytes_of
from mimika.sources.profiles import has_own_colors, in_srgb

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

LARGEST_PIXELS = 100_000_000
LARGEST_SIDE = 32_767
PICTURE_SUFFIXES = frozenset(
    {
        ".gif",
        ".webp",
        ".png",
        ".apng",
        ".avif",
        ".avifs",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".mpo",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".heic",
        ".heif",
        ".hif",
    }
)
"""Endings of pictures, lower case."""

# Pillow knows fifty kinds; some of them start other programs (EPS), few are ever pictures of faces.
FORMATS = frozenset(
    {"JPEG", "MPO", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "AVIF", "HEIF"}
)
ANIMATED_FORMATS = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
# What OpenCV decodes to the same upright 8-bit BGR as Pillow would.
PLAIN = {("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "L"), ("BMP", "RGB")}
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
AVIF_BRANDS = (b"avif", b"avis")
UNKNOWN = "is not a picture that Mimika can read: give a JPEG, PNG, WebP, BMP, TIFF or HEIC."
DAMAGED = "is damaged or too large to be a picture: export it again."
PNG_BEGINNING = b"\x89PNG\r\n\x1a\n"
PNG_FRAME = 12
"""Bytes of a chunk beside its data: length, kind, checksum."""
TIFF_BEGINNINGS = (b"II*\0", b"MM\0*")
# What Pillow's readers raise at damaged files; found by scripts/fuzz.py.
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture that was read.

    Attributes:
        image: (H, W, 3) uint8, BGR, 0-255, C-contiguous, upright.
        pictures: how many its file holds: frames of an animation, pages; this is the first.
        animated: the others follow it in time.
    """

    image: NDArray[np.uint8]
    pictures: int = 1
    animated: bool = False


def read_picture(
    source: object,
    *,
    rgb: bool = False,
    value_range: tuple[float, float] | None = None,
    most_pixels: int = LARGEST_PIXELS,
) -> NDArray[np.uint8]:
    """Read one picture.

    Rotation by EXIF is applied, colors are brought to sRGB, transparency is laid over white, more
    than 8 bits become 8 (`mimika.sources.arrays.declared_range` says by which rule), CMYK and
    palettes become BGR; of an animated or many-paged file the first picture is taken.

    Args:
        source: a path, a file opened for reading bytes, the bytes of an encoded picture, these as
            a str of base64 or a data URL, a PIL image, or an array: (H, W, 3) or (H, W, 4) in
            BGR(A) order, or (H, W) gray; uint8, or other numbers with `value_range`.
        rgb: an array's channels are RGB(A).
        value_range: an array's values of black and of white, such as (0, 1).
        most_pixels: refuse larger pictures, before they are decoded.

    Returns:
        (H, W, 3) uint8, BGR, 0-255, C-contiguous, upright.

    Raises:
        InputError: missing, empty, truncated, not a picture, or too large; one sentence.
        MissingExtra: a HEIC picture, and its decoder is not installed.
    """
    if isinstance(source, np.ndarray):
        return from_array(source, rgb=rgb, value_range=value_range)
    if hasattr(source, "getexif") and hasattr(source, "convert"):
        return from_pillow(source, "The picture", most_pixels, value_range)  # type: ignore[arg-type]
    encoded = bytes_of(source)
    if encoded is None:
        raise InputError(
            f"{type(source).__name__} is not a picture: give a path, an open file, bytes, a PIL "
            "image or an array."
        )
    # How many pictures a file of a million frames holds takes seconds to find out.
    return decode(*encoded, most_pixels=most_pixels, value_range=value_range, counted=False).image


def decode(
    data: bytes,
    name: str,
    *,
    most_pixels: int = LARGEST_PIXELS,
    value_range: tuple[float, float] | None = None,
    counted: bool = True,
) -> Decoded:
    """Decode the first picture of a file, and say how many there are; see `read_picture`.

    Args:
        data: the file's bytes.
        name: what it is called in errors.
        most_pixels: refuse larger pictures.
        value_range: an array's values of black and of white.
        counted: its pictures are counted; else it is said to hold one.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise InputError(f"{name} is empty: it has no bytes.")
    ignore_pillows_warnings()
    if is_heic(data):
        let_pillow_read_heic()
    try:
        header = Image.open(io.BytesIO(data))
        if header.format not in FORMATS:
            raise UnidentifiedImageError
    except UnidentifiedImageError as error:
        if data[:4] in TIFF_BEGINNINGS:
            return Decoded(_deep_tiff(data, name, most_pixels, value_range))
        raise InputError(f"{name} {_other_kind(data) or UNKNOWN}") from error
    except (Image.DecompressionBombError, *DAMAGE) as error:
        raise InputError(f"{name} {_other_kind(data) or DAMAGED}") from error
    with header:
        _check_size(header.size, name, most_pixels)
        try:
            pages, animated = _count(header) if counted else (1, False)
            first = _first(header, data, name, most_pixels, value_range)
        except DAMAGE as error:
            raise InputError(f"{name} {DAMAGED}") from error
        return Decoded(first, pages, animated)


def _count(header: Image) -> tuple[int, bool]:
    """How many pictures a file holds, and whether they follow in time."""
    animated = header.format in ANIMATED_FORMATS and getattr(header, "is_animated", False)
    pages = getattr(header, "n_frames", 1) if animated or header.format == "TIFF" else 1
    return pages, animated


def _first(
    header: Image,
    data: bytes,
    name: str,
    most_pixels: int,
    value_range: tuple[float, float] | None,
) -> NDArray[np.uint8]:
    plain = (header.format, header.mode) in PLAIN and _complete(data, header.format)
    # What Pillow reads, such as "RGB;16B"; it is known until the picture is decoded.
    deep = "RGB" in header.mode and ";16" in str(getattr(header, "tile", ""))
    image = None
    if plain and not has_own_colors(header):
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        image = from_pillow(header, name, most_pixels, value_range)
    return _eight_of_sixteen(data, name, image) if deep and not image.any() else image


def _eight_of_sixteen(data: bytes, name: str, black: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colors of 16 bits whose upper 8 are empty, in the lower 8; `black` where those are too."""
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.shape[:2] != black.shape[:2]:
        return black
    return from_array(values, value_range=declared_range(values, name))


def _complete(data: bytes, kind: str | None) -> bool:
    """Whether the file has its end; OpenCV fills what a truncated one lacks with gray, silently."""
    if kind == "JPEG":
        return b"\xff\xd9" in data[-4096:]
    return kind == "PNG" and _whole_png(data)


def _whole_png(data: bytes) -> bool:
    """Whether a PNG's chunks lie within it; OpenCV makes room for one of 4 GB that does not."""
    at = len(PNG_BEGINNING)
    while at + PNG_FRAME <= len(data):
        kind = data[at + 4 : at + 8]
        at += PNG_FRAME + int.from_bytes(data[at : at + 4], "big")
        if kind == b"IEND":
            return at <= len(data)
    return False


def _check_size(size: tuple[int, int], name: str, most_pixels: int) -> None:
    width, height = size
    if width * height > most_pixels or max(size) > LARGEST_SIDE:
        raise InputError(
            f"{name} has {width}x{height} pixels, more than the {most_pixels / 1e6:.0f} million "
            "that are read: scale it down first."
        )


def from_pillow(
    image: Image,
    name: str,
    most_pixels: int = LARGEST_PIXELS,
    value_range: tuple[float, float] | None = None,
) -> NDArray[np.uint8]:
    """Turn a PIL image into a picture; see `read_picture`."""
    from PIL import (
        Image as pillow,  # noqa: N813
        ImageOps,
    )

    ignore_pillows_warnings()
    _check_size(image.size, name, most_pixels)
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith(("I", "F")):
            return _gray(np.asarray(image), name, value_range)
        if image.mode in {"P", "PA", "LA", "La", "RGBA", "RGBa"}:
            rgba = image.convert("RGBA")
            white = pillow.new("RGBA", image.size, (255,) * 4)
            rgba = pillow.alpha_composite(white, rgba)
            rgba.info = image.info
            image = rgba.convert("RGB")
        rgb = np.asarray(in_srgb(image).convert("RGB"))
    except DAMAGE as error:
        raise InputError(
            f"{name} is damaged or cut off and cannot be decoded: export or download it again."
        ) from error
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _gray(
    values: NDArray[Any], name: str, value_range: tuple[float, float] | None
) -> NDArray[np.uint8]:
    """Gray with more than 8 bits to BGR."""
    gray = stretched(values, value_range or declared_range(values, name))
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)


def _deep_tiff(
    data: bytes, name: str, most_pixels: int, value_range: tuple[float, float] | None
) -> NDArray[np.uint8]:
    """Read a TIFF of a kind that Pillow does not know, such as colors of 16 or 32 bits."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    try:
        tags = ImageFileDirectory_v2(data[:8])
        file = io.BytesIO(data)
        file.seek(tags.next)
        tags.load(file)
        size = (int(tags[256]), int(tags[257]))
    except (KeyError, TypeError, *DAMAGE) as error:
        raise InputError(f"{name} is damaged: export it again.") from error
    _check_size(size, name, most_pixels)
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise InputError(f"{name} is a TIFF of a kind that is not read: export it with 8 bits.")
    return from_array(values, value_range=value_range or declared_range(values, name))


@lru_cache(maxsize=1)
def ignore_pillows_warnings() -> None:
    """Let Pillow be silent about what is said here in sentences of our own, such as sizes.

    Once and for good: a block that ignores warnings would do so for every other thread as well.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")


def is_heic(data: bytes) -> bool:
    """Whether a file that begins so is a HEIC, which Pillow does not read by itself."""
    return data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS and b"avif" not in data[12:48]


def let_pillow_read_heic() -> None:
    """Let Pillow read HEIC.

    Raises:
        MissingExtra: the decoder is not installed.
    """
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise MissingExtra("Reading HEIC pictures", "heic") from error
    register_heif_opener(thumbnails=False)


def _other_kind(data: bytes) -> str:
    """Say what a file is that is no picture; "" where that is not known."""
    if known := stand_in(data[:1024]):
        return known
    begin = data[:1024].lower()
    if b"<svg" in begin:
        return "is a drawing (SVG), not a picture with pixels: export it as PNG."
    if begin[:4] == b"\0\0\1\0":
        return "is an icon, not a picture: export it as PNG."
    if begin[4:8] == b"ftyp" and begin[8:12] in (*HEIF_BRANDS, *AVIF_BRANDS):
        return DAMAGED
    if begin[:4] == b"\x1ae\xdf\xa3" or begin[4:8] == b"ftyp" or begin[8:12] == b"avi ":
        return "is a film, not a picture: use `mimika video`, or mimika.open_source."
    return ""
