"""`mimika audit` with the shipped models on real pictures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from unittest import mock

import cv2
import pytest

from helpers.data_sets import write_folders, write_table
from helpers.models import write_model
from mimika.apps.cli.main import run
from mimika.models.card import InputSpec
from mimika.models.model import open_model
from mimika.training.audit.faces import enlarged, load_faces
from mimika.training.audit.summary import summary
from mimika.training.evaluation.evaluate import open_for_evaluation

HEADER = ("path", "label", "gender", "box_x", "box_y", "box_width", "box_height")
ASTRONAUT = ("astronaut.png", "happy", "female", 170, 60, 105, 145)


@pytest.fixture
def pictures(media, tmp_path):
    """Two whole pictures: a face where the table says, and one where the table is wrong."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("astronaut.png", "coffee.png", "two_people.jpg"):
        shutil.copy(media / name, folder)
    return folder


def audited(folder, *words, model="default"):
    assert run(["audit", model, str(folder), "-o", str(folder / "audit"), *words]) == 0
    return json.loads((folder / "audit" / "audit.json").read_text(encoding="utf-8"))


def test_figures_and_page(clip_faces, tmp_path, capsys):
    third = len(clip_faces) // 3
    faces = [*clip_faces[:third:8], *clip_faces[2 * third :: 8]]
    half = len(clip_faces[:third:8])
    write_folders(tmp_path / "data", faces, ["sad"] * half + ["happy"] * (len(faces) - half))
    out = tmp_path / "audit"
    assert run(["audit", "default", str(tmp_path / "data"), "-o", str(out)]) == 0
    found = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    told = capsys.readouterr()
    assert "no column that names groups" in told.err
    assert found["n"] == len(faces)
    assert len(found["classes"]) == 9, "all labels of the model are answers"
    clean = found["clean"]
    assert clean["accuracy"] > 0.7
    assert f"{100 * clean['accuracy']:.1f}%" in told.out
    low, high = clean["per_class"]["happy"]["intervals"]["recall"]
    assert low < clean["per_class"]["happy"]["recall"] <= high
    for each in found["robustness"]:
        assert all(0 <= g["accuracy"]["value"] <= 1 for g in each["grades"])
    dark = next(each for each in found["robustness"] if each["name"] == "dim and noisy")
    assert dark["grades"][-1]["accuracy"]["value"] < clean["accuracy"]
    assert found["steadiness"][0]["what"] == "mirror image"
    assert found["groups"] == {}
    answered = [each["answered"]["value"] for each in found["calibration"]["selective"]]
    assert answered == sorted(answered, reverse=True)
    assert found["presence"]["hidden"] == {"value": 0, "interval": mock.ANY, "n": len(faces)}
    assert found["presence"]["groups"] == {}
    assert "hidden as no faces" in told.out
    short = summary(found)
    assert short["accuracy"] == pytest.approx(clean["accuracy"], abs=1e-4)
    assert len(short["robustness"]) == len(found["robustness"]), "each degradation has its grade"
    assert len(json.dumps(short)) < 2000
    page = (out / "audit.html").read_text(encoding="utf-8")
    assert "was not measured" in page
    assert f"{100 * clean['accuracy']:.1f}%" in page
    assert not re.findall(r"(?:src|href)=|@import|url\(", page), "the page loads nothing"


def test_whole_pictures_go_through_the_detector(pictures, capsys):
    rows = [ASTRONAUT, ("astronaut.png", "happy", "male", 400, 400, 100, 100)]
    write_table(pictures / "t.csv", rows, header=HEADER)
    found = audited(pictures, "--crop", "face")
    seen = found["detection"]
    assert seen["boxes"]
    assert (seen["found"]["value"], seen["found"]["n"]) == (0.5, 2)
    assert (seen["pictures"], seen["further"], seen["further_hidden"]) == (1, 0, 0)
    assert [(band["from"], band["value"]) for band in seen["size"]] == [(64, 0.0), (128, 1.0)]
    assert found["n"] == 1
    assert found["clean"]["accuracy"] == 1.0
    assert "Of 2 faces 50% were not found" in " ".join(found["warnings"])
    assert "50.0% of 2" in capsys.readouterr().out


