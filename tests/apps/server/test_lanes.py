"""Who waits for whom: lanes of decoders, turns of addresses, and the time that a process used."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psutil
import pytest

from helpers import attacks
from helpers.answers import jpeg, problem
from helpers.media import write_video
from helpers.serving import serving
from helpers.waiting import LONGEST_S, wait_until
from mimika.apps.server import patience
from mimika.apps.server.addresses import Remembered, Turns
from mimika.apps.server.decoder import Budget
from mimika.apps.server.lanes import PRELOAD, BudgetBroken, Lane, NoDecoder
from mimika.apps.server.patience import Patience, cpu_time_s, sleeps
from mimika.sources.video import SAMPLES

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
BUDGET = Budget(
    pixels=25_000_000, side=12_000, longest=2560, cpu_s=0.3, memory_bytes=192 << 20, heavy=False
)


@pytest.fixture
def lane():
    opened = Lane(1, BUDGET)
    yield opened
    opened.close()


@LINUX
def test_a_process_that_gets_no_processor_is_waited_for(lane, monkeypatch):
    monkeypatch.setattr(patience, "IDLE_S", 0.05)
    looked = []
    looks = patience.sleeps
    monkeypatch.setattr(patience, "sleeps", lambda pid: looked.append(looks(pid)) or looked[-1])
    (pid, _) = sorted(lane.processes())
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        decoded = thread.submit(lane.decode, jpeg(8, 8))
        # By the clock its time is over again and again; the process itself does nothing.
        wait_until(lambda: len(looked) > 3)
        monkeypatch.undo()
        os.kill(pid, signal.SIGCONT)
        assert decoded.result().image.shape[2] == 3
    assert not any(looked)


@LINUX
def test_a_process_that_waits_for_a_processor_or_is_stopped_does_not_sleep():
    def state(code):
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
            try:
                yield process.pid
            finally:
                process.kill()

    with contextmanager(state)("while True: pass") as busy:
        wait_until(lambda: cpu_time_s(busy))
        assert not sleeps(busy)
    with contextmanager(state)("input()") as waiting:
        wait_until(lambda: sleeps(waiting))
        os.kill(waiting, signal.SIGSTOP)
        wait_until(lambda: not sleeps(waiting))
    assert sleeps(waiting)


@LINUX
def test_no_process_is_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(patience, "LONGEST_S", 0.2)
    ours, theirs = multiprocessing.Pipe()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stopped:
        try:
            os.kill(stopped.pid, signal.SIGSTOP)
            with pytest.raises(TimeoutError):
                Patience(stopped.pid, 100.0).wait(ours)
        finally:
            stopped.kill()
            ours.close()
            theirs.close()


@LINUX
def test_a_process_that_uses_its_time_is_given_up():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        ours, theirs = multiprocessing.Pipe()
        try:
            before = cpu_time_s(busy.pid)
            with pytest.raises(TimeoutError):
                Patience(busy.pid, 0.2).wait(ours)
            assert cpu_time_s(busy.pid) - before > 0.2
        finally:
            busy.kill()
            ours.close()
            theirs.close()
    assert cpu_time_s(busy.pid) is None


@LINUX
def test_a_process_that_waits_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(patience, "IDLE_S", 0.5)
    ours, theirs = multiprocessing.Pipe()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as waiting:
        try:
            with pytest.raises(TimeoutError):
                patience.Patience(waiting.pid, 100.0).wait(ours)
        finally:
            waiting.kill()
            ours.close()
            theirs.close()


def test_processes_that_decode_hold_decoders_only():
    # Each of them has some memory of its own of whatever is loaded there.
    code = f"import sys, {PRELOAD}; print(*(name.partition('.')[0] for name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {"cv2", "av", "PIL"} <= loaded
    assert not {"fastapi", "pydantic", "uvicorn", "onnxruntime", "pyarrow"} & loaded


def test_pictures_one_after_another_have_the_same_process(face, monkeypatch):
    lane = Lane(3, BUDGET)
    ask, asked = lane._ask, set()
    monkeypatch.setattr(lane, "_ask", lambda worker, data: asked.add(worker) or ask(worker, data))
    for _ in range(6):
        lane.decode(face)
    lane.close()
    assert len(asked) == 1


def test_a_process_that_ended_is_replaced_at_once(lane, face, monkeypatch):
    starts = threading.Event()
    start = lane._start

    def late():
        starts.wait(LONGEST_S)
        return start()

    monkeypatch.setattr(lane, "_start", late)
    with pytest.raises(BudgetBroken) as broken:
        lane.decode(attacks.inflating_png(1024))
    assert not broken.value.killed
    # The next one is answered before another process was started.
    assert lane.decode(face).width > 0
    starts.set()


def test_a_machine_that_starts_no_process_is_said_and_recovers(face, monkeypatch):
    with serving() as running, httpx.Client(base_url=running.url) as http:
        lanes = [running.state.analysis._decoders._light, running.state.analysis._decoders._heavy]

        def refused():
            raise NoDecoder("no")

        with monkeypatch.context() as broken:
            for each in lanes:
                broken.setattr(each, "_start", refused)
            statuses = []
            for _ in range(12):
                for pid in running.state.analysis._decoders.processes():
                    psutil.Process(pid).kill() if psutil.pid_exists(pid) else None
                statuses.append(http.post("/v1/analyze", content=face).status_code)
            assert statuses[-1] == 503
            assert set(statuses) <= {200, 503}
        assert http.post("/v1/analyze", content=face).status_code == 200


@LINUX
def test_what_takes_long_yields_the_processor_to_what_does_not():
    with serving() as running:
        decoders, own = running.state.analysis._decoders, psutil.Process().nice()

        def niceness(lane):
            return {psutil.Process(pid).nice() for pid in lane.processes()}

        wait_until(lambda: niceness(decoders._heavy) == {min(19, own + 10)})
        assert niceness(decoders._light) == {own}


def test_a_film_pauses_while_pictures_are_in_work_and_never_stops(
    server, http, tmp_path, monkeypatch
):
    film = write_video(tmp_path / "film.mp4", [i / 25 for i in range(5)])
    paused_s = []
    monkeypatch.setattr(server.state.analysis, "wait_until_idle", paused_s.append)
    address = http.post("/v1/videos", content=film.read_bytes()).headers["location"]
    while (job := http.get(address).json())["state"] in ("queued", "running"):
        time.sleep(0.02)
    # After each of five looks at a frame for which way up it is, and between two frames.
    assert (job["state"], len(paused_s)) == ("done", 5 * (1 + SAMPLES) + 5)
    assert all(0 < each <= 1 for each in paused_s)


def test_who_waits_until_no_picture_is_in_work_waits_no_longer_than_it_wants(server):
    analysis = server.state.analysis
    without_end_s = 100 * LONGEST_S
    began = time.monotonic()
    analysis.wait_until_idle(without_end_s)
    analysis._count(1)
    analysis.wait_until_idle(0.2)
    assert 0.2 <= time.monotonic() - began < without_end_s
    waiting = threading.Thread(target=analysis.wait_until_idle, args=(without_end_s,))
    waiting.start()
    analysis._count(-1)
    waiting.join(LONGEST_S)
    assert not waiting.is_alive()


def test_who_sent_what_takes_longer_than_it_looks_waits_with_the_large_ones(face):
    with serving(limits={"picture_cpu_s": 20.0, "penalty_s": 600.0}) as running:
        analysis, there = running.state.analysis, httpx.HTTPTransport(local_address="127.0.0.2")
        heavy = []
        decode = analysis._decoders.decode_heavy
        analysis._decoders.decode_heavy = lambda data: heavy.append(len(data)) or decode(data)
        with httpx.Client(base_url=running.url, transport=there) as stranger:
            data = attacks.endless_scans_jpeg(2000, side=1900)
            assert len(data) < 2 << 20
            stranger.post("/v1/analyze", content=data)
            assert heavy == [len(data)]
            assert stranger.post("/v1/analyze", content=face).status_code == 200
            assert heavy == [len(data), len(face)]
        assert httpx.post(f"{running.url}/v1/analyze", content=face).status_code == 200
        assert len(heavy) == 2


def test_a_picture_that_fills_the_memory_costs_its_sender_a_wait(face):
    limits = {"picture_memory": 24 << 20, "penalty_s": 600.0}
    with serving(limits=limits) as running, httpx.Client(base_url=running.url) as http:
        large = attacks.palette_png(4900)
        assert "more time or memory" in problem(http.post("/v1/analyze", content=large), 422)
        assert "wait before" in problem(http.post("/v1/analyze", content=face), 429)
        running.state.analysis._costly._until.clear()
        assert http.post("/v1/analyze", content=face).status_code == 200


def test_who_has_least_in_work_is_next():
    async def crowd():
        turns, order, ends = Turns(2, total=3), [], asyncio.Event()

        async def one(address):
            async with turns.turn(address):
                order.append(address)
                await ends.wait()

        tasks = [asyncio.create_task(one(address)) for address in "aaaaabbbc"]
        await asyncio.sleep(0.01)
        assert order == ["a", "a", "b"]
        # Who gives up waiting takes nobody's place.
        tasks[2].cancel()
        await asyncio.sleep(0.01)
        ends.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert order[3] == "c"
        assert sorted(order) == sorted("aaaabbbc")
        assert (turns._waiting, turns._working) == ({}, {})

    asyncio.run(crowd())


def test_of_two_crowds_each_has_every_second_turn():
    async def crowd():
        turns, order = Turns(1, total=1), []

        async def one(address):
            async with turns.turn(address):
                order.append(address)
                await asyncio.sleep(0)

        await asyncio.gather(*(one(address) for address in "aaaabb"))
        assert order == list("aababa")

    asyncio.run(crowd())


def test_addresses_are_remembered_for_a_while_and_not_without_end(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    remembered = Remembered(10.0)
    remembered.add("a")
    now[0] += 9
    assert remembered.left_s("a") == pytest.approx(1.0)
    now[0] += 1.5
    assert remembered.left_s("a") == 0
    for number in range(5000):
        remembered.add(str(number))
    assert len(remembered._until) == 4096
    assert remembered.left_s("4999") > 0
