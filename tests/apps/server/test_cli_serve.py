"""`mimika serve` from the outside: addresses, tokens, ends, crashes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from helpers.waiting import LONGEST_S, wait_until
from mimika.apps.server.options import Limits, ServerOptions
from mimika.apps.server.spool import PREFIX
from mimika.base.errors import UsageError

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def command(*words):
    return [sys.executable, "-m", "mimika", "serve", "--no-open", *words]


@contextmanager
def running(folder, *words):
    """A server process whose temporary files are in `folder`."""
    process = subprocess.Popen(
        command("--port", "0", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "200"},
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("Mimika is at "), line + process.stderr.read()
        yield process, line.split()[-1]
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=LONGEST_S)


def ended(process):
    out, err = process.communicate(timeout=LONGEST_S)
    return process.returncode, out, err


def spools(folder):
    return list(Path(folder).glob(f"{PREFIX}*"))


def once(*words, code):
    done = subprocess.run(
        command(*words), capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_taken_port_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken" in once("--port", str(port), code=5)


def test_what_cannot_be_served_is_one_sentence(tmp_path):
    assert "no model" in once("--model", "nothing.onnx", code=4).lower()
    assert "cannot listen on" in once("--host", "203.0.113.7", "--insecure", code=5)
    pem = tmp_path / "x.pem"
    pem.write_text("nonsense")
    assert "PEM" in once("--certificate", str(pem), "--key", str(pem), code=2)
    assert "go together" in once("--certificate", str(pem), code=2)
    assert "--workers" in once("--workers", "0", code=2)
    assert "cannot" in once("--token", "short", code=2)


@pytest.mark.parametrize("origin", ["example.org", "https://a.b/path", "*"])
def test_an_origin_is_a_scheme_and_a_host(origin):
    with pytest.raises(UsageError, match="--origin"):
        ServerOptions(origins=(origin,))


@posix
def test_ctrl_c_tells_clients_cancels_videos_and_leaves_nothing(tmp_path, demo_clip):
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with running(tmp_path) as (process, url):
        posted = httpx.post(f"{url}v1/videos", content=demo_clip.read_bytes())
        assert posted.status_code == 202
        (spool,) = spools(tmp_path)
        assert spool.stat().st_mode & 0o077 == 0
        with connect(url.replace("http", "ws") + "v1/stream") as client:
            client.recv()
            process.send_signal(signal.SIGINT)
            with pytest.raises(ConnectionClosed) as closed:
                client.recv(timeout=LONGEST_S)
            assert closed.value.rcvd.code == 1012
        code, _, err = ended(process)
        assert code == 0
        assert "nothing is left on the disk" in err
        assert "Traceback" not in err
    assert spools(tmp_path) == []


@pytest.mark.slow
@posix
def test_what_a_killed_server_left_is_removed_by_the_next(tmp_path, demo_clip):
    with running(tmp_path) as (process, url):
        httpx.post(f"{url}v1/videos", content=demo_clip.read_bytes())
        process.kill()
        process.wait()
    (left,) = spools(tmp_path)
    assert list((left / "jobs").iterdir())
    with running(tmp_path), running(tmp_path):
        # The second must leave the first one's alone.
        assert left not in spools(tmp_path)
        assert len(spools(tmp_path)) == 2
    assert spools(tmp_path) == []


TOKEN = "a-token-of-some-length"


@posix
@pytest.mark.parametrize("way", ["variable", "file", "option"])
def test_others_need_a_token_that_is_in_no_log(tmp_path, monkeypatch, way):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    monkeypatch.setenv("MIMIKA_TOKEN", TOKEN if way == "variable" else "")
    words = {"variable": (), "file": ("--token-file", str(path)), "option": ("--token", TOKEN)}
    with running(tmp_path, "--host", "0.0.0.0", *words[way]) as (process, url):
        assert "#" not in url
        assert httpx.get(f"{url}v1/model").status_code == 401
        good = {"authorization": f"Bearer {TOKEN}"}
        assert httpx.get(f"{url}v1/model", headers=good).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, out, err = ended(process)
        assert TOKEN not in out + err
        assert "--certificate" in err


@posix
def test_without_a_terminal_a_token_must_be_given(tmp_path):
    assert "MIMIKA_TOKEN" in once("--host", "0.0.0.0", code=2)
    assert "cannot be read" in once("--token-file", str(tmp_path / "none"), code=2)
    with running(tmp_path, "--host", "0.0.0.0", "--insecure") as (_, url):
        assert httpx.get(f"{url}v1/model").status_code == 200


@posix
def test_on_a_terminal_a_token_is_made_and_printed(tmp_path):
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("--port", "0", "--host", "0.0.0.0"),
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "200", "TERM": "dumb"},
    )
    os.close(theirs)
    try:
        shown = b""
        while b"\n" not in shown:
            shown += os.read(ours, 4096)
        url, token = re.search(r"(http://\S+)#token=(\S+)", shown.decode()).groups()
        good = {"authorization": f"Bearer {token}"}
        assert httpx.get(f"{url}v1/model", headers=good).status_code == 200
    finally:
        process.terminate()
        process.wait(LONGEST_S)
        os.close(ours)


@posix
def test_a_server_that_ends_answers_an_upload_with_503(tmp_path):
    with running(tmp_path) as (process, url):
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1].strip("/")))) as up:
            up.sendall(
                b"POST /v1/videos HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\r\nx"
            )
            wait_until(lambda: list(tmp_path.glob(f"{PREFIX}*/jobs/*/upload*")))
            process.send_signal(signal.SIGTERM)
            answer = up.recv(65536)
            assert answer.startswith(b"HTTP/1.1 503")
            assert b"etry-after" in answer.lower()
        code, _, err = ended(process)
        assert (code, "Traceback" in err) == (0, False), err
    assert spools(tmp_path) == []


@pytest.mark.slow
@posix
def test_what_a_crashed_worker_left_is_cleared_away(tmp_path, demo_clip):
    import psutil

    with running(tmp_path, "--workers", "2") as (process, url):
        wait_for(url)
        address = httpx.post(f"{url}v1/videos", content=demo_clip.read_bytes()).headers["location"]
        (spool,) = spools(tmp_path)
        (job,) = (spool / "jobs").iterdir()
        psutil.Process(int((job / "owner").read_text())).kill()
        wait_until(lambda: not (spool / "jobs" / job.name / "upload").exists())
        state = wait_until(lambda: answer_of(url.rstrip("/") + address)).json()
        assert state["state"] == "failed"
        assert "interrupted" in state["error"]
        assert "mimika_jobs 0.0" in httpx.get(f"{url}metrics").text
        assert httpx.delete(url.rstrip("/") + address).status_code == 204
        assert not job.exists()
        process.send_signal(signal.SIGINT)
        ended(process)


@pytest.mark.slow
@posix
def test_several_workers_share_videos_and_figures(tmp_path, face, demo_clip):
    with running(tmp_path, "--workers", "2") as (process, url):
        wait_for(url)
        address = httpx.post(f"{url}v1/videos", content=demo_clip.read_bytes()).headers["location"]
        # Each call is a new connection, so both workers are asked.
        states = [httpx.get(url.rstrip("/") + address).status_code for _ in range(20)]
        assert set(states) == {200}
        for _ in range(10):
            assert httpx.post(f"{url}v1/analyze", content=face).status_code == 200
        text = httpx.get(f"{url}metrics").text
        assert "mimika_faces_total 10.0" in text
        assert httpx.delete(url.rstrip("/") + address).status_code == 204
        process.send_signal(signal.SIGINT)
        code, _, err = ended(process)
        assert (code, "Traceback" in err) == (0, False), err
    assert spools(tmp_path) == []


def wait_for(url):
    return wait_until(lambda: answer_of(f"{url}readyz"))


def answer_of(url):
    """What a server answers; None where it is not there or not well."""
    try:
        return httpx.get(url).raise_for_status()
    except httpx.HTTPError:
        return None


def test_the_limits_have_words():
    for name in Limits.__dataclass_fields__:
        assert f" {name}: " in Limits.__doc__


@pytest.mark.parametrize(("words", "longest_s"), [([], 7200.0), (["--max-video", "30m"], 1800.0)])
def test_an_episode_fits_and_longer_films_may_be_allowed(monkeypatch, words, longest_s):
    from mimika.apps.cli.main import run
    from mimika.apps.server import run as server

    served = []
    monkeypatch.setattr(server, "serve", lambda options, started: served.append(options))
    assert run(["serve", "--no-open", "--quiet", *words]) == 0
    assert served[0].limits.video_s == longest_s


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_https_is_served(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost", "-days", "2")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *made],
        check=True,
        capture_output=True,
    )
    with running(tmp_path, "--certificate", str(certificate), "--key", str(key)) as (_, address):
        assert address.startswith("https://")
        port = int(re.search(r":(\d+)/", address)[1])
        context = ssl.create_default_context(cafile=str(certificate))
        assert httpx.get(f"https://localhost:{port}/healthz", verify=context).status_code == 200
