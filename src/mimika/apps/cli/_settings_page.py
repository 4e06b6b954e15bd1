"""docs/settings.md, made from the tables: `python -m mimika.apps.cli._settings_page`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from docstring_parser import parse

from mimika.apps.cli._input import Reading
from mimika.apps.cli._options import SHARED
from mimika.apps.cli._output import Output
from mimika.detection.table import choices
from mimika.pipeline.settings import Settings
from mimika.sinks.table import SINKS

PAGE = Path(__file__).parents[4] / "docs" / "settings.md"
HEAD = """# Settings

An option means the same on every verb that has it; `mimika VERB --help` shows which those are. Made
from `src/mimika/pipeline/settings.py`, `src/mimika/apps/cli/_input.py` and `_options.py` by
`python -m mimika.apps.cli._settings_page`.
"""
DETECTORS = "a name or file of [detectors.md](detectors.md)"
TARGETS = """
**Files.** Each kind of file that results are written to has an option, such as `--csv FILE`:
[results.md](results.md#files) has them all.

**Names of files.** A file is written whole or not at all, never over what is read, never over
another result, and over an older file only with `--overwrite` (or after a question, where a person
sits at the terminal). Of several films each gets files of its own: name a folder (`--csv tables`
writes `tables/FILM.csv`; a name without an ending is a folder), or a pattern with `{name}` in it
(`--csv "tables/{name}-faces.csv"`). Two films of one name get `FILM` and `FILM-2`. All pictures of
one run share a table; their annotated copies go to a folder.
"""


def page() -> str:
    """Return the page's text."""
    parts = [HEAD]
    for title, table in (
        ("Reading", Reading),
        ("Recognition", Settings),
        ("Results", Output),
    ):
        parts.append(f"\n## {title}\n| option | default | meaning |\n| --- | --- | --- |\n")
        help_of = {param.arg_name: param.description for param in parse(table.__doc__ or "").params}
        hints = get_type_hints(table, include_extras=True)
        for field in (each for each in fields(table) if each.name not in SINKS):
            text = " ".join((help_of.get(field.name) or _help(hints[field.name])).split())
            text = text.replace(choices(), DETECTORS)
            name = _name(hints[field.name]) or field.name
            parts.append(f"| {_option(name)} | {_shown(field)} | {text} |\n")
    parts.append(TARGETS)
    parts.append("\n## Shared by other verbs\n| option | meaning |\n| --- | --- |\n")
    own = {field.name for table in (Settings, Output) for field in fields(table)} - {"output"}
    parts += [
        f"| {_option(name)} | {_help(kind)} |\n" for name, kind in SHARED.items() if name not in own
    ]
    return "".join(parts)


def _option(name: str) -> str:
    short = "`-o`" if name == "output" else ""
    return f"`--{name.replace('_', '-')}` {short}".rstrip()


def _help(kind: Any) -> str:
    """The help that an annotated type carries."""
    return next(str(each.help) for each in kind.__metadata__ if each.help)


def _name(kind: Any) -> str:
    """The single name that an annotated type gives its option, "" for none."""
    names = [name for each in getattr(kind, "__metadata__", ()) for name in each.name or ()]
    return names[0].removeprefix("--") if len(names) == 1 else ""


def _shown(field: Any) -> str:
    if field.default in (None, False, ""):
        return "off"
    return f"`{field.default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
