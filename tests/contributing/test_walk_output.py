"""CONTRIBUTING.md, "An output", done as it is written there: from a column to the page."""

from __future__ import annotations

import csv
import json

import cv2
import pytest

from helpers.data_sets import write_table
from helpers.guide import steps

pytest.importorskip("torch")

PAGE = """
import json
from mimika.apps import page
from mimika.pipeline.analyze import PictureAnalyzer
from mimika.pipeline.settings import Settings
print(json.dumps(page.fields(PictureAnalyzer(Settings(model="run")).schema)["face"]))
"""


@pytest.fixture
def walked(copy):
    walk = steps("An output")
    assert len({step.path for step in walk}) == 2
    for step in walk:
        copy.take(step)
    return copy


def write_faces(root, media):
    """Sixteen faces in two classes, with an intensity each."""
    happy = cv2.imread(str(media / "obama.jpg"))[60:400, 200:540]
    neutral = cv2.imread(str(media / "astronaut.png"))[40:180, 150:300]
    rows = []
    for number in range(16):
        face, label = (happy, "happy") if number % 2 else (neutral, "neutral")
        (root / "faces").mkdir(exist_ok=True)
        shifted = face[number // 2 :, number // 2 :]
        cv2.imwrite(str(root / "faces" / f"{number}.png"), shifted)
        split = "valid" if number >= 12 else "train"
        rows.append((f"faces/{number}.png", label, split, 0.9 if number % 2 else 0.1))
    write_table(root / "faces.csv", rows, header=("path", "label", "split", "intensity"))


def test_an_output_is_two_entries(walked):
    walked.lint()
    walked.tests("schema", "-k", "not golden")
    page = "from mimika.apps.cli._results_page import page; print(page())"
    assert "| `intensity` |" in walked.python("-c", page)


@pytest.mark.slow  # trains and exports in processes of their own
def test_it_goes_from_a_column_to_the_page(walked, media):
    write_faces(walked.root, media)
    options = ("--network", "custom_cnn", "--epochs", "1", "--batch", "4", "--crop", "none")
    walked.mimika("train", "faces.csv", "-o", "run", *options)
    metrics = json.loads((walked.root / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert "concordance" in json.dumps(metrics)

    photo = str(media / "obama.jpg")
    walked.mimika("image", photo, "--model", "run", "--csv", "a.csv", "--jsonl", "a.jsonl")
    with (walked.root / "a.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    (face,) = json.loads((walked.root / "a.jsonl").read_text(encoding="utf-8"))["faces"]
    assert 0 <= float(row["intensity"]) == face["intensity"] <= 1

    on_the_page = {field["name"]: field for field in json.loads(walked.python("-c", PAGE))}
    assert [column["name"] for column in on_the_page["intensity"]["columns"]] == ["intensity"]
    assert "derived_valence" in on_the_page, "what the model does not measure stays derived"
