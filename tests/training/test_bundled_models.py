"""The bundled models can be made again: models/README.md's own commands, held to what ships."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from mimika.apps.cli.main import run
from mimika.models.find import BUNDLED, model_path
from mimika.models.model import OnnxModel
from mimika.training.data.dataset import open_data
from mimika.training.recalibration import recalibrate

ROOT = Path(__file__).parents[2]
README = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
OUTPUTS = ("emotion", "fer2013")
INT8_TOLERANCE = 0.03
"""Greatest difference of a probability between the shipped int8 file and one that is made anew."""


def commands(name: str) -> list[list[str]]:
    """The command lines under a model's heading, without the program's name."""
    block = re.search(rf"### {name}\.onnx\n```\n(.*?)```", README, re.DOTALL)
    return [shlex.split(line)[1:] for line in block[1].splitlines()]


def follow(line: list[str], folder: Path, data: Path | None = None) -> None:
    """Run a command line with its files in `folder`, and data sets that lie in `data`."""
    places = {"FERPLUS": f"{data}/ferplus", "london/": f"{data}/london"} | {
        word: str(ROOT / word) for word in line if word.startswith("models/")
    }
    words = [
        str(folder / word) if word.endswith(".onnx") else places.get(word, word) for word in line
    ]
    assert run(words) == 0


@pytest.mark.parametrize("name", BUNDLED)
def test_the_float_form_differs_from_what_ships_by_the_rounding_to_int8_alone(
    name, clip_faces, tmp_path
):
    from mimika.models.preprocessing import fit

    follow(commands(name)[0], tmp_path)
    shipped = OnnxModel(model_path(name), engine="cpu")
    calibrated = tmp_path / "calibrated.onnx"
    recalibrate(tmp_path / f"{name}-float.onnx", calibrated, shipped.card.calibration)
    made = OnnxModel(calibrated, engine="cpu")
    assert made.card.labels == shipped.card.labels
    assert made.card.name == shipped.card.name
    faces = np.stack([fit(picture, made.card.input) for picture in clip_faces[::3]])
    found, expected = made.predict(faces, OUTPUTS), shipped.predict(faces, OUTPUTS)
    for output in OUTPUTS:
        assert expected[output].std(0).max() > 0.1
        assert np.abs(found[output] - expected[output]).mean() < 0.01
        same = found[output].argmax(1) == expected[output].argmax(1)
        ranked = np.sort(expected[output], axis=1)
        clear = ranked[:, -1] - ranked[:, -2] > 2 * INT8_TOLERANCE
        assert clear.mean() > 0.7
        assert same[clear].mean() > 0.97


def test_the_cards_say_what_the_commands_correct():
    """Temperature and prior power mean one thing for all models."""
    for name in BUNDLED:
        line = " ".join(commands(name)[-1])
        calibration = OnnxModel(model_path(name), engine="cpu").card.calibration
        assert calibration.temperature == float(re.search(r"--temperature (\S+)", line)[1])
        assert calibration.prior_power == float(re.search(r"--prior-power (\S+)", line)[1])
        assert len(calibration.shares) == 9


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUNDLED)
def test_the_int8_form_answers_as_what_ships(name, shared, tmp_path):
    data = shared / "data"
    for line in commands(name):
        follow(line, tmp_path, data)
    made = OnnxModel(tmp_path / f"{name}.onnx", engine="cpu")
    shipped = OnnxModel(model_path(name), engine="cpu")
    faces = open_data(data / "ferplus", to_train=False).splits["valid"].faces(made.card.input)
    found, expected = made.predict(faces, OUTPUTS), shipped.predict(faces, OUTPUTS)
    for output in OUTPUTS:
        difference = np.abs(found[output] - expected[output])
        same = found[output].argmax(1) == expected[output].argmax(1)
        ranked = np.sort(expected[output], axis=1)
        print(
            f"{name} {output}: probabilities within {difference.max():.2g}, 99% within "
            f"{np.quantile(difference, 0.99):.2g}; {same.mean():.2%} same labels"
        )
        assert difference.max() <= INT8_TOLERANCE
        # A label differs only where two are as likely as each other.
        assert same[ranked[:, -1] - ranked[:, -2] > 2 * INT8_TOLERANCE].all()
        assert same.mean() > 0.995
