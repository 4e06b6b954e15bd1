"""docs/detectors.md, made from the table: `python -m mimika.apps.cli._detectors_page`."""

from __future__ import annotations

from pathlib import Path

from mimika.detection.table import DETECTORS, choices

PAGE = Path(__file__).parents[4] / "docs" / "detectors.md"
HEAD = f"""# Detectors

`--detector` takes {choices()}. Made from the table of detectors,
`src/mimika/detection/table.py`, by `python -m mimika.apps.cli._detectors_page`.

| name | what | file in `src/mimika/assets` | license | points of a face |
| --- | --- | --- | --- | --- |
"""
TAIL = """
The first is the default. The models' crops are cut around the boxes of YuNet; those of another
detector are turned into such boxes first. The bundled files are checked against their digests:
a damaged or foreign one is refused.

How to add one: [Contributing](../CONTRIBUTING.md). One of your own, from Python, needs no entry:
`mimika.Recognizer(detector=...)` takes whatever keeps to `mimika.detection.Detector`.
"""


def page() -> str:
    """Return the page's text."""
    lines = [
        f"| `{kind.name}` | {kind.meaning} | [{kind.file}]({kind.source}) | {kind.license} | "
        f"{', '.join(kind.landmarks) or 'none'} |\n"
        for kind in DETECTORS.values()
    ]
    return HEAD + "".join(lines) + TAIL


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
