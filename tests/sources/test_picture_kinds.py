"""Pictures of every kind: depths, ranges, profiles, orientation, HEIC, and what is none."""

from __future__ import annotations

import base64
import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

import mimika
from mimika.base import extras
from mimika.base.errors import InputError, MissingExtra, UsageError
from mimika.sources import picture
from mimika.sources.picture import read_picture


def corners():
    """RGB: red upper left, green upper right, blue lower left, white lower right."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:20, :30], image[:20, 30:] = (255, 0, 0), (0, 255, 0)
    image[20:, :30], image[20:, 30:] = (0, 0, 255), (255, 255, 255)
    return image


def layout(image):
    """The colors of the four corners of a BGR picture, as letters."""
    height, width = image.shape[:2]
    letters = ""
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            key = tuple(int(v) > 128 for v in image[y, x])
            letters += {(0, 0, 1): "r", (0, 1, 0): "g", (1, 0, 0): "b", (1, 1, 1): "w"}[key]
    return letters


UPRIGHT = {1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_all_orientations_of_all_kinds(kind, orientation):
    image = Image.fromarray(corners())
    exif = image.getexif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, kind, exif=exif, quality=95)
    read = read_picture(file.getvalue())
    assert layout(read) == UPRIGHT[orientation]
    assert (read.shape[0] > read.shape[1]) == (orientation >= 5)


@pytest.fixture
def face(media):
    return cv2.imread(str(media / "obama.jpg"))


def emotion_of(source, **options):
    (found,) = mimika.analyze(source, **options)
    return found.emotion, found.confidence


@pytest.mark.parametrize("limit", [1.0, 255.0])
def test_floating_point_pictures_are_stretched_by_the_stated_rule(tmp_path, face, limit):
    gray = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY)
    expected = read_picture(gray)
    values = gray.astype(np.float32) / 255 * limit
    Image.fromarray(values, mode="F").save(tmp_path / "deep.tiff")
    for source in (tmp_path / "deep.tiff", Image.fromarray(values, mode="F")):
        assert np.abs(read_picture(source).astype(int) - expected).max() <= 1
    assert emotion_of(tmp_path / "deep.tiff")[0] == emotion_of(gray)[0]


@pytest.mark.parametrize("values", [[-0.5, 0.5], [0.0, 1000.0]])
def test_values_that_fit_no_rule_are_refused(values):
    image = Image.fromarray(np.tile(np.float32(values), (10, 10)), mode="F")
    with pytest.raises(InputError, match="values from") as caught:
        read_picture(image)
    assert "\n" not in str(caught.value)
    low, high = min(values), max(values)
    read = read_picture(image, value_range=(low, high))
    assert (read.min(), read.max()) == (0, 255)


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(InputError, match="NaN"):
        read_picture(np.full((9, 9), np.nan), value_range=(0, 1))
    for limits in ((1, 0), (0, 0), (0, np.nan)):
        with pytest.raises(UsageError, match="range"):
            read_picture(np.zeros((9, 9)), value_range=limits)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_float_arrays_have_a_stated_range(face, kind):
    values = (face[:, :, ::-1] / 255).astype(kind)
    with pytest.raises(InputError, match="value_range"):
        read_picture(values)
    read = read_picture(values, rgb=True, value_range=(0, 1))
    assert np.abs(read.astype(int) - face).max() <= 1
    assert emotion_of(values, rgb=True, value_range=(0, 1))[0] == emotion_of(face)[0]
    signed = read_picture(values * 2 - 1, rgb=True, value_range=(-1, 1))
    assert np.abs(signed.astype(int) - face).max() <= 1


@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.int64])
def test_other_whole_numbers_have_one_as_well(face, kind):
    values = face.astype(kind) * 16
    with pytest.raises(InputError, match="value_range"):
        read_picture(values)
    read = read_picture(values, value_range=(0, 255 * 16))
    assert np.array_equal(read, face)


@pytest.mark.parametrize("name", ["a.png", "a.tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits(tmp_path, face, name, channels):
    picture = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY) if channels == 1 else face
    if channels == 4:
        picture = np.dstack([face, np.full(face.shape[:2], 255, np.uint8)])
    assert cv2.imwrite(str(tmp_path / name), picture.astype(np.uint16) * 257)
    expected = read_picture(picture)
    assert np.abs(read_picture(tmp_path / name).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("name", ["a.png", "a.tiff"])
def test_eight_bits_in_a_file_of_sixteen_are_not_black(tmp_path, face, name):
    assert cv2.imwrite(str(tmp_path / name), face.astype(np.uint16))
    assert np.abs(read_picture(tmp_path / name).astype(int) - face).max() <= 1


def test_a_tiff_of_floating_point_colors(tmp_path, face):
    assert cv2.imwrite(str(tmp_path / "a.tiff"), face.astype(np.float32) / 255)
    assert np.abs(read_picture(tmp_path / "a.tiff").astype(int) - face).max() <= 1


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "PA", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16"]
)
def test_modes_of_pillow(mode):
    gray = Image.fromarray(np.repeat(np.uint8([[0, 200]]), 30, axis=1).repeat(40, axis=0))
    if mode == "LAB":
        gray = ImageCms.profileToProfile(
            gray.convert("RGB"),
            ImageCms.createProfile("sRGB"),
            ImageCms.createProfile("LAB"),
            outputMode="LAB",
        )
    elif mode == "I;16":
        gray = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    elif mode == "HSV":
        gray = gray.convert("RGB").convert("HSV")
    else:
        gray = gray.convert(mode)
    read = read_picture(gray)
    assert read.shape == (40, 60, 3)
    assert read[20, 10].max() < 30
    assert read[20, 50].min() > 170


def test_a_palette_with_transparency_lies_over_white():
    image = Image.new("P", (20, 10), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(1, (10, 0, 20, 10))
    file = io.BytesIO()
    image.save(file, "PNG", transparency=0)
    read = read_picture(file.getvalue())
    assert read[5, 5].tolist() == [255, 255, 255]
    assert read[5, 15].tolist() == [255, 0, 0]


def swapped_profile():
    """An ICC profile of colors whose red is sRGB's green, and so on."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * data[131], 12)}
    places = [data[entries[name] + 4 : entries[name] + 8] for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    for name, place in zip((b"gXYZ", b"bXYZ", b"rXYZ"), places, strict=True):
        data[entries[name] + 4 : entries[name] + 8] = place
    return bytes(data).replace("sRGB".encode("utf-16-be"), "ownC".encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_color_profiles_are_applied(kind):
    file = io.BytesIO()
    Image.fromarray(corners()).save(file, kind, icc_profile=swapped_profile(), quality=98)
    read = read_picture(file.getvalue())
    assert layout(read) != "rgbw"
    assert sorted(layout(read)) == sorted("rgbw")
    plain = io.BytesIO()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(corners()).save(plain, kind, icc_profile=srgb, quality=98)
    assert layout(read_picture(plain.getvalue())) == "rgbw"
    broken = io.BytesIO()
    Image.fromarray(corners()).save(broken, kind, icc_profile=b"no profile" * 20, quality=98)
    assert layout(read_picture(broken.getvalue())) == "rgbw"


@pytest.fixture
def heic(media):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    Image.open(media / "obama.jpg").convert("RGB").save(file, "HEIF", quality=90)
    return file.getvalue()


def test_heic(tmp_path, heic, face):
    (tmp_path / "IMG_0001.HEIC").write_bytes(heic)
    assert emotion_of(tmp_path / "IMG_0001.HEIC")[0] == emotion_of(face)[0]
    with mimika.open_source(tmp_path) as pictures:
        (frame,) = pictures
    assert np.abs(frame.image.astype(int) - face).mean() < 3
    for share in (0.3, 0.8):
        with pytest.raises(InputError) as caught:
            read_picture(heic[: int(len(heic) * share)])
        assert "\n" not in str(caught.value)


def test_heic_without_its_decoder_names_the_extra(heic, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(MissingExtra, match=r"HEIC pictures needs.*\[heic\]"):
        read_picture(heic)
    assert extras.install_command("heic") in str(MissingExtra("Reading HEIC pictures", "heic"))


def test_a_stereo_picture_is_its_first(media):
    image = Image.open(media / "obama.jpg")
    file = io.BytesIO()
    image.save(file, "MPO", save_all=True, append_images=[image.rotate(90)])
    assert emotion_of(file.getvalue())[0] == emotion_of(media / "obama.jpg")[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "drawing"),
        (b"\0\0\1\0\1\0\x10\x10" + b"\0" * 40, "icon"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 40, "film"),
        (b"\x1aE\xdf\xa3" + b"\0" * 40, "film"),
        (b"%PDF-1.7 " + b"\0" * 40, "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (b"8BPS" + b"\0" * 40, "picture"),
        (b"II*\0" + b"\0" * 40, "damaged"),
    ],
)
def test_what_is_no_photo_says_what_it_is(data, says):
    with pytest.raises(InputError, match=says) as caught:
        read_picture(data)
    assert "\n" not in str(caught.value)


def test_open_files(media, tmp_path, face):
    with (media / "obama.jpg").open("rb") as file:
        assert np.array_equal(read_picture(file), face)
        with pytest.raises(InputError, match=r"seek\(0\)"):
            read_picture(file)
    assert np.array_equal(read_picture(io.BytesIO((media / "obama.jpg").read_bytes())), face)
    with (media / "obama.jpg").open() as text, pytest.raises(InputError, match='"rb"'):
        read_picture(text)
    with pytest.raises(InputError, match='"rb"'):
        read_picture(io.StringIO("words"))
    with (tmp_path / "a").open("wb") as written, pytest.raises(InputError, match="cannot be read"):
        read_picture(written)


def test_base64_and_data_urls_are_parsed_strictly(media, face):
    data = (media / "obama.jpg").read_bytes()
    text = base64.b64encode(data).decode()
    assert np.array_equal(read_picture(text), face)
    assert np.array_equal(read_picture(f"data:image/jpeg;base64,{text}"), face)
    assert np.array_equal(read_picture(f"DATA:image/jpeg;name=a.jpg;base64,{text}"), face)
    for broken, says in (
        (f"data:image/jpeg;base64,{text[:-3]}", "broken"),
        (f"data:image/jpeg;base64,{text[:40]} {text[40:]}", "broken"),
        (f"data:text/html;base64,{text}", "no picture"),
        ("data:image/jpeg;base64", "form"),
        ("data:,", "text/plain"),
        (text[:-1], "There is no picture|cannot be read"),
        (text[:99] + "\n" + text[99:], "There is no picture|cannot be read"),
        ("QUJD" * 30, "not a picture"),
        ("data:image/png;base64,", "empty"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            read_picture(broken)
        assert len(str(caught.value)) < 400
        assert "\n" not in str(caught.value)


def test_a_name_of_base64_letters_is_a_file(tmp_path, media, monkeypatch, face):
    monkeypatch.chdir(tmp_path)
    name = "QUJD" * 20
    (tmp_path / name).write_bytes((media / "obama.jpg").read_bytes())
    assert np.array_equal(read_picture(name), face)


def test_endings_of_pictures_are_those_of_cameras_and_phones():
    assert {".jfif", ".jpe", ".heic", ".heif", ".avif", ".mpo"} <= picture.PICTURE_SUFFIXES
    assert not {".svg", ".ico", ".mp4"} & picture.PICTURE_SUFFIXES
