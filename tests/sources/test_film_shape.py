"""Shape of films: pixels that are not square, turned, mirrored, odd, changing, of any depth."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

import mimika
from helpers.faces import FRAMES, SAD, base_images
from helpers.media import write_film
from mimika.sources.video import Video


def shares(path, **options):
    with mimika.open_source(path, **options) as film:
        summary = mimika.process(film)
    person = max(summary.people.values(), key=lambda each: each.frames)
    return person.frames, person.shares()


def corners(images):
    """Mark the corners: red upper left, green upper right, blue lower left, white lower right."""
    image = np.zeros((96, 128, 3), np.uint8)
    image[:48, :64], image[:48, 64:] = (0, 0, 255), (0, 255, 0)
    image[48:, :64], image[48:, 64:] = (255, 0, 0), (255, 255, 255)
    return [image] * images


def layout(image):
    """The colors of the four corners, as letters."""
    height, width = image.shape[:2]
    letters = ""
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            blue, green, red = (int(v) > 128 for v in image[y, x])
            letters += {(0, 0, 1): "r", (0, 1, 0): "g", (1, 0, 0): "b", (1, 1, 1): "w"}[
                (blue, green, red)
            ]
    return letters


def test_pixels_that_are_not_square(tmp_path):
    squeezed = [
        cv2.resize(image, (480, 360), interpolation=cv2.INTER_AREA) for image in base_images()
    ]
    path = write_film(tmp_path / "wide.mp4", squeezed, ratio=Fraction(4, 3))
    with Video(path) as film:
        assert (film.info.width, film.info.height) == (640, 360)
        assert next(iter(film)).image.shape == (360, 640, 3)
    frames, found = shares(path)
    assert frames == FRAMES
    assert found["sad"] == pytest.approx(SAD, abs=0.06)


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.ts", "a.avi"])
@pytest.mark.parametrize(
    ("ratio", "shape"), [(Fraction(16, 11), (96, 186)), (Fraction(8, 9), (108, 128))]
)
def test_the_shape_of_pixels_in_other_containers(tmp_path, name, ratio, shape):
    path = write_film(tmp_path / name, corners(5), ratio=ratio)
    with Video(path) as film:
        frames = list(film)
    assert {frame.image.shape[:2] for frame in frames} == {shape}
    assert (film.info.height, film.info.width) == shape


def test_an_impossible_shape_of_pixels_is_damage(tmp_path):
    path = write_film(tmp_path / "odd.mkv", corners(5), ratio=Fraction(1, 400))
    with Video(path) as film:
        assert next(iter(film)).image.shape == (96, 128, 3)


@pytest.mark.parametrize(
    ("rotation", "mirrored", "expected"),
    [
        (0, False, "rgbw"),
        (90, False, "gwrb"),
        (180, False, "wbgr"),
        (270, False, "brwg"),
        (0, True, "grwb"),
        (90, True, "wgbr"),
        (180, True, "bwrg"),
        (270, True, "rbgw"),
    ],
)
def test_rotation_and_mirroring_of_the_container_are_applied(
    tmp_path, rotation, mirrored, expected
):
    path = write_film(tmp_path / "turned.mp4", corners(5), rotation=rotation, mirrored=mirrored)
    with Video(path) as film:
        frame = next(iter(film))
    assert layout(frame.image) == expected
    assert frame.image.shape[:2] == (film.info.height, film.info.width)
    assert (film.info.height > film.info.width) == (rotation in {90, 270})


@pytest.mark.parametrize(
    ("degrees", "expected"), [(0, "rgbw"), (90, "brwg"), (180, "wbgr"), (270, "gwrb")]
)
def test_rotate_turns_clockwise(tmp_path, degrees, expected):
    path = write_film(tmp_path / "a.mp4", corners(5))
    with mimika.open_source(path, rotate=degrees) as film:
        frame = next(iter(film))
        assert (film.info.width, film.info.height) == frame.image.shape[1::-1]
    assert layout(frame.image) == expected


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_film_on_its_side_is_turned_by_its_faces(tmp_path, degrees):
    code = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    turned = [cv2.rotate(image, code[degrees]) for image in base_images()]
    path = write_film(tmp_path / "side.mp4", turned)
    with mimika.open_source(path, rotate="auto") as film:
        assert f"turned by {360 - degrees} degrees clockwise" in " ".join(film.warnings)
        assert (film.info.width, film.info.height) == (640, 360)
        frames = list(film)
    assert len(frames) == FRAMES
    assert frames[0].time_s == 0
    if degrees == 90:
        found, emotions = shares(path, rotate="auto")
        assert found == FRAMES
        assert emotions["sad"] == pytest.approx(SAD, abs=0.06)


def test_films_that_stand_are_left_as_they_are(tmp_path, media):
    path = write_film(tmp_path / "stands.mp4", base_images()[:24])
    gifs = [media / "head-pose-face-detection-female-and-male.gif", media / "people-detection.gif"]
    for film_path in (path, *gifs):
        with mimika.open_source(film_path, rotate="auto") as film, Video(film_path) as as_it_is:
            assert film.warnings == []
            assert film.info.width == as_it_is.info.width
            assert len(list(film)) == len(list(as_it_is))


def test_auto_looks_behind_a_beginning_without_faces(tmp_path):
    black = np.zeros((640, 360, 3), np.uint8)
    turned = [cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE) for image in base_images()[:48]]
    path = write_film(tmp_path / "late.mp4", [black] * 48 + turned)
    raw = write_film(tmp_path / "late.h264", [black] * 6 + turned)
    for film_path in (path, raw):
        with mimika.open_source(film_path, rotate="auto") as film:
            assert (film.info.width, film.info.height) == (640, 360)
            assert len(list(film)) in {96, 54}


@pytest.mark.parametrize("size", [(63, 47), (1, 1), (2, 200), (321, 241)])
def test_odd_sizes(tmp_path, size):
    image = np.full((size[1], size[0], 3), 120, np.uint8)
    path = write_film(tmp_path / "odd.mkv", [image] * 3, codec="ffv1", pix_fmt="yuv444p")
    with Video(path) as film:
        assert [frame.image.shape for frame in film] == [(size[1], size[0], 3)] * 3


def test_a_size_that_changes_within_a_film(tmp_path):
    parts = [
        write_film(tmp_path / f"{w}.ts", [np.full((h, w, 3), 99, np.uint8)] * 12).read_bytes()
        for w, h in ((64, 48), (96, 128))
    ]
    path = tmp_path / "changes.ts"
    path.write_bytes(b"".join(parts))
    with Video(path) as film:
        shapes = [frame.image.shape for frame in film]
    assert shapes == [(48, 64, 3)] * 12 + [(128, 96, 3)] * 12


COLORS = {"red": (30, 40, 200), "skin": (120, 150, 210), "gray": (90, 90, 90)}


@pytest.mark.parametrize("color", COLORS)
@pytest.mark.parametrize("matrix", [1, 5, 9])
@pytest.mark.parametrize("levels", [1, 2])
def test_matrix_and_range_of_colors(tmp_path, color, matrix, levels):
    image = np.full((64, 64, 3), COLORS[color], np.uint8)
    frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(
        format="yuv444p", dst_colorspace=matrix, dst_color_range=levels
    )
    frame.colorspace, frame.color_range = matrix, levels
    path = tmp_path / "colors.mkv"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=24, options={"crf": "4"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv444p"
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = levels
        frame.pts = 0
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    with Video(path) as film:
        (read,) = film
    assert np.abs(read.image[32, 32].astype(int) - COLORS[color]).max() <= 8


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [
        ("libx264", "yuv444p"),
        ("libx264", "yuv422p10le"),
        ("libx265", "yuv420p10le"),
        ("ffv1", "gbrp12le"),
        ("prores_ks", "yuv422p10le"),
        ("mjpeg", "yuvj444p"),
        ("ffv1", "bgr0"),
    ],
)
def test_depths_and_samplings(tmp_path, codec, pix_fmt):
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = write_film(
        tmp_path / "a.mov" if codec != "ffv1" else tmp_path / "a.mkv",
        corners(3),
        codec=codec,
        pix_fmt=pix_fmt,
        options=quiet,
    )
    with Video(path) as film:
        assert [layout(frame.image) for frame in film] == ["rgbw"] * 3


@pytest.mark.parametrize("pix_fmt", ["gray", "gray10le", "gray16le"])
def test_gray_films(tmp_path, pix_fmt):
    image = np.full((48, 64, 3), 60, np.uint8)
    path = write_film(tmp_path / "gray.mkv", [image] * 3, codec="ffv1", pix_fmt=pix_fmt)
    with Video(path) as film:
        assert all(np.abs(frame.image.astype(int) - 60).max() <= 2 for frame in film)


@pytest.mark.parametrize(
    ("codec", "pix_fmt"), [("png", "rgba"), ("qtrle", "argb"), ("ffv1", "yuva444p")]
)
def test_transparency_lies_over_white_as_in_pictures(tmp_path, codec, pix_fmt):
    image = np.zeros((48, 64, 4), np.uint8)
    image[:, 32:] = (200, 30, 30, 255)
    frame = av.VideoFrame.from_ndarray(image, format="rgba").reformat(format=pix_fmt)
    path = tmp_path / ("a.mkv" if codec == "ffv1" else "a.mov")
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    with Video(path) as film:
        (read,) = film
    assert read.image[24, 10].tolist() == [255, 255, 255]
    assert np.abs(read.image[24, 50].astype(int) - (30, 30, 200)).max() <= 3


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_looks_like_the_standard_one(tmp_path, transfer):
    images = [hdr_frame(image, transfer) for image in base_images()[:4]]
    path = tmp_path / "hdr.mkv"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "gbrp10le"
        for i, frame in enumerate(images):
            frame.pts, frame.time_base = i, Fraction(1, 24)
            frame.color_primaries, frame.color_trc = 9, transfer
            stream.codec_context.color_primaries, stream.codec_context.color_trc = 9, transfer
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    with Video(path) as film:
        frames = list(film)
    error = np.abs(frames[0].image.astype(int) - base_images()[0])
    assert error.mean() < 4
    plain = mimika.analyze(base_images()[0])[0]
    mapped = mimika.analyze(frames[0].image)[0]
    assert mapped.emotion == plain.emotion
    assert mapped.confidence == pytest.approx(plain.confidence, abs=0.1)


def hdr_frame(image, transfer):
    """A BGR picture as a film camera of high range would have recorded it, as PyAV's frame."""
    light = (image[:, :, ::-1] / 255.0) ** 2.4
    to_2020 = np.array(
        [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    )
    light = np.clip(light @ to_2020.T, 0, 1) * 203
    if transfer == 16:
        root = (light / 10_000) ** 0.1593017578125
        code = ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375
    else:
        scene = (light / 1000) ** (1 / 1.2)
        code = np.where(
            scene <= 1 / 12,
            np.sqrt(3 * scene),
            0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073,
        )
    deep = np.round(code * 65535).astype(np.uint16)
    return av.VideoFrame.from_ndarray(deep, format="rgb48le").reformat(format="gbrp10le")


def test_interlaced_films_lose_their_combs(tmp_path):
    images = []
    for i in range(12):
        fields = np.full((2, 96, 128, 3), 40, np.uint8)
        for field, x in zip(fields, (6 * i, 6 * i + 3), strict=True):
            field[:, x : x + 30] = 220
        image = fields[0].copy()
        image[1::2] = fields[1][1::2]
        images.append(image)
    path = write_film(
        tmp_path / "fields.ts",
        images,
        codec="mpeg2video",
        options={"flags": "+ildct+ilme", "qscale": "2"},
    )
    with Video(path) as film:
        frames = list(film)
    assert len(frames) == 12

    def combed(image):
        rows = image[:, :, 0].astype(int)
        return np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).max()

    assert combed(images[5]) > 150
    assert max(combed(frame.image[8:-8]) for frame in frames) < 120
