"""docs/security.md names the tests that hold its promises; they are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_is_there():
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
    # A long name may go on in the next line.
    words = re.sub(r"_\n", "_", PAGE.replace("\n_", "_"))
    names = set(re.findall(r"\btest_[a-z0-9_]+(?!\.py)\b", words)) - files()
    assert len(names) > 20
    assert [name for name in sorted(names) if f"def {name}(" not in code] == []


def test_every_file_that_is_named_is_there():
    paths = re.findall(r"`((?:tests|scripts|deploy)/[\w./-]+)", PAGE)
    paths += re.findall(r"python (scripts/\w+\.py)", PAGE)
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def files():
    return {Path(name).stem for name in re.findall(r"test_\w+\.py", PAGE)}


def test_every_row_of_what_a_stranger_sends_says_what_holds_it():
    table = PAGE.partition("| what a stranger sends |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 30
    for row in rows:
        assert [bool(cell.strip()) for cell in row.strip("|").split("|")] == [True, True], row
