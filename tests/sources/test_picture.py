"""Every kind of picture that people have, and every kind of file that is none."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from helpers import attacks
from mimika.base.errors import InputError
from mimika.sources.picture import read_picture


@pytest.fixture
def colors():
    """RGB: red left, blue right."""
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, :30] = (200, 0, 0)
    picture[:, 30:] = (0, 0, 200)
    return picture


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def looks_red_then_blue(image):
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.shape == (40, 60, 3)
    left, right = image[20, 10].astype(int), image[20, 50].astype(int)
    return left[2] > 150 > 60 > left[0] and right[0] > 150 > 60 > right[2]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_usual_kinds(colors, kind):
    assert looks_red_then_blue(read_picture(encoded(Image.fromarray(colors), kind)))


def test_cmyk_palette_and_alpha(colors):
    picture = Image.fromarray(colors)
    assert looks_red_then_blue(read_picture(encoded(picture.convert("CMYK"), "JPEG")))
    assert looks_red_then_blue(read_picture(encoded(picture.convert("P"), "PNG")))
    assert looks_red_then_blue(read_picture(encoded(picture.convert("RGBA"), "PNG")))


def test_transparency_lies_over_white():
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert (read_picture(encoded(clear, "PNG")) == 255).all()
    array = np.zeros((4, 4, 4), np.uint8)
    assert (read_picture(array) == 255).all()


def test_sixteen_bits_become_eight():
    deep = np.full((10, 10), 40_000, np.uint16)
    good, data = cv2.imencode(".png", deep)
    assert good
    assert np.abs(read_picture(data.tobytes()).astype(int) - 156).max() <= 1


def test_rotation_by_exif_is_applied(colors):
    picture = Image.fromarray(colors)
    exif = picture.getexif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to view
    for kind in ("JPEG", "PNG", "WEBP"):
        turned = read_picture(encoded(picture, kind, exif=exif))
        assert turned.shape == (60, 40, 3)
        assert turned[10, 20, 2] > 150
        assert turned[50, 20, 0] > 150


def test_of_an_animation_the_first_picture_is_taken(colors):
    frames = [Image.fromarray(colors), Image.new("RGB", (60, 40), (0, 255, 0))]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert looks_red_then_blue(read_picture(data))


def test_gray_one_pixel_and_arrays(colors):
    assert read_picture(encoded(Image.new("L", (1, 1), 77), "PNG")).tolist() == [[[77, 77, 77]]]
    assert looks_red_then_blue(read_picture(colors, rgb=True))
    assert looks_red_then_blue(read_picture(colors[:, :, ::-1]))
    assert looks_red_then_blue(read_picture(Image.fromarray(colors)))
    assert read_picture(np.full((5, 6), 9, np.uint8)).shape == (5, 6, 3)


def png_bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises a size, with next to nothing inside."""

    def chunk(name, data):
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(20_000, 20_000), (60_000, 60_000), (1_000_000, 3)])
def test_bombs_are_refused_before_they_are_decoded(size):
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        read_picture(png_bomb(*size))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert peak < 20e6


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not a picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "picture"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
    ],
)
def test_what_is_no_picture_is_one_sentence(data, says):
    with pytest.raises(InputError, match=says) as caught:
        read_picture(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_truncated_pictures_are_refused(media, kind, share):
    whole = encoded(Image.open(media / "astronaut.png").convert("RGB"), kind)
    with pytest.raises(InputError, match="damaged|picture"):
        read_picture(whole[: int(len(whole) * share)])


def test_missing_folder_and_wrong_type(tmp_path):
    with pytest.raises(InputError, match="There is no picture"):
        read_picture(tmp_path / "none.jpg")
    with pytest.raises(InputError, match="folder"):
        read_picture(tmp_path)
    with pytest.raises(InputError, match="not a picture"):
        read_picture(12)
    with pytest.raises(InputError, match="uint8"):
        read_picture(np.zeros((3, 3, 3), np.float64))


def test_jpeg_is_decoded_as_pillow_does(media):
    data = (media / "obama.jpg").read_bytes()
    theirs = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[:, :, ::-1]
    assert np.abs(read_picture(data).astype(int) - theirs).mean() < 1.5


@pytest.mark.parametrize("make", [attacks.endless_gif, attacks.paged_tiff])
def test_pictures_after_the_first_are_not_looked_for(make, monkeypatch):
    """A file of a million of them took seconds, for a number that nobody asked for."""
    from PIL import GifImagePlugin, TiffImagePlugin

    def counted(_):
        raise AssertionError("the pictures were counted")

    for kind in (GifImagePlugin.GifImageFile, TiffImagePlugin.TiffImageFile):
        monkeypatch.setattr(kind, "n_frames", property(counted))
    assert read_picture(make(100)).ndim == 3
