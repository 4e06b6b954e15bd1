"""docs/results.md, made from the tables: `python -m mimika.apps.cli._results_page`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.schema.columns import ResultSchema
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS
from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult
from mimika.sinks.table import SINKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.schema.field import Field

PAGE = Path(__file__).parents[4] / "docs" / "results.md"
LABELS = ("happy", "neutral")
EXAMPLE = FrameResult(
    time_s=1.24,
    frame_index=31,
    width=1280,
    height=720,
    faces=(
        Face(
            box=Box(412.0, 138.5, 163.25, 201.0),
            track_id=1,
            probabilities={"happy": 0.9312, "neutral": 0.0688},
            emotion="happy",
            confidence=0.9312,
            detection_score=0.8841,
            values={"derived_valence": 0.7543, "derived_arousal": 0.4749},
        ),
    ),
)
SCHEMA = ResultSchema.of(LABELS, optional=("derived_valence", "derived_arousal"))
HEAD = """# Results

What is known of a frame and of its faces. Made from the table of fields,
`src/mimika/schema/fields.py`, and that of sinks, `src/mimika/sinks/table.py`, by
`python -m mimika.apps.cli._results_page`. Python, JSON, tables, the server and its page have the
same fields under the same names; `GET /v1/fields` is this page for programs.

A frame without a face has an empty list of faces: that is a result, not an error.
"""
FACE = """
A field that may be missing is left out of JSON, and is an empty cell in a table. Whether the
model measures `valence` and `arousal` is in its card; `derived_valence` and `derived_arousal` are
the mean of the emotions' published places (Russell & Mehrabian 1977, doi
10.1016/0092-6566(77)90037-X), weighted by the probabilities: they say nothing that the
probabilities do not, and a model that measures replaces them. Further numbers of a model's own
are called `OUTPUT.AXIS`, as in its card. Fields whose meaning begins with "Mesh" come with `--mesh`
([mesh.md](mesh.md)); the 52 columns of `blendshapes` are in Parquet, not in CSV.
"""
JSON = """
## As JSON
A line of a JSON lines file, what the server sends, and what `FrameResult.to_dict()` gives and
`from_dict()` reads (of a model with two labels):

"""
TABLES = """
## As a table
One row a face: first the frame's columns, then the face's, in the order above; `LABEL` stands for
each of the model's labels in its order, `NAME` for each of the detector's points. The example as
CSV:

"""
EMPTY = """
A frame without a face has no row, unless you ask for it with `--empty-frames`: then it has one
whose face columns are empty (null in Parquet), so that every frame is there. JSON lines have
every frame anyway. The `name` of a picture is a column only where there are several.

CSV is UTF-8 with commas and the line ends of RFC 4180. Parquet has whole numbers as int64, others
as float64, text as string; a column's metadata has its meaning and unit, the file's (`mimika`,
JSON) the version that wrote it.
"""
READ = """
A file appears under its name when it is whole. Ctrl-C keeps what was seen until then; a full disk
leaves an older file as it was.

## Reading them back
`mimika.read_results("faces.parquet")` gives the `FrameResult` of each frame again, from CSV, JSON
lines and Parquet, without holding the file in memory; `.to_pandas()` and `.to_arrow()` make a table
of it ([Python](python.md#as-a-table)). pandas reads the tables too:
`pandas.read_csv("faces.csv")`, `pandas.read_parquet("faces.parquet")`,
`pandas.read_json("frames.jsonl", lines=True)`.
"""


def page() -> str:
    """Return the page's text."""
    line = json.dumps(EXAMPLE.to_dict(), indent=1)
    heading = ",".join(column.name for column in SCHEMA.columns)
    (row,) = SCHEMA.rows(EXAMPLE)
    return "".join(
        (
            HEAD,
            _fields("A frame", FRAME_FIELDS),
            _fields("A face", FACE_FIELDS),
            FACE,
            JSON,
            f"```json\n{line}\n```\n",
            TABLES,
            f"```csv\n{heading}\n{','.join(str(cell) for cell in row)}\n```\n",
            EMPTY,
            _sinks(),
            READ,
        )
    )


def _fields(title: str, fields: Mapping[str, Field]) -> str:
    head = (
        "| field | type | unit | range | meaning | columns |\n| --- | --- | --- | --- | --- | --- |"
    )
    lines = [f"\n## {title}\n{head}\n"]
    for field in fields.values():
        meaning = field.meaning + (" May be missing." if field.optional else "")
        cells = (f"`{field.name}`", field.type, field.unit, _range(field), meaning, _columns(field))
        lines.append(f"| {' | '.join(cells)} |\n")
    return "".join(lines)


def _range(field: Field) -> str:
    if field.minimum is None and field.maximum is None:
        return ""
    if field.maximum is None:
        return f"from {field.minimum:g}"
    return f"{field.minimum:g} to {field.maximum:g}"


def _columns(field: Field) -> str:
    parts: Sequence[str] = ("NAME",) if field.type == "points" else ("LABEL",)
    if field.parts:
        return f"`{field.name}_NAME`"
    return ", ".join(f"`{column.name}`" for column in field.columns(parts))


def _sinks() -> str:
    lines = [
        "\n## Files\n| option | endings | what is written | needs |\n| --- | --- | --- | --- |\n"
    ]
    for kind in SINKS.values():
        endings = ", ".join(f"`{suffix}`" for suffix in kind.suffixes)
        lines.append(f"| `--{kind.option}` | {endings} | {kind.meaning} | {kind.package} |\n")
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
