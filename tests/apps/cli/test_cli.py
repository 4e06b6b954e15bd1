"""The command line as people use it: in processes of its own, on real pictures and films."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from helpers.command import MIMIKA, environment
from helpers.media import write_loop
from helpers.waiting import wait_until

ROOT = Path(__file__).parents[3]


def test_help_teaches_and_the_version_is_said(mimika):
    text = mimika("--help").stdout
    for verb in ("webcam", "image", "video", "cameras", "models", "demo", "bench"):
        assert verb in text
    video = mimika("video", "--help").stdout
    assert "mimika video film.mp4" in video
    assert set(re.findall(r"\[default: *(.*?)\]", video)) == {
        *("auto", "default", "yunet", "16", "0.0", "0.2", "0", "1", "en"),
    }
    assert mimika("--version").stdout.strip() == __import__("mimika").__version__


def test_pictures_to_a_table_and_to_files(mimika, media, tmp_path):
    files = [media / "two_people.jpg", media / "coffee.png", media / "astronaut.png"]
    ended = mimika(
        "image", *files, "--output", "seen", "--csv", "seen.csv", "--jsonl", "seen.jsonl"
    )
    assert "two_people.jpg: 2 faces" in ended.stdout
    assert "coffee.png: no face" in ended.stdout
    with (tmp_path / "seen.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["emotion"] for row in rows] == ["neutral", "neutral", "happy"]
    assert rows[2]["name"].endswith("astronaut.png")
    lines = (tmp_path / "seen.jsonl").read_text(encoding="utf-8").splitlines()
    assert [len(json.loads(line)["faces"]) for line in lines] == [2, 0, 1]
    original = cv2.imread(str(media / "astronaut.png"))
    drawn = cv2.imread(str(tmp_path / "seen" / "astronaut.png"))
    assert drawn.shape == original.shape
    assert (drawn != original).any()
    assert not list(tmp_path.rglob(".*.part*"))


def moments(text):
    """The rows of a table of moments: three times in seconds, the face and the strength."""
    rows = [re.findall(r"[\d:.]+", line) for line in text.splitlines()]
    return [
        [*(60 * float(time.split(":")[0]) + float(time.split(":")[1]) for time in row[:3]), *more]
        for row in rows
        if len(row) == 5 and all(":" in time for time in row[:3])
        for more in [list(map(float, row[3:]))]
    ]


def test_the_demo_without_a_screen_shows_what_the_readme_shows(mimika, tmp_path):
    ended = mimika()
    assert "no screen" in ended.stderr
    found = moments(ended.stdout)
    assert len(found) == 3
    for name in ("README.md", "README.ru.md"):
        documented = moments((ROOT / name).read_text(encoding="utf-8"))
        assert np.allclose(documented, found, rtol=0, atol=0.25)
    with av.open(str(tmp_path / "mimika-out" / "demo.mp4")) as film:
        assert film.streams.video[0].frames == 472
        assert film.streams.video[0].codec_context.name == "h264"
    with (tmp_path / "mimika-out" / "demo.csv").open(newline="") as file:
        emotions = [row["emotion"] for row in csv.DictReader(file)]
    assert emotions.index("sad") < emotions.index("happy")


def test_options_mean_the_same_for_a_film(mimika, media, tmp_path):
    film = media / "head-pose-face-detection-female-and-male.gif"
    mimika(
        "video", film, "--jsonl", "a.jsonl", "--every", "2", "--raw", "--quiet", "--threads", "1"
    )
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert len(lines) == 56
    assert {face["track_id"] for line in lines for face in line["faces"]} == {1, 2}


def test_russian(mimika, media):
    ended = mimika("image", media / "astronaut.png", "--lang", "ru")
    assert "радость" in ended.stdout


def test_quiet_says_nothing_but_errors(mimika, media):
    ended = mimika("image", media / "astronaut.png", "--quiet")
    assert ended.stdout + ended.stderr == ""
    assert "There is no picture" in mimika("image", "none.jpg", "--quiet", code=3).stderr


def test_haar_and_models(mimika, media):
    assert "1 face" in mimika("image", media / "astronaut.png", "--detector", "haar").stdout
    cards = json.loads(mimika("models", "--json", "-").stdout)
    assert cards["default"]["outputs"]["emotion"]["labels"][0] == "anger"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("dance",), 2, "no verb 'dance'"),
        (("vidoe", "a.mp4"), 2, "did you mean `mimika video`"),
        (("{clip}",), 2, "`mimika video"),
        (("{media}/obama.jpg",), 2, "`mimika image"),
        (("{media}",), 2, "`mimika image"),
        (("net.onnx",), 2, "`mimika webcam --model net.onnx`"),
        (("rtsp://camera/1",), 2, "`mimika video rtsp://camera/1`"),
        (("cameras", "a", "b"), 2, "'a b' is too much"),
        (("web",), 2, "Something is missing: `mimika web OUT`."),
        (("image", "photo.jpg", "--output"), 2, "--output needs a value."),
        (("image", "photo.jpg", "-o"), 2, "-o needs a value."),
        (("export", "runs/first"), 2, "`mimika export` cannot do without --output."),
        (("adopt", "a.onnx", "--output", "b"), 2, "`mimika adopt` cannot do without --classes."),
        (("image",), 2, "FILES"),
        (("image", "a.jpg", "--color"), 2, "--color"),
        (("image", "a.jpg", "--min-confidence", "7"), 2, "from 0 to 1"),
        (("image", "a.jpg", "--every", "0"), 2, "--every"),
        (("image", "a.jpg", "--lang", "de"), 2, "de"),
        (("image", "none.jpg"), 3, "There is no picture"),
        (("image", "{tmp}"), 3, "holds no picture"),
        (("video", "none.mp4"), 3, "There is no file"),
        (("video", "htp://x/a.mp4"), 3, "did you mean http://?"),
        (("video", "rtps://me:secret@camera/1"), 3, "rtps://camera/1 begins with rtps://"),
        (("video", "file:///a.mp4"), 3, "without file://"),
        (("video", "http://127.0.0.1:9/film"), 3, "does not answer"),
        (("image", "{media}/astronaut.png", "--model", "none.onnx"), 4, "There is no model"),
        (("image", "{media}/astronaut.png", "--model", "{media}/coffee.png"), 4, "can load"),
        (("image", "{media}/astronaut.png", "--detector", "mtcnn"), 2, "no detector"),
        (("image", "{media}/astronaut.png", "--detector", "no.xml"), 4, "no cascade"),
        (("webcam", "77", "--no-window"), 5, "no camera 77"),
        (("webcam", "--size", "big"), 2, "1280x720"),
        (("webcam", "--fps", "0"), 2, "--fps"),
        (("engines", "--threads", "-1"), 2, "--threads"),
        (("bench", "--seconds", "0"), 2, "--seconds"),
        (("bench", "--seconds", "-1"), 2, "--seconds"),
        (("bench", "--budget", "-5"), 2, "--budget"),
        (("bench", "--seconds", "nan"), 2, "--seconds"),
        (("serve", "--port", "70000"), 2, "--port"),
        (("serve", "--workers", "0"), 2, "--workers"),
        (("image", "a.jpg", "--min-face", "-1"), 2, "--min-face"),
        (("image", "a.jpg", "--threads", "-1"), 2, "--threads"),
        (("image", "{media}/astronaut.png", "--csv", "/proc/none/a.csv"), 6, "cannot be written"),
        (("demo", "--no-window", "--output", "film.txt"), 6, ".mp4"),
    ],
)
def test_bad_input_is_one_sentence_and_an_exit_code(
    mimika, media, demo_clip, tmp_path, words, code, says
):
    filled = [word.format(tmp=tmp_path, media=media, clip=demo_clip) for word in words]
    ended = mimika(*filled, code=code)
    assert says in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.rglob(".*.part*"))


def test_a_full_disk_is_one_sentence(tmp_path):
    # A limit on the size of files is what an unprivileged test has of a full disk.
    pytest.importorskip("resource")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); "
        "from mimika.apps.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "demo", "--no-window"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 6, ended.stderr
    assert "disk is full" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.rglob(".*.part*"))


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX here")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_was_written(tmp_path, demo_clip, sent):
    # So long that it does not end before the signal.
    film = write_loop(demo_clip, tmp_path / "a.mkv", 60)
    words = ["video", str(film), "--csv", "a.csv", "--output", "a.mp4"]
    running = subprocess.Popen(
        [*MIMIKA, *words], cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
    )
    wait_until(
        lambda: (
            any(p.stat().st_size > 1000 for p in tmp_path.glob(".a.mp4*"))
            or running.poll() is not None
        )
    )
    running.send_signal(sent)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    with av.open(str(tmp_path / "a.mp4")) as film:
        frames = sum(1 for _ in film.decode(video=0))
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = len(list(csv.DictReader(file)))
    assert 0 < frames < 60 * 472
    assert 0 < rows < 60 * 472
    names = ["a.csv", "a.csv.partial", "a.mkv", "a.mp4", "a.mp4.partial"]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    assert said.casefold().count("stopped") == 1
    assert json.loads((tmp_path / "a.csv.partial").read_text())["frames"] >= frames