def test_two_rows_of_a_picture_are_two_faces_and_boxes_without_a_face_are_counted(pictures, media):
    shutil.copy(media / "galaxies.jpg", pictures)
    him, her = ("two_people.jpg", "neutral", "m", 791, 47, 146, 211), ("two_people.jpg", "happy")
    rows = [him, (*her, "f", 237, 24, 146, 198), ("galaxies.jpg", "sad", "f", 0, 0, 9, 9)]
    write_table(pictures / "t.csv", rows, header=HEADER)
    seen = audited(pictures, "--crop", "face", "--skip-bad")["detection"]
    assert (seen["found"]["value"], seen["found"]["n"]) == (pytest.approx(2 / 3), 3)
    assert (seen["pictures"], seen["further"], seen["further_hidden"]) == (2, 0.5, 0.5)


def test_stills_are_judged_upright(clip_faces, tmp_path):
    """As pictures by themselves: mirror images get the same label, tilted faces mostly too."""
    write_folders(tmp_path / "data", clip_faces[::20], ["happy"] * len(clip_faces[::20]))
    found = {}
    for words in ([], ["--stills"]):
        line = ["audit", "default", str(tmp_path / "data"), "-o", str(tmp_path / "audit"), *words]
        assert run([*line, "--overwrite"]) == 0
        values = (tmp_path / "audit" / "audit.json").read_text(encoding="utf-8")
        found[bool(words)] = json.loads(values)
        assert found[bool(words)]["still"] is bool(words)
    steady = found[True]["steadiness"][0]
    assert (steady["what"], steady["changed"]["value"]) == ("mirror image", 0)
    changed = {}
    for still, audit in found.items():
        (tilt,) = [each for each in audit["robustness"] if each["name"] == "tilt"]
        changed[still] = tilt["grades"][-1]["changed"]["value"]
    assert changed[True] <= changed[False]


def test_groups_of_three_people_are_too_few(clip_faces, tmp_path, capsys):
    write_folders(tmp_path, clip_faces[-6:], ["happy"] * 6)
    rows = [(f"happy/{n}.png", "happy", "ab"[n % 2]) for n in range(6)]
    table = write_table(tmp_path / "t.csv", rows, header=("path", "label", "group"))
    words = ["audit", "fast", str(table), "--crop", "none", "-o", str(tmp_path / "audit")]
    assert run(words) == 0
    assert "Too few faces to compare by group: a, b." in capsys.readouterr().err
    found = json.loads((tmp_path / "audit" / "audit.json").read_text(encoding="utf-8"))
    assert all(row["too_few"] for row in found["groups"]["group"]["groups"])
    (warning,) = found["warnings"]
    assert warning.startswith("With 6 faces all figures are uncertain")
    assert "too few" in (tmp_path / "audit" / "audit.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rows", "words", "code", "sentence"),
    [
        ([("coffee.png", "happy")], ["--crop", "face"], 3, "In none of the 1 pictures"),
        ([("astronaut.png", "bored"), ("coffee.png", "awake")], [], 3, "does not know"),
        ([("astronaut.png", "happy")], ["--groups", "age"], 3, "no column age"),
        ([("astronaut.png", "happy")], ["--labels", "fer2012"], 2, "fer2012"),
    ],
)
def test_one_sentence(rows, words, code, sentence, pictures, capsys):
    write_table(pictures / "t.csv", rows)
    out = pictures / "audit"
    assert run(["audit", "default", str(pictures), "-o", str(out), *words]) == code
    told = " ".join(capsys.readouterr().err.split())
    assert sentence in told
    assert "Traceback" not in told
    assert not list(out.glob("*")), "nothing half written"


