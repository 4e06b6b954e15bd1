"""Films that ask for more than they look, and addresses with many of them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import httpx
import pytest

from helpers import attacks
from helpers.answers import problem
from helpers.media import write_video
from helpers.waiting import LONGEST_S, wait_until
from mimika.apps.server.film_turns import FilmTurns
from mimika.apps.server.film_work import LEAST_PIXELS, frame_work
from mimika.apps.server.kept_results import KeptResults
from mimika.apps.server.options import Limits
from mimika.apps.server.problems import Problem
from mimika.apps.server.work_queue import WorkQueue


def ended(http, address):
    def state():
        job = http.get(address).json()
        return job if job["state"] not in ("queued", "running") else None

    return wait_until(state)


@pytest.fixture
def film(tmp_path):
    return write_video(tmp_path / "film.mp4", [i / 25 for i in range(4)]).read_bytes()


@pytest.fixture
def limited(server, monkeypatch):
    """Give the server other limits of films."""

    def limit(**values):
        jobs = server.state.jobs
        monkeypatch.setattr(jobs, "_limits", replace(jobs._limits, **values))
        monkeypatch.setattr(jobs, "_kept", KeptResults(jobs._limits))

    return limit


def test_frames_of_a_few_pixels_are_work_too(http, film, limited):
    assert frame_work(16, 16) == LEAST_PIXELS
    assert frame_work(1920, 1080) == 1920 * 1080
    limited(video_work=3 * LEAST_PIXELS)
    answer = http.post("/v1/videos", content=film)
    assert "more frames of this size" in problem(answer, 422)


@pytest.mark.parametrize("limit", ["video_faces", "video_people"])
def test_a_film_of_endless_faces_is_ended(http, limit, limited, demo_clip):
    limited(**{limit: 0})
    address = http.post("/v1/videos", content=demo_clip.read_bytes()).headers["location"]
    job = ended(http, address)
    assert (job["state"], job["files"]) == ("failed", None)
    assert "more faces than are taken" in job["error"]
    http.delete(address)


def test_the_results_of_one_address_do_not_fill_the_disk(server, http, film, limited):
    limited(address_results=1)
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(base_url=server.url, transport=transport) as there:
        own = http.post("/v1/videos", content=film).headers["location"]
        assert ended(http, own)["state"] == "done"
        crowd = []
        for _ in range(2):
            crowd.append(there.post("/v1/videos", content=film).headers["location"])
            assert ended(there, crowd[-1])["state"] == "done"
        # The last one is written just before the oldest goes.
        wait_until(lambda: there.get(crowd[0]).status_code == 404)
        states = [there.get(address).status_code for address in (*crowd, own)]
        assert states == [404, 200, 200]
        for address in (*crowd, own):
            there.delete(address)


def test_results_are_bounded_by_their_bytes_too(tmp_path):
    kept = KeptResults(Limits(address_results_bytes=1000))
    folders = []
    for i, size in enumerate((400, 400, 400, 5000)):
        folders.append(tmp_path / str(i))
        folders[-1].mkdir()
        (folders[-1] / "faces.csv").write_bytes(bytes(size))
        kept.add("a", folders[-1])
        if i == 2:
            assert [folder.exists() for folder in folders] == [False, True, True]
    # The newest stays, however large.
    assert [folder.exists() for folder in folders] == [False, False, False, True]


def test_a_video_that_hardly_comes_gives_its_place_to_who_has_none(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    queue = WorkQueue(Limits(jobs=3, address_jobs=2))
    quick, slow = queue.reserve("a"), queue.reserve("a")
    here = queue.reserve("b")
    queue.arrived(here)
    now[0] += 100
    quick.receive(100 << 20)
    slow.receive(1 << 20)
    # Who has a place already waits for another.
    with pytest.raises(Problem, match="are waiting"):
        queue.reserve("b")
    mine = queue.reserve("c")
    with pytest.raises(Problem, match="came so slowly"):
        slow.receive(1)
    with pytest.raises(Problem, match="came so slowly"):
        queue.arrived(slow)
    queue.release(slow)
    assert len(queue) == 3
    quick.receive(1)
    mine.receive(1)
    with pytest.raises(Problem, match="are waiting"):
        queue.reserve("d")


def test_a_slow_upload_is_told_that_its_place_is_gone(server, http, film, monkeypatch):
    queue = server.state.jobs._queue
    monkeypatch.setattr(queue, "_limits", replace(queue._limits, jobs=1))
    head = attacks.HEAD.replace(b"/v1/analyze", b"/v1/videos") % len(film)
    with attacks.connected(server.options.port, "127.0.0.2") as slow:
        slow.sendall(head + film[:100])
        wait_until(lambda: queue._tickets)
        problem(http.post("/v1/videos", content=film), 503)
        queue._tickets[0].since_s -= 1000
        address = http.post("/v1/videos", content=film).headers["location"]
        slow.sendall(film[100:200])
        assert slow.recv(4096).startswith(b"HTTP/1.1 503")
    assert ended(http, address)["state"] == "done"
    http.delete(address)


def order(films):
    """The order in which films of (address, work) are taken that all wait before the first is."""
    turns = FilmTurns()
    for i, (address, work) in enumerate(films):
        turns.add(address, work, i)
    return [turns.take() for _ in films]


def test_films_of_several_addresses_take_turns():
    assert order([("a", 5), ("a", 5), ("a", 5), ("b", 5), ("b", 5), ("c", 5)]) == [0, 3, 5, 1, 4, 2]
    # A small one does not wait for a large one, and a large one not for many small ones.
    assert order([("a", 9), ("b", 1), *[("c", 4)] * 4]) == [1, 2, 3, 0, 4, 5]
    with pytest.raises(ValueError, match=r"."):
        FilmTurns().take()


def test_an_address_whose_film_is_in_work_waits_for_others():
    turns = FilmTurns()
    turns.add("a", 5, "first")
    assert turns.take() == "first"
    turns.add("a", 5, "second")
    turns.add("b", 5, "other")
    assert [turns.take(), turns.take()] == ["other", "second"]


def test_an_address_that_sends_film_after_film_is_not_held_up_for_ever():
    turns = FilmTurns()
    turns.add("a", 10, "large")
    taken = []
    for i in range(20):
        turns.add(f"b{i}", 3, i)
        taken.append(turns.take())
    assert taken.index("large") < 7
    assert len(turns._last) <= 21


def test_the_last_places_are_for_addresses_without_a_video():
    queue = WorkQueue(Limits(jobs=4, address_jobs=2))
    for address in "aab":
        queue.reserve(address)
    for address in "ab":
        with pytest.raises(Problem, match="Your other videos"):
            queue.reserve(address)
    queue.reserve("c")
    with pytest.raises(Problem, match="are waiting"):
        queue.reserve("d")


def test_a_film_is_analyzed_before_the_second_one_of_another_address(
    server, http, film, monkeypatch
):
    jobs, begins, begun = server.state.jobs, threading.Event(), []
    run = jobs._run
    monkeypatch.setattr(jobs, "_run", lambda job, *more: begun.append(job.id) or run(job, *more))
    jobs._thread.submit(begins.wait, LONGEST_S)
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(base_url=server.url, transport=transport) as there:
        first, second, own = (
            client.post("/v1/videos", content=film).headers["location"]
            for client in (there, there, http)
        )
    begins.set()
    for address in (first, second, own):
        assert ended(http, address)["state"] == "done"
        http.delete(address)
    assert begun == [address.rpartition("/")[2] for address in (first, own, second)]
