"""The comparison with Human, without Human: its frames, its answers, and what to do without it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
FOUR_FACES = "1280x720, 4 faces"


@pytest.fixture
def compare_human(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import compare_human

    return compare_human


@pytest.fixture
def moving_scenes(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import moving_scenes

    return moving_scenes


def test_human_gets_the_pixels_that_mimika_gets(compare_human, moving_scenes, tmp_path):
    compare_human.write_frames(tmp_path, FOUR_FACES, 2)
    film = moving_scenes.film_pictures(2)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0.png", "1.png"]
    assert not np.array_equal(*film)
    for i, frame in enumerate(moving_scenes.placed(film, FOUR_FACES)):
        assert np.array_equal(cv2.imread(str(tmp_path / f"{i}.png")), frame)
        for corner in (frame[:360, :640], frame[360:, 640:]):
            assert np.array_equal(corner, film[i])


def test_scenes_are_as_large_as_they_are_called(moving_scenes):
    picture = np.full((360, 640, 3), 7, np.uint8)
    for scene in moving_scenes.SCENES:
        (frame,) = moving_scenes.placed([picture], scene)
        assert scene.startswith(f"{frame.shape[1]}x{frame.shape[0]}, ")
    small = moving_scenes.placed([picture], "640x480, 1 face")[0]
    assert (small[60:420] == 7).all()
    assert not small[:60].any()
    assert not small[420:].any()


def test_the_first_fifth_warms_up(moving_scenes):
    found = moving_scenes.summary([500.0] * 20 + list(range(1, 81)), [9] * 20 + [1, 0] * 40)
    assert found == {"mean": 40.5, "median": 41, "p95": 77, "faces": 0.5}


def test_ratios_are_of_rounds(moving_scenes):
    rounds = [({"mean": theirs}, {"mean": 2.0}) for theirs in (40.0, 10.0, 30.0)]
    assert moving_scenes.ratios(rounds, "mean") == (15.0, 5.0, 20.0)


def test_what_human_has_printed_is_read(compare_human):
    ways = {
        "human": {"tookMs": [90.0, 30.0, 40.0, 50.0, 40.0], "faces": [0, 4, 4, 4, 3]},
        "human, by default": {"tookMs": [90.0] * 5, "faces": [4] * 5},
    }
    printed = {"seen": ways, "version": "3.3.6", "backend": "wasm", "threads": 1}
    printed |= {"chromium": "156"}
    figures, human = compare_human.of_human(f"a line of Node's own\n{json.dumps(printed)}\n")
    assert figures["human"] == {"mean": 40.0, "median": 40.0, "p95": 50.0, "faces": 3.75}
    assert figures["human, by default"]["mean"] == 90.0
    assert human == {"version": "3.3.6", "backend": "wasm", "threads": 1, "chromium": "156"}


def test_both_see_a_scene_in_turn_on_as_many_threads(compare_human, monkeypatch):
    turns = []
    human = {"version": "3.3.6", "backend": "wasm", "threads": 3, "chromium": "156"}

    def seen_by_human(folder, count):
        turns.append(("human", len(list(folder.iterdir()))))
        best = {"mean": 40.0, "median": 30.0, "p95": 90.0, "faces": 4.0}
        return {"human": best, "human, by default": best | {"mean": 60.0}}, human

    def measured(source, words):
        turns.append((words["model"], words["threads"]))
        took = 4.0 if words["model"] == "default" else 2.0
        figures = {"mean": took, "median": took, "p95": took, "faces": 4.0}
        return dict.fromkeys(words["scenes"], figures)

    monkeypatch.setattr(compare_human, "seen_by_human", seen_by_human)
    monkeypatch.setattr(compare_human, "measured", measured)
    monkeypatch.setattr(compare_human, "write_frames", lambda folder, scene, count: None)
    found = compare_human.compared(FOUR_FACES, rounds=2, frames=10, threads=None)
    assert turns == [("human", 0), ("default", 3), ("fast", 3)] * 2
    times_as_fast = found["times_as_fast"]
    assert times_as_fast["fast, beside human"]["mean"] == (20.0, 20.0, 20.0)
    assert times_as_fast["default, beside human, by default"]["mean"] == (15.0, 15.0, 15.0)
    said = compare_human.in_words(FOUR_FACES, found)
    assert "wasm, 3 thread(s), Chromium 156; Mimika's threads: 3" in said
    assert "default, beside human: times as fast: mean 10.0 (10.0 to 10.0), median 7.5" in said
    json.dumps(found)


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ([], "playwright-core is not installed: run npm ci --prefix web."),
        (
            ["web/node_modules/playwright-core"],
            "@vladmandic/human is not installed: run npm ci --prefix web/bench.",
        ),
        (
            [
                "web/node_modules/playwright-core",
                "web/bench/node_modules/@vladmandic/human",
            ],
            "Human runs in Chromium, and there is no ",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    compare_human, monkeypatch, tmp_path, there, sentence
):
    monkeypatch.setattr(compare_human.shutil, "which", lambda name: f"/usr/bin/{name}")
    for folder in there:
        (tmp_path / folder).mkdir(parents=True)
    assert compare_human.missing(tmp_path, tmp_path / "chromium").startswith(sentence)


def test_nothing_is_missing_where_all_is_there(compare_human, monkeypatch, tmp_path):
    monkeypatch.setattr(compare_human.shutil, "which", lambda name: f"/usr/bin/{name}")
    (tmp_path / "web/node_modules/playwright-core").mkdir(parents=True)
    (tmp_path / "web/bench/node_modules/@vladmandic/human").mkdir(parents=True)
    (tmp_path / "chromium").touch()
    assert compare_human.missing(tmp_path, tmp_path / "chromium") == ""


def test_without_node_the_script_leaves_with_a_sentence():
    command = [sys.executable, str(SCRIPTS / "compare_human.py")]
    run = subprocess.run(command, env={"PATH": ""}, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == "Human needs Node: install it (apt install nodejs npm).\n"
