"""Senders that are slow, silent, too many or too large; over raw sockets."""

from __future__ import annotations

import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from helpers import attacks
from helpers.answers import jpeg, problem
from helpers.serving import serving
from helpers.waiting import LONGEST_S, wait_until
from mimika.apps.server import connections
from mimika.apps.server.rates import RateLimit


def raw(running):
    return socket.create_connection(("127.0.0.1", running.options.port), timeout=LONGEST_S)


def said(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


HEAD = b"POST /v1/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


def test_an_oversized_body_is_refused_by_its_declared_length(server):
    most = server.options.limits.picture_bytes
    with raw(server) as connection:
        connection.sendall(HEAD % (most + 1))
        answer = said(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"16 MiB" in answer


def test_an_oversized_body_without_a_length_is_refused_as_it_comes():
    with serving(limits={"picture_bytes": 100_000}) as running, raw(running) as connection:
        connection.sendall(
            b"POST /v1/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        # The eleventh is one too many; who sends on would meet a closed connection.
        for _ in range(11):
            connection.sendall(b"2710\r\n" + bytes(10_000) + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_sender_that_stops_is_given_up():
    with serving(limits={"stalled_s": 0.3}) as running, raw(running) as connection:
        connection.sendall(HEAD % 1000 + b"x")
        assert said(connection).startswith(b"HTTP/1.1 408 ")


def test_a_sender_that_drips_is_given_up():
    with serving(limits={"stalled_s": 0.5}) as running, raw(running) as connection:
        connection.sendall(HEAD % 1000)
        dripping = threading.Event()

        def drip():
            while not dripping.wait(0.1):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
        finally:
            dripping.set()
            thread.join()


def test_a_client_that_takes_nothing_is_given_up():
    page = b"GET /page/vendor/uPlot.esm.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with serving(limits={"stalled_s": 1.0}) as running, raw(running) as connection:
        with pytest.raises(OSError):  # noqa: PT011 - reset, broken or full, as it happens
            while True:
                connection.sendall(page)
                time.sleep(0.01)
        wait_until(lambda: not running.server.server_state.connections)


def test_a_stream_that_takes_nothing_is_given_up():
    with (
        serving(limits={"stalled_s": 0.5}) as running,
        attacks.opened_socket(running.options.port) as connection,
    ):
        (protocol,) = running.server.server_state.connections
        # What the event loop says when the network takes no more.
        protocol.loop.call_soon_threadsafe(protocol.pause_writing)
        while connection.recv(4096):
            pass


def test_a_silent_connection_and_an_endless_head_are_closed(server, monkeypatch):
    monkeypatch.setattr(connections, "SILENT_S", 0.3)
    with raw(server) as silent, raw(server) as half:
        half.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        assert said(silent) == said(half) == b""
    with raw(server) as endless:
        endless.sendall(b"GET / HTTP/1.1\r\n")
        try:
            for _ in range(200):
                endless.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")
            assert not said(endless).startswith(b"HTTP/1.1 200")
        except OSError:
            pass  # closed under our hands: that is what is asked


def test_requests_ahead_of_answers_are_few(server):
    port = int(server.url.rsplit(":", 1)[1])
    ask = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with attacks.connected(port) as connection:
        connection.sendall(ask * 8)
        told = b""
        while told.count(b"HTTP/1.1 200") < 8:
            told += connection.recv(1 << 16)
    with attacks.connected(port) as connection, pytest.raises(ConnectionError):
        for _ in range(200):
            connection.sendall(ask * 200)
            time.sleep(0.01)


def test_what_is_not_http_is_refused(server):
    for nonsense in (b"\x16\x03\x01\x02\x00\x01", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with raw(server) as connection:
            connection.sendall(nonsense)
            connection.shutdown(socket.SHUT_WR)
            assert not said(connection).startswith(b"HTTP/1.1 200")


def test_two_hosts_or_none_are_refused(server):
    for hosts in (b"", b"Host: 127.0.0.1\r\nHost: evil.example\r\n"):
        with raw(server) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
            assert said(connection).startswith(b"HTTP/1.1 4")


def test_a_thousand_sockets_leave_the_server_answering(monkeypatch):
    # Those that are open stay open, however long the others take.
    monkeypatch.setattr(connections, "SILENT_S", 600.0)
    with serving(limits={"connections": 50}) as running:
        crowd = []
        try:
            for _ in range(1000):
                crowd.append(raw(running))  # noqa: PERF401 - those that are open are closed
            wait_until(lambda: answered(crowd) >= 950)
            assert sum(b"503" in first(connection) for connection in crowd) == 950
        finally:
            for connection in crowd:
                connection.close()
        wait_until(lambda: healthy(running))


def answered(crowd):
    """How many have something to read; `select` takes fewer connections than there are."""
    looking = select.poll()
    for connection in crowd:
        looking.register(connection, select.POLLIN)
    return len(looking.poll(0))


def first(connection):
    connection.setblocking(False)
    try:
        return connection.recv(4096)
    except BlockingIOError:
        return b""


def healthy(running):
    try:
        return httpx.get(f"{running.url}/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def test_an_overloaded_server_answers_503_and_recovers(face):
    with serving(limits={"waiting": 2}) as running, httpx.Client(base_url=running.url) as http:
        decoders, begins = running.state.analysis._decoders, threading.Event()
        decode = decoders.decode
        decoders.decode = lambda data: begins.wait() and decode(data)
        with ThreadPoolExecutor(8) as crowd:
            asked = [
                crowd.submit(httpx.post, f"{running.url}/v1/analyze", content=face)
                for _ in range(8)
            ]
            wait_until(lambda: sum(each.done() for each in asked) == 6)
            begins.set()
        answers = sorted((each.result() for each in asked), key=lambda a: a.status_code)
        assert [answer.status_code for answer in answers] == [200] * 2 + [503] * 6
        refused = answers[-1]
        problem(refused, 503)
        assert refused.headers["retry-after"] == "1"
        assert http.post("/v1/analyze", content=face).status_code == 200
        assert running.state.analysis._waiting == 0


def test_callers_that_leave_do_not_stay_in_the_queue(server, face):
    for _ in range(5):
        with raw(server) as connection:
            connection.sendall(HEAD % len(face) + face)
        with raw(server) as connection:
            connection.sendall(HEAD % len(face) + face[:1000])
    wait_until(lambda: not server.state.analysis._waiting)
    answer = httpx.post(f"{server.url}/v1/analyze", content=jpeg(64, 48))
    assert answer.status_code == 200


@pytest.mark.parametrize("seed", range(3))
def test_damaged_pictures_are_answered_or_told(http, face, seed):
    rng = np.random.default_rng(seed)
    for _ in range(10):
        data = bytearray(face)
        for place in rng.integers(0, len(data), 20):
            data[place] = rng.integers(256)
        answer = http.post("/v1/analyze", content=bytes(data))
        assert answer.status_code in (200, 422)


def test_a_rate_is_a_bucket_with_bounded_memory():
    rates = RateLimit(10.0, burst_s=1.0, most=3)
    assert [rates.allows("a", 0.0) for _ in range(12)] == [True] * 10 + [False] * 2
    assert rates.allows("b", 0.0)
    assert rates.allows("a", 0.1)
    assert not rates.allows("a", 0.1)
    for name in "cdef":
        rates.allows(name, 0.2)
    assert len(rates._buckets) == 3


def test_batches_gather_what_is_on_its_way_and_single_callers_do_not_wait():
    from mimika.apps.server.batching import BatchingModel
    from mimika.models.find import model_path
    from mimika.models.model import OnnxModel

    single = OnnxModel(model_path("default"), engine="cpu", threads=1)
    spec = single.card.input
    sizes = []
    batching = BatchingModel(single, window_s=1e6, seen=sizes.append)
    rng = np.random.default_rng(0)
    shape = (spec.height, spec.width, spec.channels)
    crops = [rng.integers(0, 256, (count, *shape), np.uint8) for count in (1, 2, 3)]
    together = threading.Barrier(len(crops))

    def ask(faces):
        with batching.coming():
            together.wait(LONGEST_S)
            return batching.predict(faces)["emotion"]

    with ThreadPoolExecutor(len(crops)) as threads:
        answers = list(threads.map(ask, crops))
    for faces, answer in zip(crops, answers, strict=True):
        np.testing.assert_allclose(answer, single(faces), atol=0.03)
    assert sum(sizes) == 6
    assert batching.predict(crops[0][:0])["emotion"].shape == (0, 9)
    # The window never ends: a caller who waited for nobody would wait here.
    with batching.coming():
        batching.predict(crops[0])
    with pytest.raises(Exception, match="."):
        batching.predict(np.zeros((1, 3, 3, 7), np.uint8))
    assert len(batching.predict(crops[0])["emotion"]) == 1
    batching.close()
