"""`mimika evaluate` with the shipped model on real faces."""

from __future__ import annotations

import json
import subprocess
import sys

import cv2
import pytest

from helpers.data_sets import write_folders
from mimika.apps.cli.main import run


@pytest.fixture
def crying_then_laughing(clip_faces, tmp_path):
    """The clip's first third is sad, its last is happy; anyone can see that."""
    third = len(clip_faces) // 3
    faces = [*clip_faces[:third:2], *clip_faces[2 * third :: 2]]
    half = len(clip_faces[:third:2])
    return write_folders(tmp_path / "clip", faces, ["sad"] * half + ["happy"] * (len(faces) - half))


def test_figures_file_and_pictures(crying_then_laughing, tmp_path, capsys):
    figures, folder = tmp_path / "f.json", tmp_path / "pictures"
    line = ["evaluate", "default", str(crying_then_laughing), "--json", str(figures)]
    assert run([*line, "--charts", str(folder)]) == 0
    told = capsys.readouterr()
    read = json.loads(figures.read_text())
    assert {"accuracy", "balanced_accuracy", "ece", "n", "per_class"} <= read.keys()
    assert read["split"] == "all"
    assert "flatter" in told.err
    assert read["accuracy"] > 0.8
    assert f"{100 * read['accuracy']:.1f}%" in told.out
    low, high = read["intervals"]["accuracy"]
    assert low <= read["accuracy"] <= high
    assert read["per_class"]["happy"]["n"] + read["per_class"]["sad"]["n"] == read["n"]
    assert sum(map(sum, read["confusion"])) == read["n"]
    for name in ("confusion", "reliability"):
        assert cv2.imread(str(folder / f"{name}.png")).std() > 10


def test_mirror_is_named_and_changes_the_answers(crying_then_laughing, tmp_path, capsys):
    got = {}
    for name, extra in (("plain", []), ("mirror", ["--mirror"])):
        path = tmp_path / f"{name}.json"
        line = ["evaluate", "default", str(crying_then_laughing), "--json", str(path)]
        assert run([*line, "--bootstrap", "0", *extra]) == 0
        got[name] = json.loads(path.read_text())
    assert "mirror image" in capsys.readouterr().out
    assert got["mirror"]["mirror"] is True
    assert got["mirror"]["ece"] != got["plain"]["ece"]
    assert "intervals" not in got["plain"]


def test_a_split_of_an_unsplit_data_set_is_the_one_that_training_makes(
    crying_then_laughing, tmp_path
):
    from mimika.training.data.dataset import open_data

    path = tmp_path / "f.json"
    line = ["evaluate", "default", str(crying_then_laughing), "--split", "valid"]
    assert run([*line, "--seed", "3", "--json", str(path)]) == 0
    assert json.loads(path.read_text())["n"] == len(
        open_data(crying_then_laughing, seed=3).splits["valid"]
    )


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["none.onnx", "DATA"], 4, "There is no model"),
        (["default", "NONE"], 3, "There is no data set"),
        (["default", "DATA", "--split", "tset"], 2, "tset"),
        (["default", "DATA", "--labels", "fer2012"], 2, "fer2012"),
        (["default", "OWN"], 3, "does not know awake, bored"),
        (["default", "ONE"], 3, "has a single class, happy"),
    ],
)
def test_one_sentence(words, code, sentence, crying_then_laughing, clip_faces, tmp_path, capsys):
    own = write_folders(tmp_path / "own", clip_faces[:20], ["bored", "awake"] * 10)
    one = write_folders(tmp_path / "one", clip_faces[:20], ["happy"] * 20)
    places = {"DATA": crying_then_laughing, "NONE": tmp_path / "none", "OWN": own, "ONE": one}
    assert run(["evaluate", *(str(places.get(word, word)) for word in words)]) == code
    told = " ".join(capsys.readouterr().err.split())
    assert sentence in told
    assert "Traceback" not in told


def test_the_figures_of_the_card_are_printed_again(shared, tmp_path):
    """Each figure in the shipped card, within what other processors may change."""
    from mimika.models.find import model_path
    from mimika.models.model import OnnxModel

    card = OnnxModel(model_path("default")).card
    assert card.metrics
    for key, figure in card.metrics.items():
        labels, split = key.split("/")
        if split != "valid":
            continue  # the test split is read once, and was
        path = tmp_path / f"{labels}.json"
        line = ["evaluate", "default", str(shared / "data" / "ferplus"), "--labels", labels]
        assert run([*line, "--bootstrap", "0", "--json", str(path)]) == 0
        read = json.loads(path.read_text())
        assert read["n"] == figure["n"]
        assert read["accuracy"] == pytest.approx(figure["accuracy"], abs=0.003)
        assert read["balanced_accuracy"] == pytest.approx(figure["balanced_accuracy"], abs=0.01)


WITHOUT_PYTORCH = """
import sys

ABSENT = {"torch", "torchvision", "onnx", "lightning_fabric", "safetensors", "matplotlib"}

class Without:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        absent = name.partition(".")[0] in ABSENT
        return None if absent else self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
from mimika.apps.cli.main import run
code = run(sys.argv[1:])
assert not ABSENT & sys.modules.keys()
sys.exit(code)
"""


def test_a_model_file_is_evaluated_without_pytorch(crying_then_laughing, tmp_path):
    path = tmp_path / "f.json"
    line = ["evaluate", "default", str(crying_then_laughing), "--json", str(path)]
    command = [sys.executable, "-c", WITHOUT_PYTORCH, *line]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(path.read_text())["accuracy"] > 0.8
    command += ["--overwrite", "--charts", str(tmp_path / "charts")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 7
    assert "[train]" in done.stderr
