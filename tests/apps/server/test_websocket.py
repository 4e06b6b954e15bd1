"""The WebSocket: a camera's frames in, faces out."""

from __future__ import annotations

import gc
import json
import tracemalloc
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace

import cv2
import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

import mimika
from helpers.answers import validate
from helpers.serving import serving
from helpers.waiting import LONGEST_S, wait_until
from mimika.apps.server.schemas import SummaryShape
from mimika.pipeline.settings import Settings
from mimika.sources.video import Video


@pytest.fixture(scope="module")
def clip(demo_clip):
    """Every tenth frame of the demo clip with its time, as JPEG."""
    with Video(demo_clip) as video:
        return [
            (frame.time_s, cv2.imencode(".jpg", frame.image)[1].tobytes())
            for frame in video
            if frame.index % 10 == 0
        ]


def ask(socket, message):
    socket.send(message)
    return json.loads(socket.recv(timeout=LONGEST_S))


@contextmanager
def opened(running, **options):
    with connect(f"{running.ws}/v1/stream", **options) as socket:
        hello = json.loads(socket.recv(timeout=LONGEST_S))
        assert hello["type"] == "hello"
        yield socket


def test_the_clip_turns_from_sad_to_happy_under_one_number(server, clip):
    shown = []
    with opened(server) as socket:
        for number, (time_s, data) in enumerate(clip):
            socket.send(json.dumps({"time_s": time_s}))
            answer = ask(socket, data)
            assert answer["type"] == "result"
            assert answer["result"]["time_s"] == pytest.approx(time_s, abs=1e-3)
            assert answer["result"]["frame_index"] == number
            assert answer["timings"]["detect_ms"] > 0
            (face,) = answer["result"]["faces"]
            shown.append(face["emotion"])
            assert face["track_id"] == 1
    with httpx.Client(base_url=server.url) as http:
        validate(http, answer["result"])
    assert "sad" in shown[: len(shown) // 2]
    assert shown[-5:] == ["happy"] * 5


def test_reset_begins_anew_with_new_numbers(server, clip):
    with opened(server) as socket:
        first = ask(socket, clip[0][1])["result"]["faces"][0]["track_id"]
        socket.send('{"reset": true}')
        assert ask(socket, clip[0][1])["result"]["faces"][0]["track_id"] == first + 1


def test_a_stream_is_summed_up_as_python_does(server, clip):
    with opened(server) as socket:
        empty = {"frames": 0, "people": [], "moments": []}
        assert ask(socket, '{"summary": true}') == {"type": "summary", "summary": empty}
        summary = mimika.Summary()
        for time_s, data in clip:
            socket.send(json.dumps({"time_s": time_s}))
            summary.add(mimika.FrameResult.from_dict(ask(socket, data)["result"]))
        seen = ask(socket, '{"summary": true}')["summary"]
        assert SummaryShape.model_validate(seen).frames == len(clip)
        (person,) = seen["people"]
        # Both are rounded to milliseconds, the results in between too.
        wanted = summary.to_dict()["people"][0]["seconds"]
        assert person["seconds"] == pytest.approx(wanted, abs=0.0021)
        socket.send('{"reset": true}')
        assert ask(socket, '{"summary": true}')["summary"] == empty


def test_a_summary_stays_small(monkeypatch):
    from mimika.apps.server import stream_summary
    from mimika.schema.geometry import Box

    monkeypatch.setattr(stream_summary, "MOST_BYTES", 20_000)
    shares = {"happy": 0.25, "sad": 0.75}
    face = mimika.Face(Box(0, 0, 9, 9), 1, shares, "sad", 0.75, 0.9)
    summary = stream_summary.StreamSummary()
    summary.to_dict()
    for i in range(1990):
        summary.add(mimika.FrameResult(float(i), i, 9, 9, (face,)))
        assert summary._bytes() < 40_000
    assert 0 < summary.to_dict()["frames"] < 1990


def test_streams_do_not_mix(server, clip):
    with opened(server) as one, opened(server) as other:
        for socket in (one, other, one, other):
            (face,) = ask(socket, clip[0][1])["result"]["faces"]
            assert face["track_id"] == 1


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"no picture",
        b"\xff\xd8\xff\xe0" * 50,
        "text",
        "[]",
        '{"time_s": "now"}',
        '{"time_s": NaN}',
        '{"time_s": -1}',
        '{"time_s": 1e999}',
        '{"time_s": 1e308}',
        '{"time_s": 1' + "0" * 400 + "}",
        '{"time_s": 1, "x": [' + "1," * 1000 + "1]}",
        "[" * 100_000,
    ],
)
def test_a_bad_message_is_told_and_the_stream_goes_on(server, clip, message):
    with opened(server) as socket:
        answer = ask(socket, message)
        assert answer["type"] == "error"
        assert answer["problem"]["status"] == 422
        assert answer["problem"]["detail"].endswith(".")
        assert ask(socket, clip[0][1])["type"] == "result"


