"""The cut: which moments, where cut, and what editors and players get."""

from __future__ import annotations

import csv
from fractions import Fraction

import av
import numpy as np
import pytest

from helpers.rooms import film_sound
from helpers.viewings import number_of, write_film
from mimika.audience.cuts import Clip, choose_clips, on_frames
from mimika.audience.edit import FilmFrames, reel, write_edit
from mimika.audience.moments import FilmMoment
from mimika.audience.shots import ShotFinder
from mimika.audience.trailer import SOUND_HZ, mixed, write_trailer

otio = pytest.importorskip("opentimelineio", reason="needs the audience extra")
pytest.importorskip("scenedetect", reason="needs the audience extra")
SECONDS = 40


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "An episode, 1.mp4"
    return write_film(path, SECONDS, film_sound(SECONDS, 5), shot_s=4.0)


def moment(onset_s, emotion, effect, *, p=0.001, length_s=3.0):
    return FilmMoment(
        onset_s=onset_s,
        peak_s=onset_s + 1,
        end_s=onset_s + length_s,
        emotion=emotion,
        effect=effect,
        low=effect - 1,
        high=effect + 1,
        share=0.5,
        viewers=20,
        synchrony=0.5,
        p=p,
    )


MOMENTS = [
    moment(100, "happy", 6),
    moment(200, "sad", 3),
    moment(300, "happy", 5),
    moment(400, "happy", 4),
    moment(450, "fear", 9, p=0.6),
    moment(560, "sad", 8),
]


def test_emotions_take_turns_and_chance_is_passed_over():
    clips = choose_clips(MOMENTS, length_s=14, duration_s=600, no_spoilers_s=60)
    assert [(c.emotion, c.effect) for c in clips] == [("happy", 6), ("sad", 3), ("happy", 5)]
    assert sum(c.duration_s for c in clips) <= 14
    assert all(c.begin_s < m.onset_s for c, m in zip(clips, MOMENTS, strict=False))
    rising = choose_clips(MOMENTS, length_s=14, duration_s=600, no_spoilers_s=60, order="rising")
    assert [c.effect for c in rising] == [3, 5, 6]


def test_nothing_of_the_end_and_nothing_twice():
    near = [moment(100, "happy", 6), moment(102, "sad", 5), moment(536, "happy", 4)]
    clips = choose_clips(near, length_s=60, duration_s=600, no_spoilers_s=60)
    assert [c.effect for c in clips] == [6, 4]
    assert clips[-1].end_s <= 540
    assert choose_clips(near, length_s=1, duration_s=600) == []


def test_shots_are_those_of_the_stream_that_is_the_film(film, tmp_path):
    path = tmp_path / "two streams.mkv"
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        small = target.add_stream("libx264", rate=25)
        small.width, small.height, small.pix_fmt = 32, 32, "yuv420p"
        large = target.add_stream_from_template(source.streams.video[0])
        for _ in range(SECONDS * 25):
            plain = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="bgr24")
            target.mux(small.encode(plain))
        target.mux(small.encode(None))
        for packet in source.demux(video=0):
            if packet.pts is not None:
                # The film's own clock begins late.
                packet.pts += round(3 / packet.time_base)
                packet.dts += round(3 / packet.time_base)
                packet.stream = large
                target.mux(packet)
    assert ShotFinder(path)(6.0, 18.0) == pytest.approx([8, 12, 16], abs=0.05)


def test_pieces_that_touch_are_one():
    beside = [moment(9.6, "happy", 5), moment(14.2, "sad", 6), moment(33, "sad", 4)]
    clips = choose_clips(
        beside, length_s=60, duration_s=600, shots=lambda begin, end: [8, 12.5, 17, 32, 36]
    )
    assert [(c.begin_s, c.end_s, c.emotion) for c in clips] == [(8, 17, "sad"), (32, 36, "sad")]


def test_cuts_go_to_the_film_s_own(film):
    found = ShotFinder(film)(6.0, 18.0)
    assert found == pytest.approx([8, 12, 16], abs=0.05)
    (clip,) = choose_clips(
        [moment(9.0, "happy", 5, length_s=4)],
        length_s=60,
        duration_s=SECONDS,
        shots=ShotFinder(film),
    )
    assert (clip.begin_s, clip.end_s) == pytest.approx((8.0, 12.0), abs=0.05)


