from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mimika.apps.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (["train"], 2, "Say which data set"),
        (["train", "no/such/data", "--epochs", "0"], 2, "--epochs must be 1 or more"),
        (["train", "x", "--network", "alexnet", "-o", "OUT/run"], 2, "no network 'alexnet'"),
        (["train", "-o", "OUT", "--resume", "--epochs", "3"], 2, "the run's own settings"),
        (["train", "--resume"], 2, "Say which run"),
        (["train", "-o", "OUT", "--resume"], 3, "no run's config.json"),
        (["evaluate", "default", "x", "--seed", "-1"], 2, "--seed"),
        (["evaluate", "default", "x", "--bootstrap", "-1"], 2, "--bootstrap"),
        (["quantize", "default", "x", "-o", "OUT/m.onnx", "--max-drop", "-1"], 2, "--max-drop"),
        (["export", "x", "-o", "OUT/m.onnx", "--temperature", "-1"], 2, "--temperature"),
        (["adopt", "x", "--classes", "a,b", "--size", "0", "-o", "OUT/m.onnx"], 2, "--size"),
        (["train", "x", "--like", "OUT"], 3, "no run's config.json"),
        (["export", "OUT", "-o", "OUT/m.onnx"], 4, "no weights.safetensors"),
        (["export", "OUT/none.safetensors", "-o", "OUT/m.onnx"], 4, "no file of weights"),
        (["compare", "x", "--network", "vgg19"], 2, "--networks"),
        (["compare", "x", "--starts", "vgg19"], 2, "NETWORK=WEIGHTS"),
    ],
)
def test_one_sentence_and_an_exit_code(
    line: list[str],
    code: int,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([part.replace("OUT", str(tmp_path)) for part in line]) == code
    said = sentence(capsys)
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize("verb", ["train", "export", "compare"])
def test_help_names_every_option(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    told = capsys.readouterr().out
    for option in {
        "train": ("--network", "--augment", "--teacher", "--resume", "--like", "--speedup"),
        "export": ("--prior-power", "--temperature"),
        "compare": ("--networks", "--augments", "--starts", "--epochs"),
    }[verb]:
        assert option in told


def test_threads_wait_passively_unless_told_otherwise() -> None:
    program = (
        "import os, sys, contextlib\n"
        "from mimika.apps.cli.main import run\n"
        "from mimika.training import extra\n"
        "wait = extra.wait_passively\n"
        "def first():\n"
        "    assert 'torch' not in sys.modules, 'PyTorch has read its choice already'\n"
        "    wait()\n"
        "extra.wait_passively = first\n"
        "run(['train'])\n"
        "print(os.environ['OMP_WAIT_POLICY'])\n"
    )
    for given, expected in (({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")):
        around = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"} | given
        done = subprocess.run(
            [sys.executable, "-c", program], env=around, capture_output=True, text=True, check=False
        )
        assert done.stdout.strip() == expected, done.stderr
