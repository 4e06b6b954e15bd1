"""Requests that are long, odd or many, and ask for more than they look."""

from __future__ import annotations

import base64
import json
import logging
import os
import struct
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from socket import SO_LINGER, SOL_SOCKET

import httpx
import pytest
from websockets.sync.client import connect

from helpers import attacks, floods
from helpers.answers import problem
from helpers.serving import serving
from helpers.waiting import LONGEST_S, wait_until
from mimika.apps.server import connections, process
from mimika.apps.server.jobs import Job
from mimika.apps.server.loop_shares import SHARES
from mimika.apps.server.rates import Flow
from mimika.apps.server.stream_summary import StreamSummary
from mimika.pipeline.analyze import PictureAnalyzer
from mimika.sources.frame import Frame

ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def answered(server, request):
    """The first bytes of the answer to a request as it is."""
    with attacks.connected(server.options.port) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def upgrade(*headers):
    key = base64.b64encode(os.urandom(16))
    return b"\r\n".join(
        [
            b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket",
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key,
            *headers,
            b"\r\n",
        ]
    )


def test_a_head_of_many_headers_is_refused(server):
    assert answered(server, ASK + b"a: b\r\n" * 100 + b"\r\n").startswith(b"HTTP/1.1 200")
    answer = answered(server, ASK + b"a:\r\n" * 2000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 431


def test_a_long_address_is_refused(server):
    def request(size):
        return b"GET /healthz?" + b"a" * size + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    assert answered(server, request(4000)).startswith(b"HTTP/1.1 200")
    assert answered(server, request(20_000)).startswith(b"HTTP/1.1 414")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("LOCALHOST:80", 200),
        ("[::1]:1", 200),
        ("localhost.", 421),
        ("0x7f.1", 421),
        ("[::ffff:127.0.0.1]", 421),
        ("localhost@evil.example", 400),
        ("evil.example@localhost", 400),
        ("localhost#evil.example", 400),
        ("localhost:evil", 400),
        ("localhost/evil.example", 400),
        ("127.0.0.1, evil.example", 400),
        ("①②⑦.⓪.⓪.①", 400),
    ],
)
def test_a_host_is_a_name_or_an_address_and_a_port(server, host, status):
    request = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    assert int(answered(server, request).split()[1]) == status


def test_who_asks_for_many_parts_of_a_file_gets_all_of_it(http):
    def parts(count):
        ranges = ",".join(f"{3 * i}-{3 * i + 1}" for i in range(count))
        return http.get("/page/sample.mp4", headers={"range": f"bytes={ranges}"})

    assert (parts(1).status_code, len(parts(1).content)) == (206, 2)
    assert parts(90).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=5-2", 400),
        ("bytes=--", 400),
        (f"bytes={'9' * 5000}-", 400),
        ("bytes=999999999-", 416),
        ("bytes=0-1", 206),
        # Units that are not known are as if nothing had been asked (RFC 9110, section 14.2).
        ("faces=0-1", 200),
        ("bytes", 200),
        ("bytes=\u00b2-", 200),
    ],
)
def test_a_part_of_a_file_that_there_is_not_is_a_problem(http, asked, status):
    headers = {"range": asked.encode("latin-1")}
    answer = http.get("/page/sample.mp4", headers=headers)
    assert answer.status_code == status
    if status >= 400:
        problem(answer, status)
        head = http.head("/page/sample.mp4", headers=headers)
        assert head.headers["content-length"] == answer.headers["content-length"]
    assert ("content-range" in answer.headers) == (status in (206, 416))


@contextmanager
def logged():
    """What uvicorn's log says meanwhile, one message each."""
    seen = []
    log = logging.getLogger("uvicorn.error")
    before = list(log.filters)
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())
    log.addHandler(handler)
    process.keep_log_short()
    try:
        yield seen
    finally:
        log.removeHandler(handler)
        log.filters[:] = before