@pytest.mark.parametrize(
    ("rate", "mode", "start"),
    [
        (Fraction(24000, 1001), "NON-DROP FRAME", "01:00:00:00"),
        (Fraction(25), "NON-DROP FRAME", "01:00:00:00"),
        (Fraction(30000, 1001), "DROP FRAME", "01:00:00;00"),
    ],
)
def test_an_editor_reads_the_edl_back(tmp_path, rate, mode, start):
    frames = FilmFrames(tmp_path / "An episode, 1.mp4", rate, 0, round(600 * rate), True)
    clips = [
        on_frames(Clip(begin_s=a, end_s=b, emotion="happy", effect=5.0), float(rate))
        for a, b in ((61.02, 65.5), (200.7, 204.0))
    ]
    write_edit(tmp_path, frames, clips, "Trailer")
    text = (tmp_path / "cut.edl").read_text()
    lines = [line.split() for line in text.splitlines() if line[:3].isdigit()]
    assert text.startswith(f"TITLE: Trailer\nFCM: {mode}\n")
    assert [line[1:4] for line in lines] == [["AN_EPISO", "AA/V", "C"]] * 2
    assert lines[0][6] == start
    assert lines[0][7] == lines[1][6]
    assert ("* FROM CLIP NAME:  An episode, 1.mp4") in text
    # Source timecodes count the film's frames, by the rules of its rate.
    for line, clip in zip(lines, clips, strict=True):
        begin, end = (
            otio.opentime.from_timecode(code, float(rate)).to_frames() for code in line[4:6]
        )
        assert (begin, end) == tuple(round(t * rate) for t in (clip.begin_s, clip.end_s))
    again = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    read = again.video_tracks()[0].find_clips()
    assert [c.source_range.duration.to_frames() for c in read] == [
        round((c.end_s - c.begin_s) * rate) for c in clips
    ]
    whole = otio.adapters.read_from_file(str(tmp_path / "cut.otio"))
    assert [track.kind for track in whole.tracks] == ["Video", "Audio"]
    assert whole.duration().to_frames() == sum(round(c.duration_s * rate) for c in clips)
    assert whole.global_start_time.rate == pytest.approx(float(rate))
    with (tmp_path / "cuts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["source_in"] for row in rows] == [line[4] for line in lines]


@pytest.mark.parametrize(
    ("own", "counted"),
    [
        (Fraction(15), Fraction(30)),
        (Fraction(2987, 100), Fraction(30000, 1001)),
        (Fraction(5), Fraction(25)),
        (Fraction(120), Fraction(60)),
    ],
)
def test_a_film_of_a_rate_that_timecodes_lack_is_cut_at_one_that_they_have(tmp_path, own, counted):
    film = write_film(tmp_path / "film.mp4", 8, None, rate=own)
    frames = FilmFrames.of(film)
    assert frames.rate == counted
    clip = on_frames(Clip(begin_s=2, end_s=4, emotion="sad", effect=3), float(counted))
    write_edit(tmp_path, frames, [clip], "Trailer")
    text = (tmp_path / "cut.edl").read_text()
    assert otio.adapters.read_from_string(text, "cmx_3600", rate=float(counted))
    write_trailer(tmp_path / "trailer.mp4", frames, [clip])
    numbers = [number_of(picture) for picture in pictures_of(tmp_path / "trailer.mp4")]
    assert len(numbers) == round(2 * counted)
    # Frames are repeated or left out, never out of place by more than one.
    exact = [(2 + place / float(counted)) * float(own) for place in range(len(numbers))]
    assert np.abs(np.array(numbers) - exact).max() <= 1.01


def test_reels_are_what_cmx_knows():
    assert reel("Серия 1 (final)") == "1_FINAL"
    assert reel("Серия") == "FILM"
    assert reel("a") == "A"
    assert reel("") == "FILM"


TWO_CLIPS = [
    Clip(begin_s=20.04, end_s=23.04, emotion="sad", effect=3),
    Clip(begin_s=3.0, end_s=5.2, emotion="happy", effect=5),
]


def pictures_of(path):
    with av.open(str(path)) as made:
        return [frame.to_ndarray(format="bgr24") for frame in made.decode(video=0)]


def test_the_trailer_has_the_film_s_frames_and_sound(film, tmp_path):
    frames = FilmFrames.of(film)
    assert (frames.rate, frames.sound) == (25, True)
    write_trailer(tmp_path / "trailer.mp4", frames, TWO_CLIPS, fade_s=0)
    numbers = [number_of(picture) for picture in pictures_of(tmp_path / "trailer.mp4")]
    assert numbers == [*range(501, 576), *range(75, 130)]
    with av.open(str(tmp_path / "trailer.mp4")) as made:
        sound_s = sum(f.samples for f in made.decode(audio=0)) / SOUND_HZ
    assert sound_s == pytest.approx(5.2, abs=0.05)
    assert not list(tmp_path.glob(".*part*"))


def test_pictures_dissolve_around_the_cut_and_only_there(film, tmp_path):
    frames = FilmFrames.of(film)
    write_trailer(tmp_path / "trailer.mp4", frames, TWO_CLIPS)
    made = pictures_of(tmp_path / "trailer.mp4")
    assert len(made) == 75 + 55
    # Three frames on either side of the cut are mixed (0.24 s), all others are the film's own.
    own = [*made[:72], *made[78:]]
    assert [number_of(p) for p in own] == [*range(501, 573), *range(78, 130)]
    # The plain part below the numbers goes from one shot's color to the other's, in even steps.
    shades = np.array([picture[40:].mean(axis=(0, 1)) for picture in made])
    before, after = shades[71], shades[78]
    assert np.abs(before - after).max() > 60
    for place in range(6):
        share = (place + 0.5) / 6
        expected = (1 - share) * before + share * after
        assert shades[72 + place] == pytest.approx(expected, abs=4), place
    assert shades[:72] == pytest.approx(np.tile(before, (72, 1)), abs=3)


def test_colors_and_the_shape_of_pixels_stay(tmp_path):
    wide = tmp_path / "wide.mp4"
    with av.open(str(wide), "w") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.codec_context.color_range, stream.codec_context.colorspace = 2, 5
        for _ in range(100):
            picture = av.VideoFrame.from_ndarray(
                np.full((48, 64, 3), 200, np.uint8), format="bgr24"
            ).reformat(format="yuvj420p")
            target.mux(stream.encode(picture))
        target.mux(stream.encode(None))
    clip = Clip(begin_s=0, end_s=3, emotion="sad", effect=3)
    write_trailer(tmp_path / "trailer.mp4", FilmFrames.of(wide), [clip])
    with av.open(str(tmp_path / "trailer.mp4")) as made:
        assert made.streams.video[0].codec_context.sample_aspect_ratio == Fraction(4, 3)
        assert made.streams.video[0].codec_context.colorspace == 5
        picture = next(made.decode(video=0)).to_ndarray(format="bgr24")
    assert picture.mean() == pytest.approx(200, abs=2)


def test_sound_is_the_film_s_and_fades_at_the_cuts(film):
    frames = FilmFrames.of(film)
    sound = mixed(frames, TWO_CLIPS)
    assert sound.shape == (2, round(5.2 * SOUND_HZ))
    whole = mixed(frames, [Clip(begin_s=18.0, end_s=25.0, emotion="sad", effect=3)])
    inside = sound[0, SOUND_HZ // 2 : SOUND_HZ]
    same = whole[0, int(2.54 * SOUND_HZ) : int(2.54 * SOUND_HZ) + len(inside)]
    assert np.corrcoef(inside, same)[0, 1] > 0.99
    jumps = np.abs(np.diff(sound[0]))
    cut = 3 * SOUND_HZ
    assert jumps[cut - 200 : cut + 200].max() <= jumps.max()


def test_a_film_without_sound_makes_a_silent_trailer(tmp_path):
    silent = write_film(tmp_path / "silent.mp4", 8, None, rate=Fraction(30000, 1001))
    frames = FilmFrames.of(silent)
    assert (frames.rate, frames.sound, frames.drop_frame) == (Fraction(30000, 1001), False, True)
    clip = on_frames(Clip(begin_s=2, end_s=4, emotion="sad", effect=3), float(frames.rate))
    write_trailer(tmp_path / "trailer.mp4", frames, [clip])
    with av.open(str(tmp_path / "trailer.mp4")) as made:
        assert not made.streams.audio
        assert sum(1 for _ in made.decode(video=0)) == 60
    write_edit(tmp_path, frames, [clip], "Silent")
    assert " V     C" in (tmp_path / "cut.edl").read_text()


def test_a_cover_before_the_film_is_passed_over(tmp_path):
    from mimika.apps.report.strip import film_strip

    path = tmp_path / "cover first.mkv"
    with av.open(str(path), "w") as target:
        cover, moving = target.add_stream("mjpeg", rate=1), target.add_stream("libx264", rate=25)
        cover.width, cover.height, cover.pix_fmt = 600, 600, "yuvj420p"
        moving.width, moving.height, moving.pix_fmt = 64, 48, "yuv420p"
        still = av.VideoFrame.from_ndarray(np.zeros((600, 600, 3), np.uint8), format="rgb24")
        target.mux(cover.encode(still))
        target.mux(cover.encode(None))
        for i in range(100):
            picture = np.full((48, 64, 3), i, np.uint8)
            target.mux(moving.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        target.mux(moving.encode(None))
    assert FilmFrames.of(path).rate == 25
    assert {frame.width for frame in film_strip(path, 4.0)} == {96}
