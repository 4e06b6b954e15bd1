"""The public surface is what it says, and importing it costs nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import mimika
from mimika import errors


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_every_public_name_exists():
    for name in mimika.__all__:
        assert getattr(mimika, name) is not None
    assert sorted(mimika.__all__) == dir(mimika)


def test_unknown_names_are_attribute_errors():
    assert not hasattr(mimika, "nonsense")


def test_importing_loads_nothing_heavy_and_says_nothing():
    code = (
        "import sys, json; before = set(sys.modules); import mimika; "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    loaded = json.loads(python(code))
    heavy = {"numpy", "cv2", "onnxruntime", "av", "PIL", "pygame", "torch", "rich", "cyclopts"}
    assert not heavy & set(loaded)


def test_the_command_line_loads_no_training_and_no_server():
    code = (
        "import sys; from mimika.apps.cli.main import build; build(helping=True); "
        "print(' '.join(sys.modules))"
    )
    loaded = set(python(code).split())
    assert not {"torch", "fastapi", "sklearn", "matplotlib", "pygame", "av", "cv2"} & loaded


def test_errors_have_different_exit_codes():
    kinds = [
        errors.UsageError,
        errors.InputError,
        errors.ModelError,
        errors.DeviceError,
        errors.OutputError,
        errors.MissingExtra,
    ]
    codes = [kind.exit_code for kind in kinds]
    assert codes == [2, 3, 4, 5, 6, 7]
    assert "pip install 'mimika[train]'" in str(errors.MissingExtra("Training", "train"))