@pytest.mark.parametrize("large", ["x" * 4_000_000, b"x" * 4_000_000], ids=["text", "bytes"])
def test_a_large_message_is_not_kept_once_it_is_answered(server, clip, large):
    frame = clip[0][1]
    with ExitStack() as stack:
        streams = [stack.enter_context(opened(server)) for _ in range(2)]
        for socket in streams:
            for _ in range(5):
                ask(socket, frame)
        tracemalloc.start()
        stack.callback(tracemalloc.stop)
        for socket in streams:
            assert ask(socket, large)["type"] == "error"
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 2_000_000


def test_only_bad_frames_end_the_stream(server):
    with opened(server) as socket:
        for _ in range(20):
            assert ask(socket, b"bad")["type"] == "error"
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=LONGEST_S)
        assert closed.value.rcvd.code == 1008


def test_an_oversized_message_ends_the_stream(server):
    with opened(server) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            socket.send(bytes(server.options.limits.picture_bytes + 1))
            socket.recv(timeout=LONGEST_S)
        # Its answer may be lost where the rest of the message is still on its way.
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


def test_foreign_origin_and_name_are_refused(server):
    for options in (
        {"origin": "https://evil.example"},
        {"additional_headers": {"Host": "evil.example"}},
    ):
        with pytest.raises(InvalidStatus) as refused:
            opened(server, **options).__enter__()
        assert refused.value.response.status_code in (403, 421, 400)
    with opened(server, origin=server.url):
        pass


def test_the_token_travels_as_a_subprotocol_or_a_header(clip):
    token = "a-token-of-some-length"
    with serving(token=token) as running:
        for options in (
            {},
            {"additional_headers": {"Authorization": "Bearer no"}},
            {"subprotocols": ["mimika.v1", "mimika.token.no"]},
        ):
            with pytest.raises(InvalidStatus) as refused:
                opened(running, **options).__enter__()
            assert refused.value.response.status_code == 401
        with opened(running, additional_headers={"Authorization": f"Bearer {token}"}):
            pass
        protocols = ["mimika.v1", f"mimika.token.{token}"]
        with opened(running, subprotocols=protocols) as socket:
            # The token is not sent back.
            assert socket.subprotocol == "mimika.v1"


def test_full_house(clip):
    with serving(limits={"clients": 1, "idle_s": 600.0}) as running:
        with opened(running) as first:
            assert ask(first, clip[0][1])["type"] == "result"
            with connect(f"{running.ws}/v1/stream") as second:
                assert json.loads(second.recv(timeout=LONGEST_S))["problem"]["status"] == 503
                with pytest.raises(ConnectionClosed) as closed:
                    second.recv(timeout=LONGEST_S)
                assert closed.value.rcvd.code == 1013
        wait_until(lambda: not running.state.streams)
        with opened(running):
            assert running.state.streams == 1


def test_a_silent_client_gives_its_place_to_others():
    with serving(limits={"clients": 1, "idle_s": 0.3}) as running:
        for _ in range(2):
            with opened(running) as silent:
                with pytest.raises(ConnectionClosed) as closed:
                    silent.recv(timeout=LONGEST_S)
                assert closed.value.rcvd.code == 1000
            wait_until(lambda: not running.state.streams)


