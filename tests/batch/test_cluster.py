"""A batch on Ray: the same data set, whatever becomes of the machines."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest

from helpers.command import MIMIKA, environment
from helpers.media import write_beginning, write_loop
from mimika.base.errors import DeviceError, ModelError
from mimika.batch.cluster import _connect, gpus_an_actor
from mimika.batch.run import run_batch
from mimika.pipeline.settings import Settings
from mimika.timeline.read import read_results

pytest.importorskip("pyarrow", reason="needs pyarrow")
pytest.importorskip("ray.data", reason="needs Ray (extra cluster)")


@pytest.fixture
def cluster(monkeypatch):
    """Ray's own cluster for tests: each node a process tree of its own on this machine."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    yield made
    import ray

    ray.shutdown()
    made.shutdown()


def test_gpus_are_shared_by_the_actors_that_need_them():
    assert gpus_an_actor("cuda", 2, 8) == 0.25
    assert gpus_an_actor("tensorrt", 1, 3) == 0.3333  # Three of them fit.
    assert gpus_an_actor("cuda", 4, 2) == 1
    assert gpus_an_actor("cpu", 2, 8) == gpus_an_actor("auto", 2, 8) == 0
    assert gpus_an_actor("cuda", 0, 8) == 0


def states(outcomes):
    return {Path(outcome.file).name: outcome.state for outcome in outcomes}


def faces(folder, outcome):
    results = read_results(folder / "parts" / f"{outcome.key}.parquet")
    return [(r.time_s, r.frame_index, r.faces) for r in results]


@pytest.mark.slow
def test_ray_on_this_machine_gives_what_its_processes_give(tmp_path, demo_clip):
    films = [write_beginning(demo_clip, tmp_path / f"{i}.mp4", 20 + i) for i in range(2)]
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    films.append(tmp_path / "broken.mp4")
    words = [*MIMIKA, "batch", *map(str, films), "-o", str(tmp_path / "ray"), "--address", "local"]
    done = subprocess.run(
        [*words, "--workers", "1"], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "2 of 3 recordings" in done.stdout
    assert "Traceback" not in done.stderr
    ours = run_batch(films, tmp_path / "here", Settings(), workers=1)
    assert states(ours) == {"0.mp4": "done", "1.mp4": "done", "broken.mp4": "failed"}
    for outcome in ours[:2]:
        assert faces(tmp_path / "here", outcome) == faces(tmp_path / "ray", outcome)


@pytest.mark.slow
def test_two_workers_share_a_long_film(tmp_path, demo_clip):
    film = write_loop(demo_clip, tmp_path / "long.mp4", 3)
    (whole,) = run_batch([film], tmp_path / "here", Settings(), workers=1, segment_s=20)
    (joined,) = run_batch(
        [film], tmp_path / "ray", Settings(), workers=2, segment_s=20, address="local"
    )
    assert faces(tmp_path / "here", whole) == faces(tmp_path / "ray", joined)


@pytest.mark.slow
def test_the_work_of_a_lost_node_is_done_again(cluster, tmp_path, demo_clip):
    doomed = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    films = [write_beginning(demo_clip, tmp_path / f"{i}.mp4", 300) for i in range(6)]
    out = tmp_path / "out"

    def kill():
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline and not list(out.glob("parts/*.parquet")):
            time.sleep(0.05)
        cluster.remove_node(doomed, allow_graceful=False)

    killer = Thread(target=kill)
    killer.start()
    told = []
    outcomes = run_batch(
        films,
        out,
        Settings(),
        address=cluster.address,
        on_outcome=lambda outcome, *_: told.append(outcome.file),
    )
    killer.join()
    assert set(states(outcomes).values()) == {"done"}
    assert sorted(told) == sorted(str(film) for film in films)
    assert len(list(out.glob("parts/*.parquet"))) == 6


@pytest.mark.slow
def test_a_node_with_another_mimika_is_refused(cluster, tmp_path, demo_clip):
    other = tmp_path / "other" / "mimika" / "base"
    other.mkdir(parents=True)
    for folder in (other.parent, other):
        (folder / "__init__.py").write_text("")
    (other / "version.py").write_text('__version__ = "0.0.0"\n')
    cluster.add_node(num_cpus=1, env_vars={"PYTHONPATH": str(tmp_path / "other")})
    cluster.wait_for_nodes()
    with pytest.raises(DeviceError, match=r"has Mimika 0\.0\.0, and this is .*: install the same"):
        run_batch([demo_clip], tmp_path / "out", Settings(), address=cluster.address)


@pytest.mark.slow
def test_what_is_wrong_for_all_ends_the_batch(tmp_path, demo_clip):
    (tmp_path / "none.onnx").write_bytes(b"no model")
    with pytest.raises(Exception, match=r"none\.onnx") as failed:
        run_batch(
            [demo_clip],
            tmp_path / "out",
            Settings(model=str(tmp_path / "none.onnx")),
            workers=1,
            address="local",
        )
    assert failed.value.exit_code == ModelError.exit_code


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("local", r"Ray cannot be started on this machine \(The node timed out\): try again"),
        ("auto", r"No cluster can be used at auto: check the address, .*\(The node timed out\)"),
    ],
)
def test_a_start_that_takes_too_long_is_one_sentence(address, says):
    def init(**_):
        raise Exception("The node timed out.\nThe raylet failed.")

    with pytest.raises(DeviceError, match=says):
        _connect(SimpleNamespace(init=init), address, 1)


@pytest.mark.slow
def test_no_cluster_is_one_sentence(tmp_path, demo_clip):
    done = subprocess.run(
        [*MIMIKA, "batch", str(demo_clip), "-o", str(tmp_path), "--address", "127.0.0.0:9"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5, done.stderr
    assert "No cluster can be used at 127.0.0.0:9" in done.stderr
    assert "Traceback" not in done.stderr
