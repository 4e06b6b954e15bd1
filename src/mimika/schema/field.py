"""One thing that is known of a face or a frame, and its columns in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mimika.schema.values import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.schema.values import Cell, CellType, Path, TypeName


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that is known of a face or a frame.

    Attributes:
        name: in Python and JSON; its column in a table too, unless `column` says otherwise.
        type: see `mimika.schema.values`.
        meaning: a sentence.
        unit: such as "px" or "s"; "" for none.
        minimum: smallest value, None for no limit.
        maximum: largest value, likewise.
        decimals: digits after the point in files and JSON; None writes the value as it is.
        optional: it may be missing.
        column: name of its column where the field's own name means something else in a table.
        parts: names of what its value holds where these are always the same.
        wide: it has too many columns for CSV: of tables Parquet has it.
    """

    name: str
    type: TypeName
    meaning: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    optional: bool = False
    column: str = ""
    parts: tuple[str, ...] = ()
    wide: bool = False

    def columns(self, parts: Sequence[str] = ()) -> tuple[Column, ...]:
        """The field's columns in a table.

        Args:
            parts: what its value holds: the model's labels, a detector's landmarks.
        """
        kind = TYPES[self.type]
        columns = kind.columns(self.column or self.name, parts or self.parts)
        return tuple(
            Column(name, kind.cell, (self.name, *path), self) for name, path in columns.items()
        )

    def json_schema(self) -> dict[str, Any]:
        """The field's JSON Schema, with its meaning and unit as the description."""
        unit = f" Unit: {self.unit}." if self.unit else ""
        schema = TYPES[self.type].json_schema(self.minimum, self.maximum)
        return schema | {"description": f"{self.meaning}{unit}"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: its heading.
        type: of its cells; a cell may be empty.
        path: the way to a cell in the JSON of the frame or face, such as ("box", "x").
        field: what it shows, or a part of that.
    """

    name: str
    type: CellType
    path: Path
    field: Field

    def cell(self, record: Mapping[str, Any]) -> Cell:
        """The cell of a frame or a face.

        Args:
            record: the frame or face as JSON-ready values.

        Raises:
            KeyError: a value lacks a part that it must have, such as a label of the model.
        """
        if (value := record.get(self.field.name)) is None:
            return None
        for key in self.path[1:]:
            if self.field.optional and isinstance(value, dict) and key not in value:
                return None
            value = value[key]
        return value

    def put(self, cell: Cell, record: dict[Any, Any]) -> None:
        """Put a cell into the JSON-ready values of a frame or face; the reverse of `cell`."""
        *way, last = self.path
        for key in way:
            record = record.setdefault(key, {})
        record[last] = cell