def test_an_adopted_model_of_other_labels(pictures, tmp_path, capsys):
    """Its three labels are what can be right; a data set with more is refused in a sentence."""
    model = str(write_model(tmp_path / "small.onnx"))
    write_table(pictures / "t.csv", [ASTRONAUT], header=HEADER)
    found = audited(pictures, "--crop", "face", model=model)
    assert found["classes"] == ["happy", "neutral", "sad"]
    assert found["presence"] is None
    write_table(pictures / "t.csv", [ASTRONAUT, ("two_people.jpg", "anger")], header=HEADER)
    line = ["audit", model, str(pictures), "-o", str(pictures / "audit"), "--overwrite"]
    assert run([*line, "--crop", "face"]) == 3
    assert "does not know anger" in " ".join(capsys.readouterr().err.split())


def test_faces_are_degraded_at_the_size_that_most_of_them_have(clip_faces, tmp_path):
    spec = InputSpec(64, 64, 1, "gray")
    model = open_model("fast", engine="cpu")
    sizes = {"small": [48] * 5 + [96], "large": [24] + [96] * 5}
    for name, sides in sizes.items():
        faces = [cv2.resize(clip_faces[n], (side, side)) for n, side in enumerate(sides)]
        folder = write_folders(tmp_path / name, faces, ["happy"] * len(faces))
        data, split = open_for_evaluation(folder, model, crop="none")
        crops = load_faces(data, split, spec).crops
        assert crops.shape[1:] == ((48, 48, 1) if name == "small" else (64, 64, 1))
        assert enlarged(crops, spec).shape[1:] == (64, 64, 1)


def test_it_needs_no_pytorch(pictures):
    write_table(pictures / "t.csv", [ASTRONAUT], header=HEADER)
    code = (
        "import sys; from mimika.apps.cli.main import run; assert run(sys.argv[1:]) == 0; "
        "assert not {'torch', 'onnx', 'matplotlib'} & sys.modules.keys()"
    )
    words = ["audit", "fast", str(pictures), "--crop", "face", "-o", str(pictures / "audit")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
def test_the_london_set(shared, tmp_path):
    """102 people, neutral and smiling, through detector and crop; men's smiles are what is hard."""
    data = str(shared / "data" / "london")
    assert run(["audit", "default", data, "-o", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert found["n"] == 204
    assert found["detection"]["found"]["value"] == 1.0
    assert set(found["groups"]) == {"age", "gender", "ethnicity"}
    assert found["clean"]["per_class"]["neutral"]["recall"] >= 0.97
    few = {r["group"] for r in found["groups"]["ethnicity"]["groups"] if r["too_few"]}
    assert "east_asian/white" in few
    smiles = {
        row["group"]: row for row in found["groups"]["gender"]["groups"] if row["class"] == "happy"
    }
    assert (smiles["female"]["right"]["n"], smiles["male"]["right"]["n"]) == (49, 53)
    short = summary(found)["groups"]["gender, happy"]
    assert short == {k: round(v["right"]["value"], 4) for k, v in smiles.items()}
    unequal = any(row["unequal"] for row in smiles.values())
    assert unequal == any("by gender, happy" in line for line in found["warnings"])


@pytest.mark.slow
def test_clean_figures_are_those_of_evaluate(shared, tmp_path):
    data, evaluated = str(shared / "data" / "ferplus"), tmp_path / "e.json"
    words = ["--labels", "ferplus-8", "--split", "valid"]
    assert run(["audit", "fast", data, *words, "-o", str(tmp_path)]) == 0
    assert (
        run(["evaluate", "fast", data, *words, "--bootstrap", "0", "--json", str(evaluated)]) == 0
    )
    found = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))["clean"]
    expected = json.loads(evaluated.read_text(encoding="utf-8"))
    for name in ("accuracy", "balanced_accuracy", "ece", "confusion"):
        assert found[name] == expected[name], name
