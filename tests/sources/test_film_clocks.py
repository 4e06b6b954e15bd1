"""Films whose clock was set while they were recorded, that were put end to end, and with edits."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.containers import edit, shift_clusters, shift_fragments
from helpers.media import Tone, numbered, numbers_of, sound_of, write_film
from mimika import open_source, process
from mimika.sources.sampling import Sampling
from mimika.sources.video import Video

HOUR_MS = 3_600_000


def wall_clock(tmp_path, shift_ms, **options):
    """A film of 4 s, at half past two by its clock, whose clusters of half a second are moved."""
    path = write_film(
        tmp_path / "camera.mkv",
        numbered(96),
        times_s=[9000 + i / 24 for i in range(96)],
        options={"g": "12", **options},
        container_options={"cluster_time_limit": "500"},
    )
    return shift_clusters(path, shift_ms)


def put_end_to_end(tmp_path, ending):
    codec = "mpeg2video" if ending == "mpg" else "libx264"
    one = write_film(
        tmp_path / f"one.{ending}", numbered(48), codec=codec, options={"g": "12", "bf": "2"}
    )
    path = tmp_path / f"two.{ending}"
    path.write_bytes(one.read_bytes() * 2)
    return path


FILMS = {
    "an hour back": lambda folder: wall_clock(folder, lambda i: -HOUR_MS if i > 3 else 0),
    "back, then right again": lambda folder: wall_clock(
        folder, lambda i: -HOUR_MS if 2 <= i < 5 else 0
    ),
    "a second back": lambda folder: wall_clock(folder, lambda i: -1200 if i > 3 else 0, bf="0"),
    "fragments": lambda folder: shift_fragments(
        write_film(
            folder / "fragments.mp4",
            numbered(96),
            options={"g": "8", "bf": "0"},
            container_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"},
        ),
        lambda i: 90_000_000 * (2 if i < 6 else 1),
    ),
    "mkv end to end": lambda folder: put_end_to_end(folder, "mkv"),
    "ts end to end": lambda folder: put_end_to_end(folder, "ts"),
    "mpg end to end": lambda folder: put_end_to_end(folder, "mpg"),
}


def rows(frames):
    return [
        (round(frame.time_s, 3), number)
        for frame, number in zip(frames, numbers_of(frames), strict=True)
    ]


@pytest.mark.parametrize("kind", FILMS)
def test_times_go_on_and_every_way_of_reading_gives_the_same_frames(tmp_path, kind):
    path = FILMS[kind](tmp_path)
    with Video(path) as film:
        whole = rows(list(film))
    assert len(whole) == 96
    steps = np.diff([time_s for time_s, _ in whole])
    assert steps.min() > 0.02
    assert steps.max() < 0.1
    assert "begin anew" in " ".join(film.warnings)
    for start_s, end_s in [(0.52, 1.43), (1.02, None), (2.52, 3.52), (3.02, None)]:
        with Video(path, start_s=start_s, end_s=end_s) as part:
            inside = [row for row in whole if start_s <= row[0] < (end_s or 9)]
            assert rows(list(part)) == inside
    for start_s in (0.0, 2.52):
        sampling = Sampling(seconds=0.11)
        looked_at = [row for row in whole if row[0] >= start_s and sampling.takes(row[0])]
        with Video(path, start_s=start_s) as part:
            seen = [each for each in part.sampled(Sampling(seconds=0.11)) if not each.skipped]
        assert rows(seen) == looked_at


def test_a_clock_that_was_set_back_by_less_than_a_second_lacks_nothing(tmp_path):
    path = wall_clock(tmp_path, lambda i: -500 if i > 3 else 0)
    with Video(path) as film:
        frames = list(film)
    assert (film.warnings, film.incomplete, len(frames)) == ([], "", 96)
    with Video(path) as film:
        seen = [each.time_s for each in film.sampled(Sampling(seconds=0.1)) if not each.skipped]
    assert np.diff(seen).max() < 0.15


@pytest.mark.parametrize("ending", ["mkv", "ts", "mpg"])
def test_films_shorter_than_a_second_go_on_too(tmp_path, ending):
    codec = "mpeg2video" if ending == "mpg" else "libx264"
    one = write_film(
        tmp_path / f"one.{ending}",
        numbered(16),
        codec=codec,
        options={"bf": "2"},
        sounds=[Tone(codec="mp2", seconds=16 / 24, format="s16")],
    )
    path = tmp_path / f"two.{ending}"
    path.write_bytes(one.read_bytes() * 2)
    for sampling in (None, Sampling(seconds=0.001)):
        with Video(path) as film:
            frames = list(film.sampled(sampling) if sampling else film)
        assert [frame.time_s for frame in frames] == pytest.approx(
            [i / 24 for i in range(32)], abs=6e-2
        )
    process(path, sinks=[tmp_path / "seen.mp4"])
    sound, rate, _ = sound_of(tmp_path / "seen.mp4")
    assert len(sound) / rate == pytest.approx(4 / 3, abs=0.1)


@pytest.mark.parametrize(
    ("ending", "codec", "read"),
    [
        ("mp4", "libx264", 1),
        ("mov", "libx264", 1),
        ("3gp", "libx264", 1),
        ("flv", "libx264", 1),
        ("wmv", "wmv2", 1),
        ("nut", "libx264", 1),
        ("ivf", "libvpx", 1),
        # FFmpeg reads of the second film what looks like one.
        ("swf", "flv1", 1),
        ("mkv", "libx264", 2),
    ],
)
def test_a_film_behind_another_that_is_not_read_is_named(tmp_path, ending, codec, read):
    one = write_film(tmp_path / f"one.{ending}", numbered(24), codec=codec)
    with Video(one) as film:
        assert len(list(film)) == 24
    assert film.incomplete == ""
    path = tmp_path / f"more.{ending}"
    path.write_bytes(one.read_bytes() * (read + 1))
    with Video(path, end_s=0.3) as film:
        list(film)
    assert film.incomplete == ""
    with Video(path) as film:
        frames = len(list(film))
    assert frames in {read * 24, read * 24 + 1} or (ending == "swf" and frames < 48)
    assert f"another film, from byte {read * one.stat().st_size} on" in film.incomplete
    assert film.incomplete in film.warnings


def test_a_flash_film_says_what_lacks(tmp_path):
    whole = write_film(tmp_path / "one.swf", numbered(24), codec="flv1").read_bytes()
    cut = tmp_path / "cut.swf"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with Video(cut) as film:
        assert 5 < len(list(film)) < 24
    assert f"{len(whole) - cut.stat().st_size} bytes are missing" in film.incomplete
    piped = tmp_path / "piped.swf"
    piped.write_bytes(whole[:4] + (100 << 20).to_bytes(4, "little") + whole[8:])
    with Video(piped) as film:
        assert len(list(film)) == 24
    assert film.incomplete == ""


def test_a_clock_that_is_set_ahead_is_a_gap_as_a_slide_is(tmp_path):
    path = wall_clock(tmp_path, lambda i: HOUR_MS if i > 3 else 0)
    with Video(path) as film:
        assert list(film)[-1].time_s > 3600


def test_the_sound_of_a_part_behind_the_seam_is_that_of_the_part(tmp_path):
    halves = [
        write_film(tmp_path / f"{hertz}.mpg", numbered(48), codec="mpeg2video", sounds=[tone])
        for hertz in (440, 880)
        for tone in [Tone(codec="mp2", seconds=2.0, hertz=hertz, format="s16")]
    ]
    path = tmp_path / "both.mpg"
    path.write_bytes(b"".join(half.read_bytes() for half in halves))
    with open_source(path, start_s=2.5) as film:
        process(film, sinks=[tmp_path / "seen.mp4"])
    sound, rate, begins_s = sound_of(tmp_path / "seen.mp4")
    assert begins_s == pytest.approx(0, abs=0.05)
    middle = sound[rate // 2 : rate]
    hertz = np.abs(np.fft.rfft(middle)).argmax() * rate / len(middle)
    assert hertz == pytest.approx(880, abs=3)


@pytest.mark.parametrize(
    ("edits", "shown"),
    [
        ([(3, 1.0)], [*range(24, 96)]),
        ([(2, 1.25)], [*range(30, 78)]),
        ([(2, None), (4, 0.0)], [*range(96)]),
        ([(1, 0.5), (1, 2.5)], [*range(12, 36), *range(60, 84)]),
        ([(1, 2.0), (1, 0.0)], [*range(48, 72), *range(24)]),
        ([(1, 0.0), (1, 0.0)], [*range(24), *range(24)]),
        ([(100, 0.0)], [*range(96)]),
    ],
)
def test_what_the_edits_of_an_mp4_show(tmp_path, edits, shown):
    path = write_film(tmp_path / "a.mp4", numbered(96), options={"bf": "0", "g": "24"})
    edit(path, edits)
    with Video(path) as film:
        whole = rows(list(film))
    assert [number for _, number in whole] == shown
    assert [time_s for time_s, _ in whole] == pytest.approx(
        [i / 24 for i in range(len(shown))], abs=2e-3
    )
    assert (film.warnings, film.incomplete) == ([], "")
    with Video(path, start_s=0.52) as part:
        assert rows(list(part)) == [row for row in whole if row[0] > 0.52]
    sampling = Sampling(seconds=0.11)
    with Video(path) as film:
        seen = [each for each in film.sampled(Sampling(seconds=0.11)) if not each.skipped]
    assert rows(seen) == [row for row in whole if sampling.takes(row[0])]
