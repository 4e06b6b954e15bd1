"""Nothing is sent anywhere, and no file of others appears: each verb in a fresh, empty home.

Python's own sockets are seen by an audit hook, those of C libraries by strace if it is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.media import write_video

WEIGHTS = Path(__file__).parents[1] / "models" / "slim-s48.safetensors"
STRACE = shutil.which("strace")
LONGEST_S = 200.0
HOOK = """
import faulthandler, os, sys
# What hangs says where.
faulthandler.dump_traceback_later(float(os.environ["MIMIKA_TEST_LONGEST_S"]), exit=True)
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"):
        with open(os.environ["MIMIKA_TEST_SOCKETS"], "a") as file:
            file.write(f"{event} {arguments[1:]}\\n")
sys.addaudithook(hook)
"""
ANALYZE = "import mimika, sys; assert mimika.analyze(sys.argv[1])"
OPENVINO = (
    "import mimika, sys; from mimika.engines.openvino import OpenVinoSession as S; "
    "from mimika.models.find import model_path; S(model_path('default'))"
)


@dataclass
class Traces:
    """What a process left.

    Attributes:
        files: files in its home and its folder for temporary ones.
        sockets: what it called.
    """

    files: list[str]
    sockets: list[str]


def traces(folder: Path, *words: str, code: int | None = 0, longest_s: float = LONGEST_S) -> Traces:
    """Run Python with an empty home, and say what it left; `code` None takes any but a crash."""
    for name in ("home", "temporary", "hook"):
        (folder / name).mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(HOOK)
    calls, log = folder / "calls", folder / "sockets"
    strace = [STRACE, "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(calls)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ORT_", "XDG_", "CI"))}
    path = os.pathsep.join([str(folder / "hook"), *sys.path[1:]])
    done = subprocess.run(
        [*(strace if STRACE else ()), sys.executable, *words],
        env=kept
        | {
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "temporary"),
            "PYTHONPATH": path,
            "MIMIKA_TEST_SOCKETS": str(log),
            "MIMIKA_TEST_LONGEST_S": str(longest_s),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=longest_s + 60,
        check=False,
    )
    assert code is None or done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert "Timeout (" not in done.stderr, done.stderr
    seen = log.read_text().splitlines() if log.exists() else []
    if calls.exists():
        seen += [line for line in calls.read_text().splitlines() if "AF_INET" in line]
    return Traces(
        [
            str(path.relative_to(folder))
            for name in ("home", "temporary")
            for path in (folder / name).rglob("*")
            if path.is_file() and "mimika" not in path.relative_to(folder).parts
        ],
        seen,
    )


def mimika(*words: str) -> tuple[str, ...]:
    return ("-m", "mimika", *words)


def test_the_hook_and_strace_see_a_socket(tmp_path):
    code = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))"
    seen = traces(tmp_path, "-c", code)
    assert len(seen.sockets) == (2 if STRACE else 1)


def test_analyze_is_quiet(tmp_path, media):
    seen = traces(tmp_path, "-c", ANALYZE, str(media / "obama.jpg"))
    assert seen == Traces([], [])


@pytest.mark.parametrize("verb", ["image", "video", "models", "engines", "cameras", "help"])
def test_a_verb_is_quiet(tmp_path, media, verb):
    film = write_video(tmp_path / "film.mp4", [0.0, 0.1, 0.2])
    words = {
        "image": ("image", str(media / "obama.jpg"), "--csv", "seen.csv"),
        "video": ("video", str(film), "--no-window", "--output", "seen.mp4", "--csv", "seen.csv"),
        "models": ("models",),
        "engines": ("engines",),
        "cameras": ("cameras",),
        "help": ("--help",),
    }
    seen = traces(tmp_path, *mimika(*words[verb]))
    assert seen == Traces([], [])


def small_faces(folder: Path) -> Path:
    """A data set of noise, which is enough for an epoch."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("valid", 4), ("test", 4)):
        for label in ("happy", "sad"):
            (folder / split / label).mkdir(parents=True)
            for i in range(count):
                face = rng.integers(0, 255, (48, 48, 3), np.uint8)
                cv2.imwrite(str(folder / split / label / f"{i}.png"), face)
    return folder


