"""What a start loads, told by module lists and not by the clock."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

REPORT = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
RUN = "import sys; from mimika.apps.cli.main import run; assert run(sys.argv[1:]) == 0"


def loaded(code, *words):
    """Names of the modules that a fresh process has loaded at its end."""
    command = [sys.executable, "-c", f"{code}; {REPORT}", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def installed(modules):
    """The packages among them that are neither Python's own nor Mimika."""
    names = {name.partition(".")[0] for name in modules} - {"mimika", "__main__"}
    known = sys.stdlib_module_names | set(sys.builtin_module_names)
    return {n for n in names if n not in known and not n.startswith(("_", "sitecustomize"))}


def bare():
    """What every start of this interpreter loads, such as finders of editable installs."""
    return installed(loaded("pass"))


def test_import_mimika_loads_nothing_but_itself():
    modules = loaded("import mimika")
    own = {name for name in modules if name.split(".")[0] == "mimika"}
    assert own == {"mimika", "mimika.base", "mimika.base.version"}
    assert installed(modules) - bare() == set()


@pytest.fixture(scope="module")
def after_a_picture(media):
    return loaded(RUN, "image", media / "obama.jpg", "--engine", "cpu")


def test_a_picture_loads_what_it_needs(after_a_picture):
    needed = {"numpy", "cv2", "onnxruntime", "PIL"}
    words = {"cyclopts", "attr", "attrs", "docstring_parser", "typing_extensions"}
    assert needed <= installed(after_a_picture)
    assert installed(after_a_picture) - bare() <= needed | words


def test_a_picture_loads_no_films_no_window_and_no_other_verb(after_a_picture):
    own = {name for name in after_a_picture if name.startswith("mimika.")}
    assert not {n for n in own if n.startswith(("mimika.training", "mimika.audience"))}
    assert not own & {"mimika.sources.video", "mimika.pipeline.recognizer", "mimika.drawing"}
    # Fifteen milliseconds that only other engines need.
    assert "importlib.metadata" not in after_a_picture
    verbs = {n for n in own if n.startswith("mimika.apps.cli.") and "._" not in n}
    assert verbs == {f"mimika.apps.cli.{n}" for n in ("console", "image", "main")}


def test_a_worker_process_loads_no_command_line():
    assert installed(loaded("import mimika.__main__, mimika.batch.local")) - bare() == set()


def test_who_starts_worker_processes_waits_for_nothing_heavy():
    modules = loaded("import mimika.apps.cli.batch, mimika.batch.run")
    assert installed(modules).isdisjoint({"numpy", "cv2", "av", "pyarrow", "onnxruntime"})
