"""docs/settings.md, made from the one table: `python -m mimika.apps.cli._settings_page`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from docstring_parser import parse

from mimika.apps.cli._output import Output
from mimika.pipeline.settings import Settings

PAGE = Path(__file__).parents[4] / "docs" / "settings.md"
HEAD = """# Settings

Every verb that recognises takes these, and they mean the same everywhere. Made from
`src/mimika/pipeline/settings.py` and the table of sinks, `src/mimika/sinks/table.py`, by
`python -m mimika.apps.cli._settings_page`.
"""


def page() -> str:
    """Return the page's text."""
    parts = [HEAD]
    for title, table in (("How faces are found and judged", Settings), ("Output", Output)):
        parts.append(f"\n## {title}\n| option | default | meaning |\n| --- | --- | --- |\n")
        help_of = {param.arg_name: param.description for param in parse(table.__doc__ or "").params}
        for field in fields(table):
            text = " ".join((help_of[field.name] or "").split())
            parts.append(f"| `--{field.name.replace('_', '-')}` | {_shown(field)} | {text} |\n")
    return "".join(parts)


def _shown(field: Any) -> str:
    if field.default is None or field.default is False:
        return "off"
    return f"`{field.default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
