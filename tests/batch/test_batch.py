"""Many recordings to one data set: whole, in any order of mishaps, and nothing twice."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import mimika
from helpers.command import MIMIKA, environment, run_with_files_of_at_most
from helpers.media import write_beginning, write_film, write_loop, write_video
from helpers.waiting import wait_until
from mimika.batch import run as batch_run
from mimika.batch.dataset import DataSet, key_of
from mimika.batch.run import run_batch
from mimika.batch.storage import open_storage
from mimika.pipeline.process import process
from mimika.pipeline.settings import Settings
from mimika.sources.video import Video
from mimika.timeline.read import read_results

pytest.importorskip("pyarrow", reason="needs pyarrow")


@pytest.fixture
def recordings(tmp_path, demo_clip):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        write_beginning(demo_clip, folder / f"{number}.mp4", 20 + 10 * number)
    write_video(folder / "gray.mp4", np.arange(0, 1, 0.04))
    (folder / "broken.mp4").write_bytes(b"no film")
    return folder


def files(folder):
    return sorted(folder.glob("*.mp4"))


def test_parts_are_what_one_recording_gives_and_a_broken_film_stops_nothing(recordings, tmp_path):
    from pyarrow import dataset

    told = []
    outcomes = run_batch(
        [*files(recordings), recordings / "none.mp4"],
        tmp_path / "out",
        Settings(),
        workers=2,
        on_outcome=lambda *words: told.append(words),
    )
    states = {Path(o.file).name: o.state for o in outcomes}
    assert states == {
        "0.mp4": "done",
        "1.mp4": "done",
        "2.mp4": "done",
        "gray.mp4": "done",
        "broken.mp4": "failed",
        "none.mp4": "failed",
    }
    assert len(told) == 6
    # All parts are one data set, whose rows name the recording.
    table = dataset.dataset(tmp_path / "out" / "parts").to_table().to_pylist()
    names = {Path(row["name"]).name for row in table}
    assert names == {"0.mp4", "1.mp4", "2.mp4", "gray.mp4"}
    part = next(
        (tmp_path / "out" / "parts" / f"{o.key}.parquet") for o in outcomes if "2.mp4" in o.file
    )
    alone = tmp_path / "alone.jsonl"
    process(recordings / "2.mp4", sinks=[alone], settings=Settings(threads=1))
    ours, theirs = list(read_results(part)), list(read_results(alone))
    assert [r.time_s for r in ours] == [r.time_s for r in theirs]
    assert [r.faces for r in ours] == [r.faces for r in theirs]
    with (tmp_path / "out" / "recordings.csv").open(newline="") as file:
        assert {row["why"] for row in csv.DictReader(file) if row["state"] == "done"} == {""}


@pytest.mark.parametrize(("films", "threads"), [(1, 3), (2, 1), (9, 1)])
def test_fewer_films_than_processors_are_read_on_several_threads_each(films, threads, monkeypatch):
    from mimika.batch.local import LocalWorkers
    from mimika.batch.task import Result, Task

    given = []

    def note(self, do, waiting, *_):
        given.append(do.keywords["threads"])
        while waiting:
            yield waiting.pop(), Result()

    monkeypatch.setattr(LocalWorkers, "_until_a_death", note)
    tasks = [Task(f"{number}.mp4", str(number)) for number in range(films)]
    assert [task for task, _ in LocalWorkers(Settings(), 0.0, 3).each("read", tasks)] == tasks
    assert given == [threads]


def test_a_worker_s_threads_change_nothing_that_it_sees(tmp_path, demo_clip):
    from mimika.batch.task import Task
    from mimika.batch.work import Worker

    film = write_beginning(demo_clip, tmp_path / "a.mp4", 40)
    seen = []
    for threads in (1, 2):
        part = tmp_path / f"{threads}.parquet"
        part.write_bytes(Worker(Settings(), 0.0).read(Task(str(film), ""), threads).part)
        seen.append([result.faces for result in read_results(part)])
    assert seen[0] == seen[1]
    assert any(seen[0])


def test_a_film_that_lies_on_its_side_is_turned_by_its_faces(tmp_path, demo_clip):
    with Video(demo_clip) as clip:
        lying = [np.rot90(frame.image).copy() for frame in islice(clip, 60)]
    film = write_film(tmp_path / "lying.mp4", lying)
    (outcome,) = run_batch([film], tmp_path / "out", Settings(), workers=1)
    assert (outcome.state, outcome.why) == ("done", "Turned by 90 degrees clockwise.")
    alone = tmp_path / "alone.jsonl"
    with mimika.open_source(film, rotate="auto") as upright:
        process(upright, sinks=[alone], settings=Settings(threads=1))
    ours = read_results(tmp_path / "out" / "parts" / f"{outcome.key}.parquet")
    assert [r.faces for r in ours] == [r.faces for r in read_results(alone)]


def test_nothing_is_read_twice_but_what_changed(recordings, tmp_path, demo_clip, monkeypatch):
    out = tmp_path / "out"
    first = run_batch(files(recordings)[:2], out, Settings(), workers=1)
    given = []
    monkeypatch.setattr(batch_run, "_work", lambda tasks, *_: given.extend(tasks))
    monkeypatch.setattr(batch_run, "_workers", lambda *_: ExitStack())
    assert run_batch(files(recordings)[:2], out, Settings(), workers=1) == first
    assert given == []
    # Other settings, and another content, are other work.
    run_batch(files(recordings)[:2], out, Settings(every=2), workers=1)
    assert len(given) == 2
    write_beginning(demo_clip, recordings / "0.mp4", 5)
    given.clear()
    run_batch(files(recordings)[:2], out, Settings(), workers=1)
    assert [Path(task.file).name for task in given] == ["0.mp4"]


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX here")
def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(tmp_path, demo_clip):
    folder = tmp_path / "in"
    folder.mkdir()
    write_beginning(demo_clip, folder / "a.mp4", 10)
    # So long that they do not end before Ctrl-C.
    for number in range(3):
        write_loop(demo_clip, folder / f"b{number}.mp4", 12)
    words = [*MIMIKA, "batch", "in", "-o", "out", "--workers", "1"]
    running = subprocess.Popen(
        words, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    table = tmp_path / "out" / "recordings.csv"
    wait_until(lambda: table.exists() or running.poll() is not None)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130, said
    assert b"Traceback" not in said
    done = len(DataSet(open_storage(tmp_path / "out")).outcomes)
    assert done == 1
    for number in range(3):
        write_beginning(demo_clip, folder / f"b{number}.mp4", 20 + number)
    ended = subprocess.run(
        words, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "4 of 4 recordings" in ended.stdout
    assert len(list((tmp_path / "out" / "parts").iterdir())) == 4


@pytest.mark.skipif(not hasattr(os, "kill"), reason="needs POSIX")
def test_the_work_of_a_lost_process_is_done_again(tmp_path, demo_clip):
    from multiprocessing import active_children

    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        write_beginning(demo_clip, folder / f"{number}.mp4", 100)
    killed, others = [], set(active_children())

    def kill(*_):
        """The process that reads, as soon as the first recording is done."""
        if not killed:
            (child,) = set(active_children()) - others
            os.kill(child.pid, signal.SIGKILL)
            killed.append(child.pid)

    outcomes = run_batch(files(folder), tmp_path / "out", Settings(), workers=1, on_outcome=kill)
    assert killed
    assert [outcome.state for outcome in outcomes] == ["done"] * 3
    assert not list(tmp_path.glob("out/parts/.*part*"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")
def test_ctrl_c_in_a_terminal_reaches_no_process_that_is_still_loading(tmp_path, demo_clip):
    from multiprocessing import active_children

    from mimika.batch.local import LocalWorkers
    from mimika.batch.task import Task

    film = str(write_beginning(demo_clip, tmp_path / "a.mp4", 5))
    others = set(active_children())
    with LocalWorkers(Settings(), 0.0, 1) as workers:
        ((_, plan),) = workers.each("plan", [Task(film, "")])
        (child,) = set(active_children()) - others
        status = Path(f"/proc/{child.pid}/status").read_text()
    assert plan.failed == ""
    (blocked,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigBlk"))
    assert int(blocked, 16) >> (signal.SIGINT - 1) & 1


def test_a_part_that_was_written_before_the_table_is_not_read_again(tmp_path, demo_clip):
    film = write_beginning(demo_clip, tmp_path / "a.mp4", 20)
    first = run_batch([film], tmp_path / "out", Settings(), workers=1)
    (tmp_path / "out" / "recordings.csv").unlink()
    told = []
    again = run_batch(
        [film], tmp_path / "out", Settings(), workers=1, on_outcome=lambda *words: told.append(1)
    )
    assert again == first
    assert told == []


def test_what_kills_its_process_twice_is_reported_and_stops_nothing(tmp_path, demo_clip):
    from mimika.batch.local import DIED, LocalWorkers
    from mimika.batch.task import Result, Task

    class Killed(LocalWorkers):
        """Workers one of whose tasks ends its process, as a fault in a decoder does."""

        def _opened(self):
            pool = super()._opened()
            submit = pool.submit

            class Pool:
                @staticmethod
                def submit(do, task):
                    return submit(os._exit, 1) if task.key == "bad" else submit(do, task)

            return Pool()

    film = str(write_beginning(demo_clip, tmp_path / "a.mp4", 5))
    workers = Killed(Settings(), 300, 1)
    try:
        tasks = [Task(film, key) for key in ("good", "bad", "also good")]
        found = {task.key: result for task, result in workers.each("plan", tasks)}
    finally:
        workers.close()
    assert found["bad"] == Result(failed=DIED)
    assert found["good"].failed == found["also good"].failed == ""


@pytest.mark.skipif(os.name == "nt", reason="limits of files are POSIX")
def test_a_full_disk_is_one_sentence_and_what_is_done_stays(tmp_path, demo_clip):
    for number, frames in enumerate((5, 400)):
        write_beginning(demo_clip, tmp_path / f"{number}.mp4", frames)
    words = ["batch", "0.mp4", "1.mp4", "-o", "out", "--workers", "1", "--quiet"]
    full = run_with_files_of_at_most(20_000, words, tmp_path)
    assert full.returncode == 6, full.stderr
    assert "the disk is full: free some space" in full.stderr
    assert "Traceback" not in full.stderr
    assert not list(tmp_path.glob("out/parts/.*"))
    assert len(list((tmp_path / "out" / "parts").iterdir())) == 1
    ended = subprocess.run(
        [*MIMIKA, *words],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert len(list((tmp_path / "out" / "parts").iterdir())) == 2


def test_a_key_is_content_and_settings(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"one")
    file = str(tmp_path / "a.mp4")
    key = key_of(file, "x")
    assert key == key_of(file, "x") != key_of(file, "y")
