"""Animated pictures are films: every picture, at its time."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

import mimika
from helpers.faces import base_images
from helpers.media import numbered, numbers_of, write_film
from mimika.sources.animation import is_animation
from mimika.sources.images import Images
from mimika.sources.picture import read_picture

SHOWN_MS = [40, 80, 500, 5, 250]
TIMES = [0.0, 0.04, 0.12, 0.62, 0.72]
KINDS = [("a.webp", {"lossless": True}), ("a.png", {}), ("a.apng", {}), ("a.avif", {"quality": 90})]


def write_animation(path, images, shown_ms=SHOWN_MS, **options):
    first, *others = [Image.fromarray(image[:, :, ::-1]) for image in images]
    kind = {".apng": "PNG"}.get(path.suffix.lower())
    first.save(
        path, kind, save_all=True, append_images=others, duration=shown_ms, loop=0, **options
    )
    return path


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_every_picture_at_its_time(tmp_path, name, options):
    path = write_animation(tmp_path / name, numbered(5), **options)
    assert is_animation(path)
    with mimika.open_source(path) as film:
        assert (film.info.kind, film.info.frames) == ("video", 5)
        assert (film.info.width, film.info.height) == (112, 48)
        for _ in range(2):
            frames = list(film)
            assert numbers_of(frames) == list(range(5))
            # Pictures of 10 ms and less are shown for 100, as browsers do.
            assert [f.time_s for f in frames] == pytest.approx(TIMES)
            assert frames[-1].duration_s == pytest.approx(0.25)
    assert list(film) == []


@pytest.mark.parametrize("other", ["a.gif", "a.mp4", "a.jpg", "a"])
@pytest.mark.parametrize(("name", "options"), KINDS)
def test_the_name_may_be_that_of_another_kind(tmp_path, name, options, other):
    path = write_animation(tmp_path / name, numbered(5), **options).rename(tmp_path / other)
    with mimika.open_source(path) as film:
        assert numbers_of(film) == list(range(5))


@pytest.mark.parametrize("other", ["a.png", "a.webp", "a.mp4", "a.jpg"])
@pytest.mark.parametrize("name", ["a.gif", "a.mkv", "a.avi", "a.mov"])
def test_films_by_the_name_of_pictures_are_films(tmp_path, name, other):
    path = tmp_path / name
    if name == "a.gif":
        write_animation(path, numbered(5), [40, 80, 500, 100, 250])
    else:
        write_film(path, numbered(5), codec="mpeg4" if name == "a.avi" else "libx264")
    with mimika.open_source(path.rename(tmp_path / other)) as film:
        assert numbers_of(film) == list(range(5))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a"])
def test_still_pictures_by_the_name_of_films_are_told(tmp_path, name):
    pytest.importorskip("pillow_heif", reason="needs the heic extra").register_heif_opener()
    for kind in ("AVIF", "HEIF"):
        path = tmp_path / name
        Image.fromarray(numbered(1)[0]).save(path, kind)
        with pytest.raises(mimika.InputError, match="is a picture, not a film"):
            mimika.open_source(path)


def test_a_photo_called_gif_is_a_picture(tmp_path, media):
    path = tmp_path / "a.gif"
    path.write_bytes((media / "obama.jpg").read_bytes())
    with mimika.open_source(path) as source:
        assert isinstance(source, Images)
        assert [frame.image.shape for frame in source] == [(1137, 910, 3)]


def test_gifs_are_films_too(tmp_path):
    path = write_animation(tmp_path / "a.gif", numbered(5), [40, 80, 500, 100, 250])
    with mimika.open_source(path) as film:
        frames = list(film)
    assert numbers_of(frames) == list(range(5))
    assert [f.time_s for f in frames] == pytest.approx(TIMES)


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.avif"])
def test_an_animated_face_is_recognized(tmp_path, name):
    path = write_animation(tmp_path / name, base_images()[48::6], 125, quality=80)
    summary = mimika.process(path, sinks=[tmp_path / "out.mp4"])
    (person,) = summary.people.values()
    assert person.frames == 8
    assert max(person.shares(), key=person.shares().get) == "sad"
    with mimika.open_source(tmp_path / "out.mp4") as film:
        assert [f.time_s for f in film] == pytest.approx([i / 8 for i in range(8)], abs=2e-3)


def test_ranges_and_rotation(tmp_path):
    path = write_animation(tmp_path / "a.webp", numbered(5), 100, lossless=True)
    with mimika.open_source(path, start_s=0.1, end_s=0.3) as film:
        assert numbers_of(film) == [1, 2]
    with mimika.open_source(path, rotate=90) as film:
        assert (film.info.width, film.info.height) == (48, 112)
        assert {frame.image.shape for frame in film} == {(112, 48, 3)}
    lying = [np.rot90(image, -1) for image in base_images()[:6]]
    path = write_animation(tmp_path / "lying.png", lying, 100)
    with mimika.open_source(path, rotate="auto") as film:
        assert "turned by 270 degrees" in film.warnings[0]
        assert (film.info.width, film.info.height) == (640, 360)


@pytest.mark.parametrize("name", ["a.webp", "a.png"])
def test_one_that_breaks_off(tmp_path, name):
    path = write_animation(tmp_path / name, base_images()[:8], 100, quality=80)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    if not is_animation(path):
        with pytest.raises(mimika.InputError, match="damaged|not a picture"):
            read_picture(path)
        return
    with mimika.open_source(path) as film:
        count = len(list(film))
        assert 0 < count < 8
        assert f"{count} of the 8 pictures" in film.incomplete


def test_a_still_picture_of_these_kinds_is_a_picture(tmp_path):
    for name in ("a.webp", "a.png", "a.avif"):
        Image.fromarray(numbered(1)[0]).save(tmp_path / name)
        with mimika.open_source(tmp_path / name) as source:
            assert source.info.kind == "images"


def test_as_a_picture_the_first_is_read_and_said(tmp_path):
    path = write_animation(tmp_path / "a.webp", numbered(5), lossless=True)
    pages = [Image.fromarray(image) for image in numbered(3)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    with Images([path, tmp_path / "pages.tif"]) as pictures:
        frames = list(pictures)
    assert numbers_of(frames) == [0, 0]
    (warning,) = pictures.warnings
    assert "first is read" in warning
    assert "a.webp (5)" in warning
    assert "pages.tif (3)" in warning
    assert "mimika video" in warning


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_a_batch_and_an_audience_take_them_as_films_without_sound(tmp_path, name, options):
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    pytest.importorskip("scipy", reason="needs scipy")
    from mimika.audience.clock import recorded_at
    from mimika.audience.sound import has_sound, read_sound
    from mimika.batch.task import Task
    from mimika.batch.work import Worker
    from mimika.timeline.read import read_results

    path = write_animation(tmp_path / name, numbered(5), **options)
    worker, task = Worker(mimika.Settings(), 0.01), Task(str(path), "")
    plan = worker.plan(task)
    assert (plan.failed, len(plan.segments)) == ("", 1)
    part = tmp_path / "part.parquet"
    part.write_bytes(worker.read(task).part)
    assert [result.time_s for result in read_results(part)] == pytest.approx(TIMES)
    assert (has_sound(path), read_sound(path), recorded_at(path)) == (False, None, None)


def without_control_blocks(gif):
    """A GIF's bytes without the graphic control blocks, which are eight bytes each."""
    return re.sub(rb"\x21\xf9\x04.{4}\x00", b"", gif, flags=re.DOTALL)


def test_a_gif_without_control_blocks_has_all_its_pictures(tmp_path):
    path = write_animation(tmp_path / "a.gif", numbered(5), [40, 80, 500, 100, 250])
    assert not is_animation(path)  # FFmpeg takes it as it is
    whole = without_control_blocks(path.read_bytes())
    path.write_bytes(whole)
    with mimika.open_source(path) as film:
        frames = list(film)
    assert numbers_of(frames) == list(range(5))
    assert [f.time_s for f in frames] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
    # In the middle of what comes before the last picture.
    path.write_bytes(whole[: whole.rindex(b"\x2c\0\0\0\0") + 9])
    with mimika.open_source(path) as film:
        assert numbers_of(film) == list(range(4))
        assert "breaks off after 4 pictures" in film.incomplete
