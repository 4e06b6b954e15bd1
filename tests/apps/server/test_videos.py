"""Videos as jobs."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from dataclasses import replace

import av
import httpx
import pyarrow.parquet as pq
import pytest

from helpers.answers import problem
from helpers.media import Tone, numbered, write_film, write_video
from helpers.serving import films_wait, serving
from helpers.waiting import wait_until
from mimika.apps.server.schemas import JobShape


@pytest.fixture(scope="module")
def server():
    """A server of its own, whose folder holds nothing but this module's videos."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def short(demo_clip, tmp_path_factory):
    """Two seconds of the demo clip."""
    path = tmp_path_factory.mktemp("clip") / "short.mp4"
    with av.open(str(demo_clip)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None and packet.pts * packet.time_base < 2:
                packet.stream = stream
                target.mux(packet)
    return path.read_bytes()


def finished(http, address):
    seen = []
    while True:
        job = JobShape.model_validate(http.get(address).json())
        seen.append(job.progress)
        if job.state in ("done", "failed"):
            return job, seen
        time.sleep(0.05)


def folders(running_state):
    return list(running_state.jobs._folder.iterdir())


def test_a_video_becomes_a_film_tables_and_a_summary(http, server, short):
    answer = http.post("/v1/videos?lang=ru", files={"file": ("../../x.mp4", short, "video/mp4")})
    assert answer.status_code == 202
    address = answer.headers["location"]
    job, seen = finished(http, address)
    assert (job.state, job.progress, job.error) == ("done", 1.0, None)
    assert seen == sorted(seen)
    (person,) = job.summary.people
    assert person.frames == job.frames == job.summary.frames > 40
    assert sum(person.shares.values()) == pytest.approx(1, abs=1e-3)
    with av.open(io.BytesIO(http.get(job.files.output).content)) as film:
        assert sum(1 for _ in film.decode(video=0)) == job.frames
    rows = list(csv.DictReader(io.StringIO(http.get(job.files.csv).text)))
    lines = [json.loads(line) for line in http.get(job.files.jsonl).text.splitlines()]
    assert len(lines) == job.frames
    assert len(rows) == sum(len(line["faces"]) for line in lines)
    table = pq.read_table(io.BytesIO(http.get(job.files.parquet).content))
    assert table.column("emotion").to_pylist() == [row["emotion"] for row in rows]
    assert table.column("x").to_pylist() == [float(row["x"]) for row in rows]
    # The upload itself is gone as soon as it is analyzed.
    (folder,) = folders(server.state)
    assert not (folder / "upload").exists()
    assert http.delete(address).status_code == 204
    assert folders(server.state) == []
    problem(http.get(address), 404)
    problem(http.delete(address), 404)
    problem(http.get(job.files.csv), 404)


def test_a_running_video_can_be_cancelled(http, server, demo_clip):
    with films_wait(server):
        answer = http.post(
            "/v1/videos", content=demo_clip.read_bytes(), headers={"content-type": "video/mp4"}
        )
        address = answer.headers["location"]
        problem(http.get(f"{address}/faces.csv"), 409)
    assert http.delete(address).status_code == 204
    problem(http.get(address), 404)
    gone(server)


def gone(running):
    wait_until(lambda: not folders(running.state))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello", "not a video"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a video"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a video"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(400), "The video is not a video"),
    ],
)
def test_what_is_no_video_is_told_and_leaves_nothing(http, server, content, words):
    said = problem(http.post("/v1/videos", content=content), 422)
    assert words in said
    assert "/" not in said
    assert folders(server.state) == []


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "PNG"])
def test_moving_pictures_are_no_videos(http, kind):
    from PIL import Image

    file, pictures = io.BytesIO(), [Image.new("RGB", (64, 48), (i, 0, 0)) for i in range(3)]
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:])
    detail = problem(http.post("/v1/videos", content=file.getvalue()), 422)
    assert "picture, not a video: send it to /v1/analyze" in detail


def test_sound_that_mp4_does_not_carry_is_encoded_anew(http, tmp_path):
    film = write_film(
        tmp_path / "a.avi", numbered(), codec="mpeg4", sounds=[Tone("libmp3lame", 8000, 2.0)]
    )
    address = http.post("/v1/videos", content=film.read_bytes()).headers["location"]
    job, _ = finished(http, address)
    assert (job.state, job.warnings) == ("done", [])
    with av.open(io.BytesIO(http.get(job.files.output).content)) as made:
        (sound,) = made.streams.audio
        assert (sound.codec_context.name, sound.rate) == ("aac", 8000)
    http.delete(address)


