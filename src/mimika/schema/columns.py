"""Results as a table: which columns there are, and a result's rows; one row a face."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mimika.base.errors import InputError, ModelError
from mimika.schema.field import Column, Field
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS, OUTPUT_MARK
from mimika.schema.results import FrameResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mimika.schema.values import Cell

SUM_TOLERANCE = 0.01
"""By how much probabilities that were rounded for a file may miss 1."""


@dataclass(frozen=True)
class ResultSchema:
    """Which fields a run's results have, and what those are made of that hold several values.

    Attributes:
        frame: fields of a frame.
        face: fields of a face.
        parts: field to the names of what its value holds: the model's labels for `probabilities`,
            the detector's points for `landmarks`.
    """

    frame: tuple[Field, ...]
    face: tuple[Field, ...]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """On one line: how many columns, and the model's class names."""
        return f"<ResultSchema: {len(self.columns)} columns; labels {', '.join(self.labels)}>"

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        *,
        optional: Iterable[str | Field] = (),
        landmarks: Sequence[str] = (),
    ) -> ResultSchema:
        """Put the schema of a stream's results together.

        Args:
            labels: the model's class names.
            optional: which optional fields of a face are there, by name; a field of the model's
                own by itself.
            landmarks: names of the points that the detector gives.
        """
        given = [f if isinstance(f, Field) else FACE_FIELDS[f] for f in optional]
        wanted = {f.name for f in given} | ({"landmarks"} if landmarks else set())
        own = tuple(f for f in given if f.name not in FACE_FIELDS)
        return cls(
            frame=tuple(f for f in FRAME_FIELDS.values() if not f.optional),
            face=tuple(f for f in FACE_FIELDS.values() if not f.optional or f.name in wanted) + own,
            parts={"probabilities": tuple(labels), "landmarks": tuple(landmarks)},
        )

    def named(self) -> ResultSchema:
        """The same for several pictures, whose frames have names."""
        wanted = {"name", *(f.name for f in self.frame)}
        return replace(self, frame=tuple(f for f in FRAME_FIELDS.values() if f.name in wanted))

    def without_wide(self) -> ResultSchema:
        """The same for a table that people look at: without fields of dozens of columns."""
        return replace(self, face=tuple(f for f in self.face if not f.wide))

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's class names."""
        return self.parts["probabilities"]

    @cached_property
    def frame_columns(self) -> tuple[Column, ...]:
        """The columns of a frame, which come first."""
        return tuple(c for f in self.frame for c in f.columns(self.parts.get(f.name, ())))

    @cached_property
    def face_columns(self) -> tuple[Column, ...]:
        """The columns of a face, which follow.

        Raises:
            ModelError: a label of the model is also the name of another column.
        """
        columns = tuple(c for f in self.face for c in f.columns(self.parts.get(f.name, ())))
        seen: set[str] = {c.name for c in self.frame_columns}
        for column in columns:
            if column.name in seen:
                raise ModelError(
                    f"Two columns would be called {column.name!r}, one of them after a label of "
                    "the model: give it other labels with `mimika adopt`, or write JSON lines."
                )
            seen.add(column.name)
        return columns

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns of a table, in its order."""
        return self.frame_columns + self.face_columns

    def rows(self, result: FrameResult, *, empty_frames: bool = False) -> Iterator[list[Cell]]:
        """Yield a result's rows, cells in the order of `columns`.

        Args:
            result: a frame's result.
            empty_frames: a frame without a face gets a row too, whose face columns are None.
        """
        if not result.faces and not empty_frames:
            return
        record = result.to_dict()
        begin = [column.cell(record) for column in self.frame_columns]
        for face in record["faces"]:
            yield begin + [column.cell(face) for column in self.face_columns]
        if not result.faces:
            yield begin + [None] * len(self.face_columns)

    def results(self, rows: Iterable[Sequence[Cell]]) -> Iterator[FrameResult]:
        """Read `rows` back: neighboring rows of one frame become one result.

        Raises:
            InputError: a cell that must be there is empty or of another type, a time is not finite,
                or a face's probabilities are negative or do not sum to 1.
        """
        frame: dict[Any, Any] | None = None
        faces: list[dict[Any, Any]] = []
        begin = len(self.frame_columns)
        for row in rows:
            here = _record(self.frame_columns, row[:begin])
            if here != frame:
                if frame is not None:
                    yield checked(FrameResult.from_dict({**frame, "faces": faces}))
                frame, faces = here, []
            if face := _record(self.face_columns, row[begin:]):
                faces.append(face)
        if frame is not None:
            yield checked(FrameResult.from_dict({**frame, "faces": faces}))

    @classmethod
    def from_columns(cls, names: Sequence[str]) -> ResultSchema:
        """Recognize the schema of a table by its headings, in any order.

        A heading that is no field's belongs to one of the model's own outputs where it has a dot,
        to a landmark where it is one of a pair ending in _x and _y, and else to a label.

        Args:
            names: the headings.

        Raises:
            InputError: a column that every table of results has is missing, or one is there twice.
        """
        if len(set(names)) < len(names):
            raise InputError("two columns have the same name")
        known = {c.name: f for table in (FRAME_FIELDS, FACE_FIELDS) for f in table.values()
                 for c in f.columns()}  # fmt: skip
        missing = [name for name, f in known.items() if not f.optional and name not in names]
        rest = [name for name in names if name not in known]
        points = [
            name.removesuffix("_x")
            for name in rest
            if name.endswith("_x") and f"{name.removesuffix('_x')}_y" in rest
        ]
        taken = {f"{point}_{axis}" for point in points for axis in "xy"}
        labels = [name for name in rest if OUTPUT_MARK not in name and name not in taken]
        if missing or not labels:
            raise InputError(f"it has no column {', '.join(missing) or 'of an emotion'}")
        own = [
            Field(name=name, type="number", meaning="A model's own output.", optional=True)
            for name in rest
            if OUTPUT_MARK in name and name not in taken
        ]
        optional = [f.name for name, f in known.items() if f.optional and name in names]
        there = [name for name in optional if name in FACE_FIELDS]
        schema = cls.of(labels, optional=(*there, *own), landmarks=points)
        return schema.named() if "name" in optional else schema


def _record(columns: Iterable[Column], cells: Sequence[Cell]) -> dict[Any, Any]:
    record: dict[Any, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if cell is not None:
            column.put(cell, record)
    return record


def checked(result: FrameResult) -> FrameResult:
    """A result that was read, if its numbers can be what they are taken for.

    Raises:
        InputError: its time is not finite, or a face's probabilities are negative or do not sum
            to 1.
    """
    if not math.isfinite(result.time_s):
        raise InputError(f"the time of a frame is {result.time_s:g}")
    for face in result.faces:
        # A column of another version that was taken for a label shows here.
        total = sum(face.probabilities.values())
        if not abs(total - 1) <= SUM_TOLERANCE:
            raise InputError(f"the probabilities of a face sum to {total:g}, not to 1")
        least = min(face.probabilities.values())
        if least < 0:
            raise InputError(f"a probability of a face is {least:g}")
    return result
