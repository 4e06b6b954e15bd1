"""Films of strangers are read in a process of their own."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import av
import cv2
import httpx
import psutil
import pytest
from PIL import Image

from helpers import attacks
from helpers.answers import problem
from helpers.faces import base_images
from helpers.media import write_film, write_video
from helpers.serving import serving
from helpers.waiting import LONGEST_S, wait_until
from mimika.apps.server import film_decoder
from mimika.apps.server.downloads import downloads
from mimika.apps.server.film_results import written_while_seen
from mimika.apps.server.films import COSTLY, FilmReader, film_budget, probe
from mimika.apps.server.options import Limits
from mimika.base.errors import InputError

UNFINISHED = ("queued", "running")


def ended(http, address):
    while (job := http.get(address).json())["state"] in UNFINISHED:
        time.sleep(0.02)
    return job


@pytest.fixture
def film(tmp_path):
    # Its pictures take more than the memory that one of the tests leaves it.
    return write_video(tmp_path / "film.mp4", [i / 25 for i in range(20)], (1280, 720))


def test_the_server_never_opens_a_strangers_film(http, film, monkeypatch):
    opened = []
    plain = av.open

    def noted(file, *rest, **options):
        opened.append(str(file))
        return plain(file, *rest, **options)

    monkeypatch.setattr(av, "open", noted)
    address = http.post("/v1/videos", content=film.read_bytes()).headers["location"]
    assert ended(http, address)["state"] == "done"
    assert opened
    assert not [name for name in opened if name.endswith("upload")]


def test_a_film_that_ends_its_process_is_refused_and_the_server_goes_on(demo_clip, monkeypatch):
    with serving() as running, httpx.Client(base_url=running.url) as http:
        jobs, killed = running.state.jobs, threading.Event()
        # Where it would pause; not before the process is known.
        monkeypatch.setattr(
            running.state.analysis,
            "wait_until_idle",
            lambda _: jobs._reading and killed.wait(LONGEST_S),
        )
        address = http.post("/v1/videos", content=demo_clip.read_bytes()).headers["location"]
        wait_until(lambda: jobs._reading)
        os.kill(jobs._reading._process._process.pid, signal.SIGKILL)
        killed.set()
        job = ended(http, address)
        assert (job["state"], job["error"]) == ("failed", COSTLY)
        assert http.get("/readyz").status_code == 200
        again = http.post("/v1/videos", content=demo_clip.read_bytes()).headers["location"]
        assert http.delete(again).status_code == 204


def test_a_gif_of_which_only_the_first_picture_would_be_seen_is_refused(http):
    file, pictures = io.BytesIO(), [Image.new("L", (64, 48), 80 * i) for i in range(3)]
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=40)
    # Pillow writes a graphic control block for each, which the format leaves open.
    without = re.sub(rb"\x21\xf9\x04.{4}\x00", b"", file.getvalue(), flags=re.DOTALL)
    assert problem(http.post("/v1/videos", content=without), 422) == film_decoder.NO_TIMES
    address = http.post("/v1/videos", content=file.getvalue()).headers["location"]
    assert ended(http, address)["frames"] == 3
    http.delete(address)


def test_a_gif_whose_first_picture_never_comes_is_given_up(tmp_path):
    path = tmp_path / "film.gif"
    path.write_bytes(b"GIF89a" + bytes(7) + b"!\xfe" + b"\x01c" * 5_000_000)
    with pytest.raises(InputError) as refused:
        probe(path, film_budget(Limits(video_cpu_s=0.2)))
    assert str(refused.value) == COSTLY


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"video_memory": 1 << 20}, "The video"), ({"video_cpu_s": 0.001}, COSTLY)],
)
def test_a_film_that_breaks_its_budget_is_refused(film, limits, words):
    with serving(limits=limits) as running, httpx.Client(base_url=running.url) as http:
        assert words in problem(http.post("/v1/videos", content=film.read_bytes()), 422)


def test_a_film_whose_frames_take_too_long_together_is_refused(tmp_path):
    path, seen = tmp_path / "film.webm", []
    path.write_bytes(attacks.tiny_frames(20_000))
    with FilmReader(path, film_budget(Limits())) as film:
        opened_s = sum(psutil.Process(film._process._process.pid).cpu_times()[:2])
    # All of its frames take five times as long as to open it, on whichever machine.
    budget = film_budget(Limits(video_cpu_s=2 * opened_s, video_slowest_hz=1e15))
    with FilmReader(path, budget) as film, pytest.raises(InputError) as refused:
        seen.extend(frame.index for frame in film)
    assert str(refused.value) == COSTLY
    assert seen


def test_a_film_has_time_for_each_frame_and_for_all_of_them():
    budget = film_budget(Limits(video_cpu_s=20.0, video_slowest_hz=10e6))
    assert budget.left_s(0, 0.0) == 20
    # However fast the frames before were, one is given no more than the first.
    assert budget.left_s(10**9, 50.0) == 20
    assert budget.left_s(10**9, 110.0) == pytest.approx(10)
    with pytest.raises(InputError):
        budget.left_s(10**9, 120.0)


def test_a_large_film_is_reduced_and_its_tables_are_in_the_pixels_of_the_original(media, tmp_path):
    face = cv2.imread(str(media / "obama.jpg"))
    height, width = face.shape[0] // 2 * 2, face.shape[1] // 2 * 2
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(6):
            frame = av.VideoFrame.from_ndarray(face[:height, :width].copy(), format="bgr24")
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    found = {}
    for longest in (4000, 600):
        with (
            serving(limits={"video_longest": longest}) as running,
            httpx.Client(base_url=running.url) as http,
        ):
            address = http.post("/v1/videos", content=path.read_bytes()).headers["location"]
            job = ended(http, address)
            rows = list(csv.DictReader(io.StringIO(http.get(job["files"]["csv"]).text)))
            with av.open(io.BytesIO(http.get(job["files"]["output"]).content)) as seen:
                shown = seen.streams.video[0]
                found[longest] = rows[-1], max(shown.width, shown.height)
    (whole, whole_side), (reduced, reduced_side) = found[4000], found[600]
    assert (whole_side, reduced_side) == (max(width, height), 600)
    for column in ("x", "y", "width", "height"):
        assert float(reduced[column]) == pytest.approx(float(whole[column]), abs=20)


def test_a_film_on_its_side_is_turned_and_the_networks_that_saw_it_are_gone(tmp_path):
    turned = [cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE) for image in base_images()[:12]]
    path = write_film(tmp_path / "side.mp4", turned)
    with FilmReader(path, film_budget(Limits())) as film:
        if sys.platform == "linux":
            maps = Path(f"/proc/{film._process._process.pid}/maps").read_text(encoding="utf-8")
            assert "libavcodec" in maps
            assert "onnxruntime" not in maps
        assert [frame.image.shape for frame in film] == [(360, 640, 3)] * 12
        (warning,) = film.warnings
        assert "turned by 270 degrees clockwise" in warning


def test_the_server_itself_loads_no_library_for_one_kind_of_result():
    # Arrow would stay in its memory, 45 MB, after the first film.
    kinds = written_while_seen()
    assert {kind.option for kind in kinds} < {kind.option for kind in downloads()}
    assert not [kind for kind in kinds if kind.package]


def test_what_another_process_says_of_its_frames_is_not_believed(film, monkeypatch):
    budget = film_budget(Limits())
    with FilmReader(film, budget) as source:
        monkeypatch.setattr(
            source._process, "next", lambda: (0.0, 0.0, 0, 100_000, 100_000, 100, 100)
        )
        with pytest.raises(InputError, match="more time or memory"):
            next(iter(source))
        monkeypatch.setattr(source._process, "next", lambda: (0.0, 0.0, 0, 9, 9, 9000, 9000))
        with pytest.raises(InputError, match="9000x9000"):
            next(iter(source))


def test_a_film_of_many_sound_tracks_keeps_a_few_of_them(film, tmp_path, http):
    path = tmp_path / "tracks.mkv"
    with av.open(str(film)) as pictures, av.open(str(path), "w") as container:
        moving = container.add_stream_from_template(pictures.streams.video[0])
        tracks = [container.add_stream("flac", rate=8000) for _ in range(40)]
        for packet in pictures.demux(video=0):
            if packet.size:
                packet.stream = moving
                container.mux(packet)
        for track in tracks:
            silence = av.AudioFrame(format="s16", layout="mono", samples=4000)
            silence.planes[0].update(bytes(silence.planes[0].buffer_size))
            silence.rate, silence.pts = 8000, 0
            container.mux([*track.encode(silence), *track.encode(None)])
    address = http.post("/v1/videos", content=path.read_bytes()).headers["location"]
    job = ended(http, address)
    assert job["state"] == "done", job
    with av.open(io.BytesIO(http.get(job["files"]["output"]).content)) as seen:
        assert len(seen.streams.audio) == film_decoder.MOST_TRACKS


def test_a_large_film_has_one_thread_that_decodes(tmp_path):
    from mimika.apps.server.containers import open_container
    from mimika.sources.film import Film

    path = tmp_path / "film.mp4"
    path.write_bytes(attacks.large_film(frames=1, size=(2560, 1440)))
    film = Film(str(path), "film.mp4", None, open_container(path, 9_000_000))
    try:
        assert film.stream.codec_context.thread_count == 1
    finally:
        film.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_a_film_in_4k_takes_the_memory_that_is_documented(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(attacks.large_film(frames=24))
    with FilmReader(path, film_budget(Limits())) as source:
        process, highest = psutil.Process(source._process._process.pid), 0
        for frame in source:
            assert frame.image.shape == (1080, 1920, 3)
            highest = max(highest, process.memory_full_info().uss)
    assert 100e6 < highest < 250e6
