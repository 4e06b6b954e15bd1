"""Each attack that got through once, small; scripts/attack_server.py has them large."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from select import select

import httpx
import pytest

from helpers import attacks
from helpers.answers import jpeg, problem
from helpers.serving import films_wait, serving
from helpers.waiting import wait_until
from mimika.apps.server import connections

CPU_S = 0.5
TOKEN = "a-token-of-some-length"
CHUNKED = b"POST /v1/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server():
    """A server of its own with small budgets, so that breaking them is quick."""
    limits = {"picture_cpu_s": CPU_S, "penalty_s": 600.0, "picture_pixels": 25_000_000}
    with serving(limits=limits) as running:
        yield running


@pytest.fixture(autouse=True)
def no_penalty(server):
    """No address waits because of what another test sent."""
    forgive(server)


def forgive(running):
    analysis = running.state.analysis
    for penalties in (analysis._costly, analysis._slow):
        penalties._until.clear()


@contextmanager
def watched(running, look):
    """Look at the processes that decode until the block ends; the list gets what was seen."""
    import psutil

    seen, ended = [], threading.Event()

    def watch():
        while True:
            last, now = ended.wait(0.01), []
            for pid in running.state.analysis._decoders.processes():
                with suppress(psutil.Error):  # it has just ended
                    now.append(look(psutil.Process(pid)))
            seen.append(now or [0])
            if last:
                break

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def processor_s(process):
    return sum(process.cpu_times()[:2])


def memory(process):
    return process.memory_info().rss


@pytest.mark.parametrize("name", attacks.PICTURES)
def test_a_costly_picture_is_ended_and_others_are_answered(server, http, face, name):
    ended = server.state.analysis._decoders.ended
    data = attacks.PICTURES[name]()
    with watched(server, processor_s) as used_s:
        problem(http.post("/v1/analyze", content=data), 422)
    # Unbounded these took 8 to 28 s.
    assert max(map(max, used_s)) < 6 * CPU_S
    if server.state.analysis._decoders.ended > ended:
        answer = http.post("/v1/analyze", content=face)
        assert "wait" in problem(answer, 429)
        assert int(answer.headers["retry-after"]) > 1
        forgive(server)
    assert http.post("/v1/analyze", content=face).status_code == 200


# Encoding 25 megapixels of HEIC takes long.
KINDS = [
    pytest.param(kind, marks=[pytest.mark.slow] * (kind == "HEIF"))
    for kind in (*attacks.FLAT, "inflating TIFF", "growing GIF")
]


@pytest.mark.parametrize("kind", KINDS)
def test_large_pictures_of_every_kind_keep_to_their_memory(server, http, face, kind):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif", reason="needs the heif extra")
    made = {"inflating TIFF": attacks.inflating_tiff, "growing GIF": attacks.growing_gif}
    data = made[kind]() if kind in made else attacks.flat_picture(kind, **attacks.FLAT[kind])
    assert len(data) < 2 << 20
    with watched(server, memory) as taken:
        answer = http.post("/v1/analyze", content=data)
    assert answer.status_code in (200, 422), answer.text
    assert max(map(max, taken)) < 350 << 20
    forgive(server)
    assert http.post("/v1/analyze", content=face).status_code == 200


def test_a_large_picture_of_a_few_kilobytes_takes_little_memory():
    import psutil

    data = attacks.palette_png()
    assert len(data) < 30_000
    with serving(limits={"address_pictures": 8}) as running:
        with watched(running, memory) as taken, ThreadPoolExecutor(8) as crowd:
            answers = [
                crowd.submit(httpx.post, f"{running.url}/v1/analyze", content=data, timeout=None)
                for _ in range(8)
            ]
        for answer in answers:
            assert (answer.result().json()["width"], answer.result().json()["faces"]) == (5000, [])
        assert max(map(sum, taken)) < 600 << 20
        left = map(psutil.Process, running.state.analysis._decoders.processes())
        assert sum(process.memory_info().rss for process in left) < 400 << 20


def test_a_large_photo_is_reduced_and_its_boxes_are_those_of_the_original(media):
    import cv2

    photo = cv2.imread(str(media / "obama.jpg"))
    large = cv2.resize(photo, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    # A server with the usual budgets.
    with serving() as running, httpx.Client(base_url=running.url) as http:
        (small_face,) = http.post("/v1/analyze", content=encoded(photo)).json()["faces"]
        answer = http.post("/v1/analyze", content=encoded(large))
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["width"], seen["height"]) == (large.shape[1], large.shape[0])
    (face,) = seen["faces"]
    for side in ("x", "y", "width", "height"):
        assert face["box"][side] / 3 == pytest.approx(small_face["box"][side], abs=15)
    assert face["emotion"] == small_face["emotion"]


def encoded(image):
    import cv2

    return cv2.imencode(".jpg", image)[1].tobytes()


def test_a_film_that_grows_is_held_to_its_limit(http):
    import psutil

    film = attacks.growing_film((8000, 8000))
    before = psutil.Process().memory_info().rss
    address = http.post("/v1/videos", content=film).headers["location"]
    while (job := http.get(address).json())["state"] in ("queued", "running"):
        assert psutil.Process().memory_info().rss - before < 400 << 20
        time.sleep(0.01)
    # What is too large is not decoded; the rest of the film is there.
    assert (job["state"], job["frames"]) == ("done", 3)
    assert "2 broken frames" in job["warnings"][0]
    http.delete(address)


def test_a_film_that_never_ends_is_refused_by_its_header(http):
    film = attacks.endless_film(seconds=100)
    assert len(film) < 1 << 20
    assert "more frames of this size" in problem(http.post("/v1/videos", content=film), 422)


def test_a_film_that_lies_about_its_length_is_ended_by_its_frames(tmp_path):
    from helpers.media import write_video

    film = write_video(tmp_path / "film.mp4", [i / 25 for i in range(20)]).read_bytes()
    with serving(limits={"video_work": 64 * 48 * 10}) as running:
        jobs = running.state.jobs
        jobs._check = lambda *_: 0  # a header that says nothing
        with httpx.Client(base_url=running.url) as http:
            address = http.post("/v1/videos", content=film).headers["location"]
            while (job := http.get(address).json())["state"] in ("queued", "running"):
                time.sleep(0.02)
            assert "more frames of this size" in job["error"]


def test_one_address_has_its_share_of_videos(demo_clip):
    data = demo_clip.read_bytes()
    with serving(limits={"jobs": 4, "address_jobs": 1}) as running:
        here, there = (
            httpx.Client(base_url=running.url, transport=httpx.HTTPTransport(local_address=address))
            for address in ("127.0.0.1", "127.0.0.2")
        )
        with here, there, films_wait(running):
            assert here.post("/v1/videos", content=data).status_code == 202
            answer = here.post("/v1/videos", content=data)
            assert "Your other videos" in problem(answer, 429)
            assert int(answer.headers["retry-after"]) >= 1
            assert there.post("/v1/videos", content=data).status_code == 202


@pytest.mark.parametrize("frame", [attacks.EMPTY_PING, attacks.EMPTY_FRAGMENT])
def test_a_flood_of_frames_ends_its_stream_and_nobody_elses(server, http, frame):
    with attacks.opened_socket(server.options.port) as flooding:
        flooding.sendall(attacks.FIRST_FRAGMENT if frame == attacks.EMPTY_FRAGMENT else b"")
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken, as it happens
            for _ in range(2000):
                flooding.sendall(frame * 1000)
        assert http.get("/healthz").status_code == 200


def test_a_kept_connection_has_a_time_for_each_request(server, monkeypatch):
    with attacks.connected(server.options.port) as kept:
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(connections, "SILENT_S", 0.5)
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
        assert kept.recv(65536) == b""


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
        CHUNKED + b"1\r\nx\r\n0\r\nX: ",
        CHUNKED + b"1;x=",
    ],
    ids=["head", "trailer", "chunk extension"],
)
def test_an_endless_head_is_given_up(server, beginning):
    with attacks.connected(server.options.port) as endless:
        endless.sendall(beginning)
        sent = 0
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken, as it happens
            while sent < 64 << 20:
                sent += endless.send(b"x" * (1 << 16))
        assert sent < 32 << 20


def test_one_address_has_its_share_of_connections():
    with serving(limits={"connections": 40, "address_connections": 20}) as running:
        crowd = [attacks.connected(running.options.port, "127.0.0.2") for _ in range(60)]
        try:
            # The others are turned away.
            wait_until(lambda: len(select(crowd, [], [], 0)[0]) == 40)
            wait_until(lambda: len(running.server.server_state.connections) == 20)
            assert httpx.get(f"{running.url}/healthz").status_code == 200
        finally:
            for connection in crowd:
                connection.close()


@pytest.mark.parametrize("header", [{"host": "["}, {"origin": "http://["}, {"host": "[::1"}])
def test_a_header_that_is_no_address_is_400(header):
    with serving(token=TOKEN) as running, httpx.Client(base_url=running.url) as http:
        problem(http.post("/v1/analyze", content=b"x", headers=header), 400)


def test_such_headers_count_as_requests():
    with serving(limits={"rate_hz": 0.01}) as running, httpx.Client(base_url=running.url) as http:
        answers = [http.get("/", headers={"host": "["}).status_code for _ in range(5)]
        assert answers == [400, 429, 429, 429, 429]


def test_nothing_is_fetched_for_a_film_that_names_others(http):
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", 0))
        tcp.settimeout(0.2)
        for content in attacks.disguised(port):
            detail = problem(http.post("/v1/videos", content=content), 422)
            assert "127.0.0.1" not in detail
        with pytest.raises(TimeoutError):
            tcp.accept()


def test_bodies_in_memory_are_bounded_together(face):
    limits = {"held_bytes": len(face) + 1000, "stalled_s": 600.0}
    with serving(limits=limits) as running:
        with attacks.connected(running.options.port) as slow:
            slow.sendall(attacks.HEAD % len(face) + face[:-10])
            wait_until(lambda: running.state.analysis.held.bytes)
            answer = httpx.post(f"{running.url}/v1/analyze", content=face)
            assert "fill the memory" in problem(answer, 503)
            assert httpx.post(f"{running.url}/v1/analyze", content=jpeg(8, 8)).status_code == 200
        wait_until(lambda: not running.state.analysis.held.bytes)
        assert httpx.post(f"{running.url}/v1/analyze", content=face).status_code == 200


def test_one_address_has_its_share_of_the_memory_for_bodies(face):
    with (
        serving(limits={"address_held": len(face) + 1000, "stalled_s": 600.0}) as running,
        attacks.connected(running.options.port, "127.0.0.2") as slow,
    ):
        slow.sendall(attacks.HEAD % len(face) + face[:-10])
        wait_until(lambda: running.state.analysis.held.bytes)
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(base_url=running.url, transport=transport) as there:
            answer = there.post("/v1/analyze", content=face)
            assert "Your other pictures" in problem(answer, 429)
        assert httpx.post(f"{running.url}/v1/analyze", content=face).status_code == 200


def test_one_address_has_its_share_of_the_queue(face):
    with serving(limits={"address_waiting": 3, "address_pictures": 1}) as running:
        decoders, begins = running.state.analysis._decoders, threading.Event()
        decode = decoders.decode
        decoders.decode = lambda data: begins.wait() and decode(data)
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(base_url=running.url, transport=transport) as there:
            with ThreadPoolExecutor(9) as crowd:
                asked = [crowd.submit(there.post, "/v1/analyze", content=face) for _ in range(8)]
                wait_until(lambda: sum(each.done() for each in asked) == 5)
                here = crowd.submit(httpx.post, f"{running.url}/v1/analyze", content=face)
                wait_until(lambda: running.state.analysis.waiting == 4)
                begins.set()
            assert here.result().status_code == 200
            statuses = [each.result().status_code for each in asked]
        assert sorted(statuses) == [200] * 3 + [429] * 5


def test_a_small_picture_does_not_wait_for_large_ones(face):
    data = attacks.palette_png()
    with serving(limits={"address_pictures": 2}) as running:
        decoders, large_ones = running.state.analysis._decoders, []
        heavy, decode_heavy = decoders._heavy, decoders.decode_heavy
        decoders.decode_heavy = lambda data: large_ones.append(data) or decode_heavy(data)
        worker = heavy._free.get()  # as if it were busy without an end
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with (
            httpx.Client(base_url=running.url, transport=transport) as there,
            ThreadPoolExecutor(2) as crowd,
        ):
            large = [crowd.submit(there.post, "/v1/analyze", content=data) for _ in range(2)]
            try:
                wait_until(lambda: large_ones)
                answer = httpx.post(f"{running.url}/v1/analyze", content=face)
                assert (answer.status_code, sum(each.done() for each in large)) == (200, 0)
            finally:
                heavy._free.put(worker)
        assert [each.result().status_code for each in large] == [200] * 2


def test_a_decoder_that_is_killed_from_outside_costs_nobody_an_answer(server, http, face):
    with ThreadPoolExecutor(4) as crowd:
        asked = [
            crowd.submit(httpx.post, f"{server.url}/v1/analyze", content=face) for _ in range(16)
        ]
        for _ in range(3):
            time.sleep(0.1)
            for pid in server.state.analysis._decoders._light.processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    assert [each.result().status_code for each in asked] == [200] * 16


def test_a_form_over_a_megabyte_never_reaches_the_disk(server, face, monkeypatch):
    import tempfile

    def spooled(*_, **__):
        raise AssertionError("a temporary file was opened")

    for name in ("SpooledTemporaryFile", "TemporaryFile", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, name, spooled)
    data = face + bytes(3 << 20)
    answer = httpx.post(f"{server.url}/v1/analyze", files={"file": ("x.jpg", data)})
    assert answer.status_code == 200
