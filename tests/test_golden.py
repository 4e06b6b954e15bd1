"""The answers that the browser's recognizer must reproduce are those that Python gives today."""

from __future__ import annotations

import base64
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import mimika
from mimika.models.find import BUNDLED
from mimika.models.model import open_model

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_golden", ROOT / "scripts/make_golden.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stored(name):
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_crops(maker):
    made, kept = maker.crops(), stored("crops")
    for name in ("faces", "upright"):
        pixels = [np.frombuffer(base64.b64decode(each[name]), np.uint8) for each in (made, kept)]
        # OpenCV's vector instructions differ between processors by a step at most.
        assert np.abs(pixels[0].astype(int) - pixels[1]).max() <= 1
    assert made["boxes"] == [tuple(box) for box in kept["boxes"]]


@pytest.mark.parametrize("name", ["suppression", "tracks", "smoothing"])
def test_what_needs_no_network(maker, name):
    def close(made, kept):
        if isinstance(kept, dict):
            assert made.keys() == kept.keys()
            for key, value in kept.items():
                close(made[key], value)
        elif isinstance(kept, list):
            assert len(made) == len(kept)
            for one, other in zip(made, kept, strict=True):
                close(one, other)
        else:
            assert made == pytest.approx(kept, abs=1e-9)

    close(getattr(maker, name)(), stored(name))


def test_a_tilted_face(maker):
    made, kept = maker.tilted(), stored("tilted")
    assert made["box"] == pytest.approx(kept["box"], abs=0.5)
    assert made["score"] == pytest.approx(kept["score"], abs=0.02)
    assert made["probabilities"] == pytest.approx(kept["probabilities"], abs=0.02)


def test_people(maker):
    made, kept = maker.people(), stored("people")
    assert [step["numbers"] for step in made["steps"]] == [
        step["numbers"] for step in kept["steps"]
    ]
    assert np.allclose(made["differences"], kept["differences"], atol=0.02)


def test_a_summary():
    kept = stored("summary")
    summary = mimika.Summary()
    for raw in kept["results"]:
        summary.add(mimika.FrameResult.from_dict(raw))
    made = json.loads(json.dumps(summary.to_dict()))
    assert made == kept["summary"]


def test_a_clip(maker):
    for made, kept in zip(maker.clip()["results"], stored("clip")["results"], strict=True):
        assert len(made["faces"]) == len(kept["faces"])
        for face, before in zip(made["faces"], kept["faces"], strict=True):
            assert (face["track_id"], face["emotion"]) == (before["track_id"], before["emotion"])
            assert face["box"] == pytest.approx(before["box"], abs=0.5)
            assert face["probabilities"] == pytest.approx(before["probabilities"], abs=0.02)


def test_a_box_that_holds_no_face(maker):
    made, kept = maker.presence(), stored("presence")
    counts = [len(result["faces"]) for result in kept["results"]]
    assert {1, 2} == set(counts)
    assert len(kept["picture"]["faces"]) == 1
    results = zip(made["results"], kept["results"], strict=True)
    for one, other in [*results, (made["picture"], kept["picture"])]:
        for face, before in zip(one["faces"], other["faces"], strict=True):
            assert face["track_id"] == before["track_id"]
            assert face["face_presence"] == pytest.approx(before["face_presence"], abs=0.02)


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_the_card_beside_a_model_is_the_one_inside(name):
    # Else run: python scripts/write_cards.py
    beside = BUNDLED[name].with_name(f"{name}.card.json").read_text(encoding="utf-8")
    assert json.loads(beside) == open_model(name, engine="cpu").card.to_dict()
