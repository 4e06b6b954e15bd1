"""The types that a field can have: how a value becomes JSON, a table's cells, and comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mimika.schema.geometry import Box, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TypeName = Literal["integer", "number", "string", "box", "probabilities", "points"]
CellType = Literal["integer", "number", "string"]
Cell = int | float | str | None

BOX_SIDES = ("x", "y", "width", "height")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueType:
    """How values of one type are written and read.

    Attributes:
        cell: type of each of its cells in a table.
        parts: names of its columns, made from the field's name and the names of what it holds
            (labels, landmarks); a single value has one.
        to_json: value and decimals to a JSON-ready value.
        from_json: back, from JSON or from `from_cells`; raises KeyError, TypeError or ValueError.
        to_cells: value, names and decimals to one cell a column.
        from_cells: cells and names to a JSON-ready value.
        json_schema: minimum and maximum to JSON Schema (2020-12).
    """

    cell: CellType
    parts: Callable[[str, Sequence[str]], tuple[str, ...]]
    to_json: Callable[[Any, int | None], Any]
    from_json: Callable[[Any], Any]
    to_cells: Callable[[Any, Sequence[str], int | None], tuple[Cell, ...]]
    from_cells: Callable[[Sequence[Cell], Sequence[str]], Any]
    json_schema: Callable[[float | None, float | None], dict[str, Any]]


def rounded(value: float, decimals: int | None) -> float:
    """A plain float (also of a NumPy scalar), rounded where `decimals` says so."""
    plain = float(value)
    return plain if decimals is None else round(plain, decimals)


def _single(cell: CellType, kind: Callable[[Any], Any]) -> ValueType:
    def to_json(value: Any, decimals: int | None) -> Any:
        return rounded(value, decimals) if cell == "number" else kind(value)

    def json_schema(minimum: float | None, maximum: float | None) -> dict[str, Any]:
        limits = {"minimum": minimum, "maximum": maximum}
        return {"type": cell} | {k: v for k, v in limits.items() if v is not None}

    return ValueType(
        cell=cell,
        parts=lambda name, _: (name,),
        to_json=to_json,
        from_json=kind,
        to_cells=lambda value, _, decimals: (to_json(value, decimals),),
        from_cells=lambda cells, _: cells[0],
        json_schema=json_schema,
    )


def _box_schema(*_: float | None) -> dict[str, Any]:
    sides = {side: {"type": "number"} for side in BOX_SIDES}
    return {"type": "object", "properties": sides, "required": list(BOX_SIDES)}


def _mapping_schema(minimum: float | None, maximum: float | None) -> dict[str, Any]:
    limits = {"minimum": minimum, "maximum": maximum}
    number = {"type": "number"} | {k: v for k, v in limits.items() if v is not None}
    return {"type": "object", "additionalProperties": number}


def _points_schema(*_: float | None) -> dict[str, Any]:
    pair = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return {"type": "object", "additionalProperties": pair}


def _point_cells(
    points: Mapping[str, Point], names: Sequence[str], decimals: int | None
) -> tuple[Cell, ...]:
    return tuple(
        rounded(v, decimals) if name in points else None
        for name in names
        for v in points.get(name, Point(0.0, 0.0))
    )


TYPES: Mapping[TypeName, ValueType] = {
    "integer": _single("integer", int),
    "number": _single("number", float),
    "string": _single("string", str),
    "box": ValueType(
        cell="number",
        parts=lambda *_: BOX_SIDES,
        to_json=lambda box, n: {side: rounded(getattr(box, side), n) for side in BOX_SIDES},
        from_json=lambda raw: Box(*(float(raw[side]) for side in BOX_SIDES)),
        to_cells=lambda box, _, n: tuple(rounded(getattr(box, side), n) for side in BOX_SIDES),
        from_cells=lambda cells, _: dict(zip(BOX_SIDES, cells, strict=True)),
        json_schema=_box_schema,
    ),
    "probabilities": ValueType(
        cell="number",
        parts=lambda _, labels: tuple(labels),
        to_json=lambda shares, n: {label: rounded(p, n) for label, p in shares.items()},
        from_json=lambda raw: {str(label): float(p) for label, p in raw.items()},
        to_cells=lambda shares, labels, n: tuple(rounded(shares[label], n) for label in labels),
        from_cells=lambda cells, labels: dict(zip(labels, cells, strict=True)),
        json_schema=_mapping_schema,
    ),
    "points": ValueType(
        cell="number",
        parts=lambda _, names: tuple(f"{name}_{axis}" for name in names for axis in "xy"),
        to_json=lambda points, n: {k: [rounded(v, n) for v in p] for k, p in points.items()},
        from_json=lambda raw: {str(k): Point(float(x), float(y)) for k, (x, y) in raw.items()},
        to_cells=_point_cells,
        from_cells=lambda cells, names: {
            name: [cells[2 * i], cells[2 * i + 1]]
            for i, name in enumerate(names)
            if cells[2 * i] is not None
        },
        json_schema=_points_schema,
    ),
}