LONG_VERBS = {
    "report": ("report", "film.mp4", "-o", "out"),
    "batch": ("batch", "films", "-o", "out", "--workers", "1"),
    "bench": ("bench", "--seconds", "0.5"),
    "audience": ("audience", "films", "--film", "films/a.mp4", "-o", "out", "--no-shots"),
    "web": ("web", "out"),
    "demo": ("demo", "--no-window"),
    "dataset": ("dataset", "faces"),
    "train": ("train", "faces", "-o", "run", "--epochs", "1", "--network", "slim_s48"),
    "evaluate": ("evaluate", "default", "faces", "--crop", "none"),
    "audit": ("audit", "default", "faces", "--crop", "none", "-o", "out"),
    "calibrate": ("calibrate", str(WEIGHTS), "faces", "--labels", "own", "-o", "calibrated.onnx"),
}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("verb", LONG_VERBS)
def test_a_long_verb_is_quiet(tmp_path, demo_clip, verb):
    small_faces(tmp_path / "faces")
    (tmp_path / "films").mkdir()
    for name in ("film.mp4", "films/a.mp4", "films/b.mp4"):
        shutil.copy(demo_clip, tmp_path / name)
    # What it says of such data does not matter here, only what it leaves and calls.
    seen = traces(tmp_path, *mimika(*LONG_VERBS[verb]), code=None, longest_s=600.0)
    # Matplotlib keeps a list of the machine's fonts; docs/security.md says so.
    assert seen.sockets == []
    assert [name for name in seen.files if "matplotlib" not in name] == []


@pytest.mark.slow
def test_adopt_is_quiet(tmp_path):
    pytest.importorskip("onnx", reason="needs onnx")
    from helpers.classifiers import network

    network(tmp_path / "m.onnx")
    words = ("adopt", "m.onnx", "--classes", "anger,happy,sad", "--size", "32x32", "-o", "o.onnx")
    seen = traces(tmp_path, *mimika(*words))
    assert seen == Traces([], [])


def test_openvino_is_quiet(tmp_path):
    pytest.importorskip("openvino", reason="needs openvino")
    seen = traces(tmp_path, "-c", OPENVINO)
    assert seen == Traces([], [])


@pytest.mark.slow
@pytest.mark.parametrize(
    "package",
    [
        "torch",
        "timm",
        "onnx",
        "onnxscript",
        "torch.utils.tensorboard",
        "cv2",
        "pygame",
        "pyarrow",
        "ray",
        "playwright.sync_api",
    ],
)
def test_a_package_is_quiet_when_it_is_imported(tmp_path, package):
    pytest.importorskip(package.split(".")[0], reason=f"needs {package}")
    seen = traces(tmp_path, "-c", f"import mimika, {package}")
    assert seen.sockets == []
    assert not [name for name in seen.files if "matplotlib" not in name]


def test_ray_counts_nothing_unless_the_user_wants_it(tmp_path):
    pytest.importorskip("ray", reason="needs Ray (extra cluster)")
    code = (
        "from mimika.batch.cluster import _ray; _ray()\n"
        "from ray._common.usage.usage_lib import usage_stats_enabled as enabled; print(enabled())"
    )
    for given, expected in ({}, "False"), ({"RAY_USAGE_STATS_ENABLED": "1"}, "True"):
        kept = {k: v for k, v in os.environ.items() if k != "RAY_USAGE_STATS_ENABLED"}
        home = {"HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=kept | home | given,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split()[-1] == expected
    assert not list(tmp_path.iterdir())


def test_telemetry_is_off_unless_the_user_wants_it(tmp_path):
    shown = "import os, mimika; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    for given, expected in ((None, "1"), ("0", "0")):
        environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
        environment |= {"ORT_DISABLE_TELEMETRY": given} if given else {}
        done = subprocess.run(
            [sys.executable, "-c", shown],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