def test_pictures_are_no_videos(http, face):
    headers = {"content-type": "image/jpeg"}
    problem(http.post("/v1/videos", content=face, headers=headers), 415)
    problem(http.post("/v1/videos", content=face), 422)
    problem(http.post("/v1/videos?lang=xx", content=face), 422)


def test_a_truncated_video_is_analyzed_up_to_its_end(http, short):
    job, _ = finished(http, http.post("/v1/videos", content=cut_off(short)).headers["location"])
    assert job.state == "done"
    assert 20 < job.frames < 40
    assert not any("/" in warning for warning in job.warnings)


def cut_off(data):
    """The film as Matroska, cut off after two thirds."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(out, "w", format="matroska") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return out.getvalue()[: len(out.getvalue()) * 2 // 3]


def test_limits_of_videos(tmp_path, short):
    limits = {"video_s": 1.0, "video_bytes": 4 * 2**20, "video_pixels": 500 * 500, "jobs": 1}
    small = write_video(tmp_path / "small.mp4", [i / 10 for i in range(8)]).read_bytes()
    wide = write_video(tmp_path / "wide.mp4", [0.0, 0.1], size=(640, 480)).read_bytes()
    with serving(limits=limits) as running, httpx.Client(base_url=running.url) as http:
        assert "1 seconds" in problem(http.post("/v1/videos", content=tiny_long(tmp_path)), 422)
        assert "640x480" in problem(http.post("/v1/videos", content=wide), 422)
        problem(http.post("/v1/videos", content=bytes(4 * 2**20 + 1)), 413)
        assert folders(running.state) == []
        job, _ = finished(http, http.post("/v1/videos", content=small).headers["location"])
        assert (job.state, job.summary.people) == ("done", [])


def tiny_long(tmp_path):
    return write_video(tmp_path / "long.mp4", [i / 2 for i in range(8)]).read_bytes()


def test_a_full_queue_says_when_to_come_back(demo_clip):
    data = demo_clip.read_bytes()
    with serving(limits={"jobs": 1}) as running, httpx.Client(base_url=running.url) as http:
        with films_wait(running):
            first = http.post("/v1/videos", content=data)
            assert first.status_code == 202
            answer = http.post("/v1/videos", content=data)
        wait_s = int(answer.headers["retry-after"])
        assert f"in {wait_s} second" in problem(answer, 503)
        # The clip has 472 frames of 640x640; how fast they go is found out on the way.
        assert 1 <= wait_s <= 60
        folder = running.state.jobs._folder
    # The running one was cancelled, and nothing is left on the disk.
    assert not folder.exists()


def test_results_are_removed_after_their_time(tmp_path, short):
    with serving(limits={"results_s": 0.0}) as running, httpx.Client(base_url=running.url) as http:
        small = write_video(tmp_path / "small.mp4", [i / 10 for i in range(8)]).read_bytes()
        finished(http, http.post("/v1/videos", content=small).headers["location"])
        running.state.jobs.sweep()
        assert folders(running.state) == []


def test_a_clock_that_jumps_removes_no_results(tmp_path):
    small = write_video(tmp_path / "small.mp4", [i / 10 for i in range(8)]).read_bytes()
    with serving() as running, httpx.Client(base_url=running.url) as http:
        address = http.post("/v1/videos", content=small).headers["location"]
        finished(http, address)
        (folder,) = folders(running.state)
        for then_s in (0.0, time.time() + 1e6):
            os.utime(folder / "state.json", (then_s, then_s))
            running.state.jobs.sweep()
            running.state.jobs.sweep()
            assert http.get(address).json()["state"] == "done"
        running.state.jobs._limits = replace(running.options.limits, results_s=0.0)
        running.state.jobs.sweep()
        assert folders(running.state) == []


@pytest.mark.parametrize("name", ["..", "%2e%2e", "x", "a" * 22, "..%2f..%2fetc", "é", "a" * 100])
def test_names_that_are_none_lead_nowhere(http, name):
    answer = http.get(f"/v1/videos/{name}")
    assert answer.status_code in (404, 422, 405)
