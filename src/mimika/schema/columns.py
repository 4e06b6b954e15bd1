"""Results as a table: which columns there are, and a result's rows; one row a face."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mimika.base.errors import InputError
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS, OUTPUT_MARK, Field
from mimika.schema.results import FrameResult
from mimika.schema.values import TYPES, Cell, CellType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: its heading.
        type: of its cells; a cell may be None.
        field: what it shows, or a part of that.
    """

    name: str
    type: CellType
    field: Field


@dataclass(frozen=True)
class ResultSchema:
    """Which fields a run's results have, and what those are made of that hold several values.

    Attributes:
        frame: fields of a frame.
        face: fields of a face.
        names: field to the names of what its value holds, such as the model's labels for
            `probabilities`.
    """

    frame: tuple[Field, ...]
    face: tuple[Field, ...]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        *,
        optional: Iterable[str | Field] = (),
        landmarks: Sequence[str] = (),
        named: bool = False,
    ) -> ResultSchema:
        """Put a schema together.

        Args:
            labels: the model's class names.
            optional: which optional fields of a face are there, by name; a field of the model's
                own by itself.
            landmarks: names of the points that the detector gives.
            named: frames have names, as several pictures do.
        """
        given = [f if isinstance(f, Field) else FACE_FIELDS[f] for f in optional]
        wanted = {f.name for f in given} | ({"landmarks"} if landmarks else set())
        own = tuple(f for f in given if f.name not in FACE_FIELDS)
        return cls(
            frame=tuple(f for f in FRAME_FIELDS.values() if named or not f.optional),
            face=tuple(f for f in FACE_FIELDS.values() if not f.optional or f.name in wanted) + own,
            names={"probabilities": tuple(labels), "landmarks": tuple(landmarks)},
        )

    def named(self) -> ResultSchema:
        """The same with the frames' names."""
        return replace(
            self, frame=tuple(f for f in FRAME_FIELDS.values() if f.name == "name") + self.frame
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's class names."""
        return self.names["probabilities"]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a table: the frame's first, then the face's."""
        return tuple(
            Column(name, TYPES[each.type].cell, each)
            for each in (*self.frame, *self.face)
            for name in each.columns(self.names.get(each.name, ()))
        )

    def rows(self, result: FrameResult, *, empty_frames: bool = False) -> Iterator[list[Cell]]:
        """Yield a result's rows, cells in the order of `columns`.

        Args:
            result: a frame's result.
            empty_frames: a frame without a face gets a row too, whose face columns are None.
        """
        if not result.faces and not empty_frames:
            return
        begin = self._cells(self.frame, result.known())
        for face in result.faces:
            yield begin + self._cells(self.face, face.known())
        if not result.faces:
            yield begin + [None] * (len(self.columns) - len(begin))

    def _cells(self, fields: Iterable[Field], known: Mapping[str, Any]) -> list[Cell]:
        cells: list[Cell] = []
        for each in fields:
            value, names = known.get(each.name), self.names.get(each.name, ())
            if value is None:
                cells += [None] * len(each.columns(names))
            else:
                cells += TYPES[each.type].to_cells(value, names, each.decimals)
        return cells

    def results(self, rows: Iterable[Sequence[Cell]]) -> Iterator[FrameResult]:
        """Read `rows` back: neighboring rows of one frame become one result.

        Raises:
            InputError: a cell that must be there is empty, or of another type.
        """
        raw: dict[str, Any] | None = None
        for row in rows:
            frame, face = self._read(self.frame, row, 0), None
            begin = sum(len(f.columns(self.names.get(f.name, ()))) for f in self.frame)
            if any(cell is not None for cell in row[begin:]):
                face = self._read(self.face, row, begin)
            if raw is None or any(raw.get(k) != v for k, v in frame.items()):
                if raw is not None:
                    yield FrameResult.from_dict(raw)
                raw = {**frame, "faces": []}
            if face is not None:
                raw["faces"].append(face)
        if raw is not None:
            yield FrameResult.from_dict(raw)

    def _read(self, fields: Iterable[Field], row: Sequence[Cell], at: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for each in fields:
            names = self.names.get(each.name, ())
            count = len(each.columns(names))
            cells = row[at : at + count]
            at += count
            if any(cell is not None for cell in cells):
                values[each.name] = TYPES[each.type].from_cells(cells, names)
        return values

    @classmethod
    def from_columns(cls, columns: Sequence[str], where: str) -> ResultSchema:
        """Recognise the schema of a table by its headings.

        What is no field's column is one of the model's own outputs where it has a dot, one of a
        pair of a landmark's coordinates where it ends in _x or _y, and else one of the labels.

        Args:
            columns: the headings, in the file's order.
            where: the file's name, for messages.

        Raises:
            InputError: a column that every table of results has is missing.
        """
        known = {c: f for f in FRAME_FIELDS.values() for c in f.columns()}
        frame = tuple(dict.fromkeys(known[c] for c in columns if c in known))
        single = {
            c: f
            for f in FACE_FIELDS.values()
            if f.type not in ("probabilities", "points")
            for c in f.columns()
        }
        needed = [
            c
            for f in (*FRAME_FIELDS.values(), *FACE_FIELDS.values())
            if not f.optional and f.type not in ("probabilities", "points")
            for c in f.columns()
        ]
        if missing := [c for c in needed if c not in columns]:
            raise InputError(
                f"{where} is no table of results as this version of Mimika writes them: it has no "
                f"column {', '.join(missing)}. Write it again from the recording."
            )
        rest = [c for c in columns if c not in known and c not in single]
        points = [c.removesuffix("_x") for c in rest if c.endswith("_x")]
        points = [p for p in points if f"{p}_y" in rest]
        taken = {f"{p}_{axis}" for p in points for axis in "xy"}
        labels = [c for c in rest if OUTPUT_MARK not in c and c not in taken]
        own = [
            Field(name=c, type="number", meaning="A model's own output.", optional=True)
            for c in rest
            if OUTPUT_MARK in c
        ]
        optional = [single[c].name for c in columns if c in single and single[c].optional]
        schema = cls.of(labels, optional=(*optional, *own), landmarks=points)
        return replace(schema, frame=frame)
