"""`main.py` makes its environment once, and keeps what was added to it."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


pytestmark = pytest.mark.skipif(os.name == "nt", reason="stands for the program by os.execv")


def start(main):
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 0


@pytest.fixture
def main(tmp_path, monkeypatch):
    """The program, in a folder of its own; what it would run is written down."""
    (tmp_path / "main.py").write_bytes((ROOT / "main.py").read_bytes())
    (tmp_path / "pyproject.toml").write_text("dependencies = []\n")
    spec = importlib.util.spec_from_file_location("main_of_a_copy", tmp_path / "main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.made, module.installed = [], []

    def create(folder, **options):
        module.made.append(options)
        folder.mkdir(exist_ok=True)

    def call(command):
        module.installed.append(command[-1])
        return 0

    monkeypatch.setattr(module.venv, "create", create)
    monkeypatch.setattr(module.subprocess, "call", call)
    monkeypatch.setattr(module.os, "execv", lambda *_: sys.exit(0))
    monkeypatch.setattr(sys, "argv", ["main.py", "models"])
    monkeypatch.setenv("MIMIKA_COMMAND", "")
    return module


def test_the_second_run_starts_at_once(main):
    start(main)
    start(main)
    assert main.made == [{"with_pip": True, "clear": True}]
    assert main.installed == [str(main.HERE)]


def test_new_dependencies_leave_what_was_added(main, capsys):
    start(main)
    (main.HERE / "pyproject.toml").write_text("dependencies = ['numpy']\n")
    start(main)
    assert len(main.made) == 1
    assert len(main.installed) == 2
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize("stamp", [None, "", "abc (2, 7) elsewhere"])
def test_another_or_a_half_made_environment_is_made_anew(main, stamp):
    main.ENVIRONMENT.mkdir()
    if stamp is not None:
        main.STAMP.write_text(stamp)
    start(main)
    assert len(main.made) == 1


def test_a_failed_installation_is_tried_again(main, monkeypatch):
    monkeypatch.setattr(main.subprocess, "call", lambda _: 1)
    with pytest.raises(SystemExit, match="check the network"):
        main.main()
    assert not main.STAMP.exists()