def test_what_callers_send_does_not_fill_the_log(server):
    with logged() as seen:
        answered(server, b"nonsense\r\n\r\n")
        answered(server, ASK + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        answered(server, upgrade(b"Sec-WebSocket-Protocol: \xff"))
        with attacks.opened_socket(server.options.port) as socket:
            socket.sendall(attacks.text_frame(b"\xff\xfe"))
            assert socket.recv(4096)
    assert seen == []


def test_who_leaves_before_the_answers_does_not_fill_the_log(server):
    page = b"GET /page/vendor/uPlot.esm.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with logged() as seen:
        for ahead in (1, 4, 8, 30):
            for _ in range(5):
                with attacks.connected(server.options.port) as connection:
                    connection.sendall(page * ahead)
                    # Closing with a reset, as who crashed does.
                    connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        wait_until(lambda: not server.server.server_state.tasks)
    assert seen == []


def test_a_handshake_that_is_none_ends_the_connection(server):
    with attacks.connected(server.options.port) as connection:
        connection.sendall(upgrade(b"a: " + b"b" * 9000))
        answer = b""
        while more := connection.recv(4096):
            answer += more
    assert answer.startswith(b"HTTP/1.1 431")


def test_an_open_web_socket_outlives_the_time_for_its_handshake(server):
    with attacks.opened_socket(server.options.port) as socket:
        for protocol in list(server.server.server_state.connections):
            if isinstance(protocol, connections.GuardedSocket):
                protocol.loop.call_soon_threadsafe(protocol._give_up)
        socket.sendall(attacks.text_frame(b"x"))
        told = socket.recv(4096)
        while b"error" not in told:
            more = socket.recv(4096)
            assert more
            told += more


def test_more_bytes_than_an_address_may_stream_wait():
    text = floods.frame(1, b"x" * (1 << 20))
    with serving(limits={"stream_bytes_s": 1 << 20}) as running, ExitStack() as stack:
        began = time.monotonic()
        streams = [
            stack.enter_context(attacks.opened_socket(running.options.port)) for _ in range(3)
        ]
        for each in streams:
            each.sendall(text)
        for each in streams:
            came = b""
            while b"A text message is" not in came:
                came += each.recv(4096)
        # Three seconds' bytes, of which the first quarter of a second's may come at once.
        assert time.monotonic() - began > 1.5


def test_an_address_has_its_bytes_back_in_time():
    flow = Flow(1000, burst_s=0.5, most=2)
    assert flow.take("a", 500, 0.0) == 0
    assert flow.take("a", 250, 0.0) == 0.25
    assert flow.take("b", 250, 0.0) == 0
    assert flow.take("a", 0, 0.25) == 0
    assert flow.take("a", 501, 60.0) == pytest.approx(0.001)


@pytest.fixture(scope="module")
def one_face(media):
    import cv2

    image = cv2.imread(str(media / "obama.jpg"))
    return PictureAnalyzer()(Frame(image, 0.0, 0))


def test_a_summary_begins_anew_where_times_jump(one_face):
    summary = StreamSummary()
    assert summary.to_dict()["frames"] == 0
    for time_s in (0.0, 0.1):
        summary.add(replace(one_face, time_s=time_s))
    assert summary.to_dict()["frames"] == 2
    for time_s in (40_000.0, 40_000.1, 40_000.2):
        summary.add(replace(one_face, time_s=time_s))
    assert summary.to_dict()["frames"] == 2


def test_a_summary_begins_anew_where_faces_never_stay(one_face):
    summary, (face,) = StreamSummary(), one_face.faces
    summary.to_dict()
    for i in range(60):
        faces = tuple(replace(face, track_id=50 * i + j) for j in range(50))
        summary.add(replace(one_face, time_s=2.0 * i, faces=faces))
        assert len(summary.to_dict()["people"]) <= 500
    assert summary.to_dict()["people"]


def test_summaries_count_for_the_share_of_who_asks(server, monkeypatch):
    spent = []

    def long(_):
        until_s = time.thread_time() + 0.05
        while time.thread_time() < until_s:
            pass
        return {}

    monkeypatch.setattr(StreamSummary, "to_dict", long)
    monkeypatch.setattr(SHARES, "spend", lambda *each: spent.append(each))
    with connect(f"{server.ws}/v1/stream") as socket:
        socket.recv(timeout=LONGEST_S)
        socket.send('{"summary": true}')
        assert "summary" in socket.recv(timeout=LONGEST_S)
    assert max(seconds for address, seconds in spent if address == "127.0.0.1") >= 0.05


def test_one_address_follows_its_share_of_videos():
    with serving(limits={"address_clients": 2}) as running, ExitStack() as stack:
        jobs = running.state.jobs
        name, _ = jobs.create()
        jobs._tell(Job(name, state="running"))
        here, there = (
            stack.enter_context(
                httpx.Client(
                    base_url=running.url, transport=httpx.HTTPTransport(local_address=address)
                )
            )
            for address in ("127.0.0.1", "127.0.0.2")
        )
        path, followed = f"/v1/videos/{name}/events", []
        for _ in range(2):
            followed.append(stack.enter_context(there.stream("GET", path)).iter_lines())
            assert next(followed[-1]).startswith("data")
        assert "Your address" in problem(there.get(path), 429)
        with here.stream("GET", path) as answer:
            assert next(answer.iter_lines()).startswith("data")
        jobs.discard(name)
