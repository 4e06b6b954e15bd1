"""The public surface is what it says, and importing it costs nothing."""

from __future__ import annotations

import json
import pydoc
import re
import subprocess
import sys
from importlib import metadata

import pytest

import mimika
from mimika.base import errors, extras


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_every_public_name_exists():
    for name in dir(mimika):
        assert getattr(mimika, name) is not None
    assert {"analyze", "process", "Recognizer", "MimikaError", "__version__"} <= {*dir(mimika)}


def test_type_checkers_know_every_public_name(request):
    text = (request.config.rootpath / "src" / "mimika" / "__init__.py").read_text(encoding="utf-8")
    assert {*re.findall(r"(\w+) as \1", text)} == {*dir(mimika)}


def test_help_fits_a_page():
    text = pydoc.plain(pydoc.render_doc(mimika))
    assert text.index("mimika.analyze(") < 300
    assert len(text.splitlines()) < 80


def test_the_guide_has_every_public_name(request):
    guide = (request.config.rootpath / "docs" / "python.md").read_text(encoding="utf-8")
    kinds = {n for n in dir(mimika) if isinstance(getattr(mimika, n), type)}
    wrong = {n for n in kinds if issubclass(getattr(mimika, n), errors.MimikaError)}
    for name in {*dir(mimika)} - {"__version__"} - wrong | {"MimikaError"}:
        assert re.search(rf"`{name}(`|\()", guide), name


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
    said = str(errors.MissingExtra("Training", "train"))
    assert re.search(r'-m pip install .*\[train\]"`', said)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, '-m pip install "mimika[serve]"'),
        ('{"url": "file:///a%20b", "dir_info": {}}', '-m pip install "/a b[serve]"'),
        (
            '{"url": "file:///src", "dir_info": {"editable": true}}',
            '-m pip install -e "/src[serve]"',
        ),
        ('{"url": "https://x.org/m.whl", "archive_info": {}}', '-m pip install "mimika[serve]"'),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the paths are POSIX ones")
def test_an_extra_is_installed_from_where_mimika_came_from(origin, expected, monkeypatch):
    class Distribution:
        def read_text(self, name):
            assert name == "direct_url.json"
            return origin

    monkeypatch.setattr(metadata, "distribution", lambda _: Distribution())
    assert extras.install_command("serve").endswith(expected)
