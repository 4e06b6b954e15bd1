"""What is written is whole, right, and nothing else."""

from __future__ import annotations

import csv
import errno
import json

import av
import cv2
import numpy as np
import pytest

from helpers.media import write_video
from mimika.base.errors import OutputError
from mimika.base.files import check_writable, replacing
from mimika.drawing.overlay import Overlay
from mimika.schema.columns import ResultSchema
from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult
from mimika.sinks import annotated_video
from mimika.sinks.annotated_video import AnnotatedVideo
from mimika.sinks.csv import CsvSink
from mimika.sinks.jsonl import JsonLinesSink
from mimika.sinks.stills import StillsSink
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.video import Video

SCHEMA = ResultSchema.of(("happy", "sad"))


def seen(frame: Frame, faces: int = 1) -> FrameResult:
    height, width = frame.image.shape[:2]
    made = tuple(
        Face(Box(5 + 9 * i, 6, 20, 25), i + 1, {"happy": 0.75, "sad": 0.25}, "happy", 0.75, 0.9)
        for i in range(faces)
    )
    return FrameResult(frame.time_s, frame.index, width, height, made, frame.name)


def frames(count=5, size=(64, 48)):
    image = np.full((size[1], size[0], 3), 60, np.uint8)
    return [Frame(image, i / 25, i, f"folder/{i}.png") for i in range(count)]


INFO = SourceInfo("camera 0", "camera", live=True, width=64, height=48, rate_hz=25)


def test_csv_has_a_row_for_each_face(tmp_path):
    with CsvSink(tmp_path / "a.csv", SCHEMA.named()) as sink:
        for frame, faces in zip(frames(3), (2, 0, 1), strict=True):
            sink.write(frame, seen(frame, faces))
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame_index"], row["track_id"], row["name"]) for row in rows] == [
        ("0", "1", "folder/0.png"),
        ("0", "2", "folder/0.png"),
        ("2", "1", "folder/2.png"),
    ]
    assert [float(rows[0][k]) for k in ("time_s", "x", "width", "happy")] == [0, 5, 20, 0.75]


def test_json_lines_are_the_one_shape(tmp_path):
    with JsonLinesSink(tmp_path / "a.jsonl") as sink:
        for frame, faces in zip(frames(2), (1, 0), strict=True):
            sink.write(frame, seen(frame, faces))
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert lines == [seen(frame, n).to_dict() for frame, n in zip(frames(2), (1, 0), strict=True)]


@pytest.mark.parametrize("size", [(64, 48), (63, 47), (1920, 1080)])
def test_films_of_any_size_keep_every_time(tmp_path, size):
    times = [0.0, 0.04, 0.3, 0.34, 1.2]
    with AnnotatedVideo(tmp_path / "a.mp4", INFO, Overlay()) as sink:
        for i, time_s in enumerate(times):
            frame = Frame(np.full((size[1], size[0], 3), 60, np.uint8), time_s, i)
            sink.write(frame, seen(frame))
    with Video(tmp_path / "a.mp4") as film:
        read = list(film)
    assert [frame.time_s for frame in read] == pytest.approx(times, abs=2e-3)
    assert read[0].image.shape[:2] == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    assert (read[0].image.max(axis=2) > 150).any(), "the box is drawn"


def test_a_camera_that_changes_its_size_keeps_the_film_going(tmp_path):
    with AnnotatedVideo(tmp_path / "a.mp4", INFO, Overlay()) as sink:
        for frame in (*frames(3), *frames(3, (128, 96))):
            sink.write(Frame(frame.image, frame.time_s + frame.image.shape[0], 0), seen(frame))
    with Video(tmp_path / "a.mp4") as film:
        assert {frame.image.shape for frame in film} == {(48, 64, 3)}


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_originals_sound_is_kept(tmp_path, suffix):
    original = write_video(tmp_path / "in.mp4", [i / 25 for i in range(50)], sound=True)
    out = tmp_path / f"out{suffix}"
    with Video(original) as film, AnnotatedVideo(out, film.info, Overlay()) as sink:
        for frame in film:
            sink.write(frame, seen(frame))

    def sound(path):
        with av.open(str(path)) as container:
            return np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])

    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in container.decode(video=0)) == 50
    before, after = sound(original), sound(out)
    assert abs(len(before) - len(after)) <= 2048
    assert np.abs(before[4096:20000] - after[4096:20000]).max() < 1e-3


def test_sound_that_mp4_does_not_carry_becomes_aac(tmp_path):
    original = tmp_path / "in.mkv"
    with av.open(str(original), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        track = container.add_stream("pcm_s16le", rate=16000)
        for i in range(25):
            picture = np.full((48, 64, 3), i, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
        for i in range(16):
            samples = np.zeros((1, 1000), np.int16)
            sound = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            sound.sample_rate, sound.pts = 16000, i * 1000
            container.mux(track.encode(sound))
        container.mux(track.encode(None))
    out = tmp_path / "out.mp4"
    with Video(original) as film, AnnotatedVideo(out, film.info, Overlay()) as sink:
        for frame in film:
            sink.write(frame, seen(frame))
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"


def test_a_film_over_itself_or_of_another_kind_is_refused(tmp_path):
    original = write_video(tmp_path / "in.mp4", [0, 0.04])
    with Video(original) as film:
        with pytest.raises(OutputError, match="itself"):
            AnnotatedVideo(original, film.info, Overlay())
        with pytest.raises(OutputError, match=r"\.mp4"):
            AnnotatedVideo(tmp_path / "a.txt", film.info, Overlay())


def test_a_disk_that_fills_up_is_told_to_the_writer(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(annotated_video.AnnotatedVideo, "_encode", full)
    with (
        pytest.raises(OutputError, match="disk is full"),
        AnnotatedVideo(tmp_path / "a.mp4", INFO, Overlay()) as sink,
    ):
        for frame in frames(50):
            sink.write(frame, seen(frame))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["seen.mp4", "seen.mkv", "seen.gif", "seen.HEIC", "seen.avif"])
def test_pictures_are_not_written_by_the_name_of_a_film(tmp_path, name):
    with pytest.raises(OutputError, match="cannot be written from pictures"):
        StillsSink(tmp_path / name, Overlay())
    (tmp_path / name).mkdir()
    StillsSink(tmp_path / name, Overlay()).close()
    # A folder's name may have a dot.
    StillsSink(tmp_path / "seen.v2", Overlay()).close()


def test_stills_one_file_a_folder_and_never_the_source(tmp_path, media):
    image = cv2.imread(str(media / "astronaut.png"))
    frame = Frame(image, name=str(media / "astronaut.png"))
    with StillsSink(tmp_path / "one.jpg", Overlay()) as sink:
        sink.write(frame, seen(frame))
        with pytest.raises(OutputError, match="give a folder"):
            sink.write(frame, seen(frame))
    with StillsSink(tmp_path / "many", Overlay()) as sink:
        sink.write(frame, seen(frame))
        sink.write(frame, seen(frame))
    assert sorted(p.name for p in (tmp_path / "many").iterdir()) == [
        "astronaut-2.png",
        "astronaut.png",
    ]
    own = tmp_path / "own.png"
    cv2.imwrite(str(own), image)
    with pytest.raises(OutputError, match="itself"), StillsSink(tmp_path, Overlay()) as sink:
        sink.write(Frame(image, name=str(own)), seen(frame))
    assert np.array_equal(cv2.imread(str(own)), image)


def test_replacing_keeps_the_older_file_when_the_body_raises(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("older")
    with pytest.raises(ZeroDivisionError), replacing(path) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        check_writable(tmp_path / "file" / "a.csv")
