"""Results as a table in memory, for pandas and Apache Arrow: one row a face."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mimika.base.errors import MissingExtra
from mimika.base.version import __version__
from mimika.schema.columns import ResultSchema
from mimika.schema.field import Field
from mimika.schema.fields import FACE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mimika.schema.results import FrameResult
    from mimika.schema.values import Cell

METADATA_KEY = b"mimika"


class Results:
    """The results of frames, one after another, each once; or all of them as a table.

        for result in mimika.read_results("film.csv"):
            print(result.time_s, result.faces)

        table = mimika.read_results("film.csv").to_pandas()
        table = mimika.Results(recognizer(frame) for frame in film).to_pandas()

    A table has the columns of the files, a row a face, and values rounded as there.
    """

    def __init__(
        self,
        results: Iterable[FrameResult],
        *,
        schema: ResultSchema | Callable[[], ResultSchema] | None = None,
    ) -> None:
        """Take results.

        Args:
            results: read when they are asked for.
            schema: which fields they have, or what finds out; None looks at what they have.
        """
        self._results = iter(results)
        self._schema = schema

    def __repr__(self) -> str:
        """On one line: what can be done with it; how many there are is not known beforehand."""
        return "<Results: read by for, to_pandas() or to_arrow()>"

    def __iter__(self) -> Iterator[FrameResult]:
        return self

    def __next__(self) -> FrameResult:
        return next(self._results)

    def close(self) -> None:
        """Read no further, and close what they come from."""
        close = getattr(self._results, "close", None)
        if close is not None:
            close()

    def to_arrow(self, *, empty_frames: bool = False) -> Any:
        """Read all that is left into a `pyarrow.Table`, with types, meanings and units.

        Args:
            empty_frames: a frame without a face gets a row too, whose face columns are null.

        Raises:
            InputError: as reading the results does.
            MissingExtra: pyarrow is not installed.
        """
        arrow = _package("pyarrow", "A table of Arrow", "tables")
        schema, columns = self._columns(empty_frames)
        types = arrow_schema(schema)
        arrays = [arrow.array(columns[name], types.field(name).type) for name in types.names]
        return arrow.Table.from_arrays(arrays, schema=types)

    def to_pandas(self, *, empty_frames: bool = False) -> Any:
        """Read all that is left into a `pandas.DataFrame`.

        Args:
            empty_frames: a frame without a face gets a row too, whose face columns are missing
                values; whole numbers then are of pandas' type Int64.

        Raises:
            InputError: as reading the results does.
            MissingExtra: pandas is not installed.
        """
        pd = _package("pandas", "A table of pandas", "pandas")
        schema, columns = self._columns(empty_frames)
        series = {}
        for column in schema.columns:
            cells = columns[column.name]
            whole = "Int64" if None in cells else "int64"
            kind = {"integer": whole, "number": "float64", "string": "str"}[column.type]
            series[column.name] = pd.Series(cells, dtype=kind)
        return pd.DataFrame(series)

    def _columns(self, empty_frames: bool) -> tuple[ResultSchema, dict[str, list[Cell]]]:
        """Which fields there are, and the cells of each column."""
        results = list(self._results)
        schema = self._schema() if callable(self._schema) else self._schema
        schema = schema or schema_of(results)
        rows = [row for r in results for row in schema.rows(r, empty_frames=empty_frames)]
        names = [column.name for column in schema.columns]
        return schema, {name: [row[i] for row in rows] for i, name in enumerate(names)}


def _package(name: str, what: str, extra: str) -> Any:
    """Import a package of an extra, or say which extra has it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(what, extra) from error


def schema_of(results: Iterable[FrameResult]) -> ResultSchema:
    """Which fields results have, by looking at all of them."""
    labels: dict[str, None] = {}
    landmarks: dict[str, None] = {}
    optional: dict[str, str | Field] = {}
    named = False
    for result in results:
        named = named or result.name is not None
        for face in result.faces:
            labels |= dict.fromkeys(face.probabilities)
            landmarks |= dict.fromkeys(face.landmarks)
            for name in face.values.keys() - optional.keys() - {"landmarks"}:
                own = Field(name=name, type="number", meaning="A model's own.", optional=True)
                optional[name] = name if name in FACE_FIELDS else own
    fields = [optional[name] for name in sorted(optional)]
    schema = ResultSchema.of(tuple(labels), optional=fields, landmarks=tuple(landmarks))
    return schema.named() if named else schema


def arrow_schema(schema: ResultSchema) -> Any:
    """The columns as a `pyarrow.Schema`: whole numbers int64, others float64, text string.

    A column's metadata has its meaning and unit, the schema's (entry `mimika`, JSON) the version of
    Mimika and the names of what the fields hold, such as the model's labels.

    Raises:
        ImportError: pyarrow is not installed.
    """
    import pyarrow as arrow

    types = {"integer": arrow.int64(), "number": arrow.float64(), "string": arrow.string()}
    about = {"version": __version__, "parts": schema.parts}
    return arrow.schema(
        [
            arrow.field(
                column.name,
                types[column.type],
                metadata={"meaning": column.field.meaning, "unit": column.field.unit},
            )
            for column in schema.columns
        ],
        metadata={METADATA_KEY: json.dumps(about, ensure_ascii=False).encode()},
    )