def test_streams_that_are_not_measured_yet_are_as_many_as_there_are_processors(clip):
    """All that begin within a second would else be taken, as none of them is slow so far."""
    with (
        serving(limits={"new_s": 300.0}, settings=Settings(threads=2)) as running,
        opened(running) as first,
        opened(running),
    ):
        with connect(f"{running.ws}/v1/stream") as third:
            refused = json.loads(third.recv(timeout=LONGEST_S))["problem"]
            assert refused["status"] == 503
            assert 0 < refused["retry_after_s"] <= 300
            assert f"in {refused['retry_after_s']} seconds" in refused["detail"]
        # A crowd from one address leaves a place to another, and readiness is not about newcomers.
        with connect(f"{running.ws}/v1/stream", source_address=("127.0.0.2", 0)) as other:
            assert json.loads(other.recv(timeout=LONGEST_S))["type"] == "hello"
        assert httpx.get(f"{running.url}/readyz").status_code == 200
        for _ in range(5):
            ask(first, clip[0][1])
        with opened(running):
            assert running.state.streams == 3


@pytest.mark.parametrize("text", ["", '{"reset": true}'])
def test_a_silent_stream_gives_its_place_to_an_address_that_has_none(clip, text):
    limits = {"clients": 2, "yielding_s": 0.0}
    with serving(limits=limits) as running, ExitStack() as stack:
        silent, there = (
            stack.enter_context(opened(running, source_address=(f"127.0.0.{i}", 0))) for i in (2, 3)
        )
        ask(there, clip[0][1])
        if text:  # that is not looking
            silent.send(text)
        with connect(f"{running.ws}/v1/stream", source_address=("127.0.0.2", 0)) as further:
            assert json.loads(further.recv(timeout=LONGEST_S))["problem"]["status"] == 503
        assert httpx.get(f"{running.url}/readyz").status_code == 200
        with opened(running) as here:
            lost = json.loads(silent.recv(timeout=LONGEST_S))["problem"]
            assert (lost["status"], "another visitor" in lost["detail"]) == (503, True)
            assert lost["retry_after_s"] >= 1
            with pytest.raises(ConnectionClosed) as closed:
                silent.recv(timeout=LONGEST_S)
            assert closed.value.rcvd.code == 1013
            assert {ask(each, clip[0][1])["type"] for each in (here, there)} == {"result"}
            assert running.state.streams == 2


def test_texts_do_not_keep_a_stream_open():
    with serving(limits={"idle_s": 0.5}) as running, opened(running) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.send('{"reset": true}')
                with suppress(TimeoutError):
                    socket.recv(timeout=0.01)
        assert closed.value.rcvd.code == 1000


def test_a_client_waits_until_there_is_a_place_for_its_stream(monkeypatch):
    limits = {"new_s": 300.0}
    with (
        serving(limits=limits, settings=Settings(threads=1)) as running,
        ExitStack() as earlier,
        mimika.Client(running.url) as client,
    ):
        earlier.enter_context(opened(running))
        waits = []

        def sleep(wait_s):
            waits.append(wait_s)
            if len(waits) == 2:
                earlier.close()
                wait_until(lambda: not running.state.streams)

        monkeypatch.setattr("mimika.client.client.time", SimpleNamespace(sleep=sleep))
        with client.stream() as see:
            assert see.labels
    assert len(waits) == 2
    assert all(wait_s >= 1 for wait_s in waits)


def test_a_client_that_never_listens_is_not_answered_ahead(server, clip):
    """Frames that come before the last one is answered wait in the network, not in memory."""
    with opened(server) as socket:
        for _ in range(30):
            socket.send(clip[0][1])
        answers = [
            json.loads(socket.recv(timeout=LONGEST_S))["result"]["frame_index"] for _ in range(30)
        ]
    assert answers == list(range(30))


def test_clients_are_told_when_the_server_ends(clip):
    with serving() as running, opened(running) as socket:
        running.close()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=LONGEST_S)
        assert closed.value.rcvd.code == 1012
