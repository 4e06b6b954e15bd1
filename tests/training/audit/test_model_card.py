"""docs/model-card.md is made from audits of all models, in one command."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from helpers.data_sets import write_folders

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_all_models_are_audited_and_the_tables_written(clip_faces, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location(
        "write_tables", ROOT / "scripts" / "write_model_card_tables.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = tmp_path / "card.md"
    page.write_text(f"Before.\n{script.BEGIN}\nold\n{script.END}\nAfter.\n", encoding="utf-8")
    monkeypatch.setattr(script, "PAGE", page)
    write_folders(tmp_path / "faces" / "valid", clip_faces[-6:], ["happy"] * 6)
    words = [str(tmp_path / "faces"), "-o", str(tmp_path / "audits"), "--labels", "auto"]
    script.main(words)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert "old" not in text
    assert "6 faces" in text
    assert "`default`" in text
    assert "`fast`" in text
    assert "`accurate`" in text
    assert (tmp_path / "audits" / "fast-faces" / "audit.html").is_file()
    script.main([*words, "--kept"])
    assert page.read_text(encoding="utf-8") == text
