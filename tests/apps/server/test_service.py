"""What operators and programs ask beside pictures and films."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from helpers.answers import problem, validate
from helpers.media import write_video
from helpers.serving import serving
from helpers.waiting import LONGEST_S
from mimika.apps.server.schemas import JobShape, JobsShape, ReadyShape

TOKEN = "a-token-of-some-length"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def film(tmp_path):
    return write_video(tmp_path / "film.mp4", [i / 10 for i in range(8)]).read_bytes()


def followed(http, address):
    """The states of a job, as its events tell them."""
    with http.stream("GET", f"{address}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    return [JobShape.model_validate(json.loads(line.removeprefix("data: "))) for line in lines]


def test_a_video_is_followed_by_its_events(http, film):
    address = http.post("/v1/videos", content=film).headers["location"]
    states = followed(http, address)
    assert states[-1].state == "done"
    assert len(followed(http, address)) == 1
    problem(http.get("/v1/videos/aaaaaaaaaaaaaaaaaaaaaa/events"), 404)
    http.delete(address)


def test_everything_that_can_be_read_has_a_head(http, film):
    address = http.post("/v1/videos", content=film).headers["location"]
    followed(http, address)
    paths = ["/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/model", "/v1/fields"]
    paths += [address, f"{address}/faces.csv", f"{address}/events", "/page/style.css"]
    for path in paths:
        head, got = http.head(path), http.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-type"] == got.headers["content-type"]
    assert http.head("/v1/nothing").status_code == 404
    http.delete(address)


def test_a_wrong_method_is_told_all_right_ones(http):
    name = "a" * 22
    for path, methods in {
        f"/v1/videos/{name}": "DELETE, GET, HEAD",
        "/v1/videos": "GET, HEAD, POST",
        "/v1/analyze": "POST",
        "/v1/model": "GET, HEAD",
    }.items():
        answer = http.put(path)
        problem(answer, 405)
        assert answer.headers["allow"] == methods


def test_an_address_with_a_slash_too_many_leads_nowhere_else(http):
    for path in ("/v1/model/", "/v1/analyze/", "/page"):
        problem(http.get(path), 404)


@pytest.mark.parametrize("path", ["/v1/analyze", "/v1/batch", "/v1/videos"])
def test_a_compressed_body_is_told(http, face, path):
    headers = {"content-encoding": "gzip"}
    answer = http.post(path, content=gzip.compress(face), headers=headers)
    assert "compressed (gzip)" in problem(answer, 415)
    plain = http.post("/v1/analyze", content=face, headers={"content-encoding": "identity"})
    assert plain.status_code == 200


def test_what_is_no_http_is_a_problem_document(server):
    import socket

    with socket.create_connection(("127.0.0.1", server.options.port), LONGEST_S) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == 400


def test_several_pictures_in_one_request(http, media, face):
    files = [
        ("file", ("two.jpg", (media / "two_people.jpg").read_bytes())),
        ("file", ("bad.jpg", b"no picture")),
        ("file", ("empty.jpg", b"")),
        ("file", ("one.jpg", face)),
    ]
    answer = http.post("/v1/batch", files=files)
    assert answer.status_code == 200
    two, bad, empty, one = answer.json()["results"]
    validate(http, two["result"])
    assert (two["name"], len(two["result"]["faces"])) == ("two.jpg", 2)
    assert one["result"] == http.post("/v1/analyze", content=face).json()
    assert bad["problem"]["status"] == empty["problem"]["status"] == 422
    problem(http.post("/v1/batch", content=face), 415)
    assert "field `file`" in problem(http.post("/v1/batch", files={"x": face}), 422)
    many = [("file", (f"{i}.jpg", b"x")) for i in range(33)]
    assert "more than 32 parts" in problem(http.post("/v1/batch", files=many), 422)


def test_videos_are_listed_for_who_has_the_token(http, film):
    assert "token" in problem(http.get("/v1/videos"), 403)
    with serving(token=TOKEN) as running, httpx.Client(base_url=running.url) as strict:
        problem(strict.get("/v1/videos"), 401)
        assert strict.get("/v1/videos", headers=BEARER).json() == {"videos": []}
        sent = strict.post("/v1/videos", content=film, headers=BEARER).json()
        listed = JobsShape.model_validate(strict.get("/v1/videos", headers=BEARER).json())
        assert [job.id for job in listed.videos] == [sent["id"]]


def test_below_a_path_of_a_proxy(film):
    with serving(root_path="/mimika", token=TOKEN) as running:
        # The proxy takes the path away; uvicorn puts it back into what the application sees.
        with httpx.Client(base_url=running.url, headers=BEARER) as http:
            assert httpx.get(f"{running.url}/v1/model").status_code == 401
            assert http.get("/v1/model").status_code == 200
            answer = http.post("/v1/videos", content=film)
            assert answer.headers["location"].startswith("/mimika/v1/videos/")
            address = answer.headers["location"].removeprefix("/mimika")
            files = followed(http, address)[-1].files
            assert files.csv.startswith("/mimika/v1/videos/")
            assert http.get(files.csv.removeprefix("/mimika")).status_code == 200
        page = httpx.get(running.url).text
        assert 'src="page/' in page
        assert 'src="/' not in page
        assert 'href="/' not in page


def test_a_webhook_is_told_only_where_the_operator_allows_it(film):
    told = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.handle_request)
    thread.start()
    friend = f"http://127.0.0.1:{receiver.server_port}"
    with serving(webhooks=(friend,)) as running, httpx.Client(base_url=running.url) as http:
        for other in ("http://127.0.0.1:1/x", "file:///etc/passwd", "http://[", f"{friend}.evil/"):
            answer = http.post("/v1/videos", params={"webhook": other}, content=film)
            assert "--webhook" in problem(answer, 403)
        job = http.post("/v1/videos", params={"webhook": f"{friend}/done"}, content=film).json()
        thread.join(LONGEST_S)
    receiver.server_close()
    (state,) = told
    assert (state["id"], state["state"], state["frames"]) == (job["id"], "done", 8)


def test_readiness_knows_the_queues(http):
    ready = ReadyShape.model_validate(http.get("/readyz").json())
    assert (ready.status, ready.streams.used, ready.videos.most) == ("ok", 0, 4)
    with serving(limits={"waiting": 0}) as running:
        assert "pictures are waiting" in problem(httpx.get(f"{running.url}/readyz"), 503)
    with serving(limits={"jobs": 0}) as running:
        assert "videos are waiting" in problem(httpx.get(f"{running.url}/readyz"), 503)


def test_a_server_whose_answers_are_slow_takes_no_further_stream():
    from websockets.sync.client import connect

    with serving(limits={"slow_s": 0.5}) as running:
        running.state.answers.add(2.0)
        with connect(f"{running.ws}/v1/stream") as first:
            # The only one is taken whatever was before.
            assert json.loads(first.recv(timeout=LONGEST_S))["type"] == "hello"
            running.state.answers.add(2.0)
            with connect(f"{running.ws}/v1/stream") as second:
                assert "keep the server busy" in second.recv(timeout=LONGEST_S)
            assert "busy" in problem(httpx.get(f"{running.url}/readyz"), 503)


def test_one_address_has_its_share_of_streams():
    from websockets.sync.client import connect

    limits = {"clients": 4, "address_clients": 1}
    with serving(limits=limits) as running, connect(f"{running.ws}/v1/stream") as first:
        first.recv(timeout=LONGEST_S)
        with connect(f"{running.ws}/v1/stream") as second:
            assert "its share" in second.recv(timeout=LONGEST_S)


def test_the_metrics_of_process_build_and_outcomes(http, film):
    address = http.post("/v1/videos", content=film).headers["location"]
    followed(http, address)
    http.delete(address)
    text = http.get("/metrics").text
    assert 'mimika_build_info{engine="' in text
    assert 'mimika_videos_total{outcome="done"}' in text
    assert float(text.split("\nmimika_resident_bytes ")[1].split()[0]) > 50e6
    for name in ("mimika_open_files", "mimika_threads", "mimika_cpu_seconds"):
        assert float(text.split(f"\n{name} ")[1].split()[0]) > 0


def test_a_full_disk_is_507_and_leaves_nothing(film, face, monkeypatch):
    import errno

    from mimika.apps.server import uploads

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with serving() as running, httpx.Client(base_url=running.url) as http:
        monkeypatch.setattr(uploads.asyncio, "to_thread", full)
        assert "disk is full" in problem(http.post("/v1/videos", content=film), 507)
        monkeypatch.undo()
        assert list(running.state.jobs._folder.iterdir()) == []
        # Pictures need no disk.
        assert http.post("/v1/analyze", content=face).status_code == 200
        address = http.post("/v1/videos", content=film).headers["location"]
        assert followed(http, address)[-1].state == "done"


def test_a_disk_that_fills_while_a_video_is_analyzed_fails_the_job(film, monkeypatch):
    import errno

    from mimika.sinks.jsonl import JsonLinesSink

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with serving() as running, httpx.Client(base_url=running.url) as http:
        monkeypatch.setattr(JsonLinesSink, "write", full)
        address = http.post("/v1/videos", content=film).headers["location"]
        last = followed(http, address)[-1]
        assert last.state == "failed"
        (folder,) = running.state.jobs._folder.iterdir()
        assert sorted(path.name for path in folder.iterdir()) == ["owner", "state.json"]
