"""What fails around the server: no memory, killed in the middle of a write."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from helpers import attacks
from helpers.answers import problem
from helpers.media import write_video
from helpers.serving import serving
from helpers.waiting import LONGEST_S, wait_until
from mimika.base.files import remove_left_parts

resource = pytest.importorskip("resource", reason="needs POSIX limits")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="held on Linux")
MIB = 2**20
SERVE = (sys.executable, "-m", "mimika", "serve", "--port", "0", "--no-open")


def limited(megabytes):
    def set_limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * MIB, megabytes * MIB))

    return set_limit


@LINUX
def test_a_server_without_memory_to_start_says_so(tmp_path):
    done = subprocess.run(
        SERVE,
        preexec_fn=limited(300),
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "memory" in done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread")])
def test_a_server_without_memory_for_a_request_says_so_and_goes_on(face, monkeypatch, error):
    with serving() as running, httpx.Client(base_url=running.url) as http:

        def fails(*_):
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(running.state.analysis._analyzer, "timed", fails)
            answer = http.post("/v1/analyze", content=face)
            assert "no memory left" in problem(answer, 503)
            assert answer.headers["retry-after"] == "10"
        assert http.post("/v1/analyze", content=face).status_code == 200


@LINUX
@pytest.mark.slow
def test_a_server_with_little_memory_answers_and_ends_as_asked(face, demo_clip, tmp_path):
    with subprocess.Popen(
        SERVE,
        preexec_fn=limited(900),  # noqa: PLW1509 - it sets a limit and starts no thread
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as process:
        try:
            url = re.search(r"http://\S+", process.stdout.readline())[0].rstrip("/")
            bodies = [("analyze", face)] * 6 + [("analyze", attacks.palette_png())] * 4
            bodies += [("videos", demo_clip.read_bytes())] * 2

            def send(path, content):
                return httpx.post(f"{url}/v1/{path}", content=content).status_code

            with ThreadPoolExecutor(12) as crowd:
                statuses = [each.result() for each in [crowd.submit(send, *b) for b in bodies]]
            assert set(statuses) <= {200, 202, 422, 429, 500, 503}
            assert httpx.get(f"{url}/healthz").status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST_S) == 0
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@LINUX
def test_a_process_killed_while_it_writes_leaves_the_older_file_whole(tmp_path):
    target = tmp_path / "results.json"
    target.write_text("the older one")
    code = (
        "import sys; from pathlib import Path; from mimika.base.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as part:\n"
        "    file = part.open('w'); file.write('half' * 9999); file.flush()\n"
        "    print('writing', flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(target)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdout.readline() == "writing\n"
        process.kill()
    assert target.read_text() == "the older one"
    assert len(list(tmp_path.iterdir())) == 2
    remove_left_parts(target)
    assert list(tmp_path.iterdir()) == [target]


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.1, 0.5])
def test_a_run_killed_at_any_moment_leaves_whole_files_or_none(tmp_path, after_s):
    (tmp_path / "films").mkdir()
    film = write_video(tmp_path / "films" / "film.mp4", [i / 25 for i in range(1000)])
    names = ["seen.csv", "seen.jsonl", "seen.mp4"]
    options = [f"--{option}" for option in ("csv", "jsonl", "output")]
    words = [word for pair in zip(options, names, strict=True) for word in pair]
    command = [sys.executable, "-m", "mimika", "video", str(film), "--no-window", *words]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: len(list(tmp_path.iterdir())) > 1 or process.poll() is not None)
        time.sleep(after_s)
        process.kill()
    whole = [name for name in names if (tmp_path / name).exists()]
    if process.returncode == -signal.SIGKILL:
        assert whole == []
    done = subprocess.run([*command, "--overwrite"], cwd=tmp_path, check=False, timeout=240)
    assert done.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "films"])
    assert json.loads((tmp_path / "seen.jsonl").read_text().splitlines()[-1])
