"""Network streams: addresses that do not answer, passwords that are not shown."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np
import pytest

from helpers.media import write_video
from helpers.waiting import LONGEST_S, wait_until
from mimika.base.errors import InputError
from mimika.drawing.overlay import Overlay
from mimika.schema.results import FrameResult
from mimika.sinks.annotated_video import AnnotatedVideo
from mimika.sources.open import open_source
from mimika.sources.stream import Stream, without_password


def test_nobody_there_is_one_sentence():
    with pytest.raises(InputError, match="does not answer") as caught:
        Stream("http://user:secret@127.0.0.1:9/film")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_somebody_who_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/film"
        with pytest.raises(InputError, match="does not answer"):
            Stream(address, timeout_s=0.5)


def test_an_answer_that_is_no_film():
    def answer(server):
        client, _ = server.accept()
        with client:
            client.recv(1000)
            client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,), daemon=True)
        thread.start()
        with pytest.raises(InputError, match="does not answer"):
            Stream(f"http://127.0.0.1:{server.getsockname()[1]}/film", timeout_s=2)
        thread.join(LONGEST_S)


def test_passwords_are_not_shown():
    assert without_password("rtsp://me:pw@cam.local:554/live?x=pw") == "rtsp://cam.local:554/live"


@pytest.fixture
def served(tmp_path):
    """A web server of a folder, as plain as they come: no ranges. (folder, address)."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_of_a_film_on_a_web_server_no_frame_is_left_out(served):
    folder, address = served
    times = [i / 25 for i in range(60)]
    there = write_video(folder / "film.mp4", times, sound=True)
    out = folder / "out.mp4"
    with open_source(f"{address}/film.mp4?key=secret") as film, open_source(there) as same:
        assert not film.info.live
        assert "secret" not in repr(film.info)
        with AnnotatedVideo(out, film.info, Overlay()) as sink:
            for frame, expected in zip(film, same, strict=True):
                time.sleep(0.002)
                assert frame.time_s == expected.time_s
                assert np.array_equal(frame.image, expected.image)
                sink.write(frame, FrameResult(frame.time_s, frame.index, 64, 48, ()))
        assert film.dropped == 0
    with av.open(str(out)) as container:
        assert container.streams.video[0].frames == 60
        assert container.streams.audio, "the sound comes over the network too"


def test_a_live_stream_is_current_and_taken_up_again_when_it_breaks(tmp_path):
    film = write_video(tmp_path / "live.ts", [i / 25 for i in range(75)]).read_bytes()
    connections = []

    class Live(BaseHTTPRequestHandler):
        def do_GET(self):
            """Send three seconds of film three times as fast as it plays, then break off."""
            connections.append(self.client_address)
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                for part in range(0, len(film), len(film) // 50):
                    self.wfile.write(film[part : part + len(film) // 50])
                    time.sleep(0.02)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Live) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened = open_source(f"http://127.0.0.1:{server.server_port}/live")
        assert isinstance(opened, Stream)
        assert opened.info.live
        opened.close()
        address = f"http://127.0.0.1:{server.server_port}/live"
        before = len(connections)
        with Stream(address, first_pause_s=0.05, longest_pause_s=0.1) as stream:
            seen = []
            for frame in stream:
                seen.append(frame)
                wait_until(lambda: stream.dropped > len(seen))
                if stream.reopened >= 2:
                    break
        server.shutdown()
    assert len(connections) >= before + 3
    # Who is slow sees the newest frames only.
    assert stream.dropped > len(seen)
    assert [f.time_s for f in seen] == sorted(f.time_s for f in seen)
    assert [f.index for f in seen] == sorted({f.index for f in seen})
    assert "taken up again" in stream.warnings[0]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_losses_and_returns_leave_nothing_behind(tmp_path):
    psutil = pytest.importorskip("psutil", reason="needs psutil")
    film = write_video(tmp_path / "film.ts", [i / 25 for i in range(25)]).read_bytes()

    class Lost(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(film)

        def log_message(self, *_):
            pass

    process = psutil.Process()
    with ThreadingHTTPServer(("127.0.0.1", 0), Lost) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/live.ts"
        with Stream(address, first_pause_s=0.001, longest_pause_s=0.002) as stream:
            before, last_s = None, -1.0
            for frame in stream:
                assert frame.time_s > last_s
                last_s = frame.time_s
                if stream.reopened > 300:
                    before = before or (process.memory_info().rss, process.num_fds())
                if stream.reopened >= 1000:
                    break
            assert process.memory_info().rss - before[0] < 30 << 20
            assert process.num_fds() <= before[1] + 10
        server.shutdown()
    assert not [each for each in threading.enumerate() if each.name.startswith("read")]
