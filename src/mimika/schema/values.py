"""The types that a field can have: how a value becomes JSON and comes back, and its columns."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

from mimika.schema.geometry import Box, Point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TypeName = Literal["integer", "number", "string", "box", "probabilities", "points", "coefficients"]
CellType = Literal["integer", "number", "string"]
Cell = int | float | str | None
Path = tuple[str | int, ...]

BOX_SIDES = ("x", "y", "width", "height")


class ValueType:
    """How values of one type are written and read.

    Attributes:
        cell: type of each of its cells in a table.
    """

    cell: CellType = "number"

    def columns(self, name: str, parts: Sequence[str]) -> dict[str, Path]:
        """Names of its columns in a table, each with the way to its cell in the JSON value.

        Args:
            name: of the field's column, where it has one.
            parts: names of what the value holds: labels, landmarks.
        """
        raise NotImplementedError

    def to_json(self, value: Any, decimals: int | None) -> Any:
        """Value to a JSON-ready one, its numbers rounded to `decimals` unless that is None."""
        raise NotImplementedError

    def from_json(self, raw: Any) -> Any:
        """Read `to_json` back.

        Raises:
            AttributeError, KeyError, OverflowError, TypeError, ValueError: it is no such value.
        """
        raise NotImplementedError

    def json_schema(self, minimum: float | None, maximum: float | None) -> dict[str, Any]:
        """JSON Schema (2020-12) of the JSON value; the limits are those of its numbers."""
        raise NotImplementedError


class _Single(ValueType):
    """A value in one column."""

    def columns(self, name: str, parts: Sequence[str]) -> dict[str, Path]:  # noqa: ARG002
        return {name: ()}

    def json_schema(self, minimum: float | None, maximum: float | None) -> dict[str, Any]:
        return _number_schema(minimum, maximum) | {"type": self.cell}


class _Integer(_Single):
    cell = "integer"

    def to_json(self, value: Any, decimals: int | None) -> int:  # noqa: ARG002
        return int(value)

    def from_json(self, raw: Any) -> int:
        if type(raw) is not int and not isinstance(raw, Integral):
            raise TypeError(f"{raw!r} is no whole number")
        return int(raw)


class _Number(_Single):
    def to_json(self, value: Any, decimals: int | None) -> float:
        return rounded(value, decimals)

    def from_json(self, raw: Any) -> float:
        return _number(raw)


class _String(_Single):
    cell = "string"

    def to_json(self, value: Any, decimals: int | None) -> str:  # noqa: ARG002
        return str(value)

    def from_json(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise TypeError(f"{raw!r} is no text")
        return raw


class _Box(ValueType):
    """A `Box`; its sides are columns of their own names."""

    def columns(self, name: str, parts: Sequence[str]) -> dict[str, Path]:  # noqa: ARG002
        return {side: (side,) for side in BOX_SIDES}

    def to_json(self, value: Box, decimals: int | None) -> dict[str, float]:
        return {
            "x": rounded(value.x, decimals),
            "y": rounded(value.y, decimals),
            "width": rounded(value.width, decimals),
            "height": rounded(value.height, decimals),
        }

    def from_json(self, raw: Any) -> Box:
        return Box(*(_number(raw[side]) for side in BOX_SIDES))

    def json_schema(self, minimum: float | None, maximum: float | None) -> dict[str, Any]:
        sides = dict.fromkeys(BOX_SIDES, _number_schema(minimum, maximum))
        return {"type": "object", "properties": sides, "required": list(BOX_SIDES)}


class _Probabilities(ValueType):
    """Label to number; each label is a column."""

    def columns(self, name: str, parts: Sequence[str]) -> dict[str, Path]:  # noqa: ARG002
        return {label: (label,) for label in parts}

    def to_json(self, value: Mapping[str, float], decimals: int | None) -> dict[str, float]:
        return {label: rounded(number, decimals) for label, number in value.items()}

    def from_json(self, raw: Any) -> dict[str, float]:
        return {str(label): _number(number) for label, number in raw.items()}

    def json_schema(self, minimum: float | None, maximum: float | None) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": _number_schema(minimum, maximum)}


class _Points(ValueType):
    """Name to `Point`, written as [x, y]; each has two columns, NAME_x and NAME_y."""

    def columns(self, name: str, parts: Sequence[str]) -> dict[str, Path]:  # noqa: ARG002
        return {f"{part}_{axis}": (part, i) for part in parts for i, axis in enumerate("xy")}

    def to_json(self, value: Mapping[str, Point], decimals: int | None) -> dict[str, list[float]]:
        return {name: [rounded(v, decimals) for v in point] for name, point in value.items()}

    def from_json(self, raw: Any) -> dict[str, Point]:
        return {str(k): Point(_number(point[0]), _number(point[1])) for k, point in raw.items()}

    def json_schema(self, minimum: float | None, maximum: float | None) -> dict[str, Any]:
        number = _number_schema(minimum, maximum)
        pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        return {"type": "object", "additionalProperties": pair}


class _Coefficients(_Probabilities):
    """Name to number; each has a column FIELD_NAME."""

    def columns(self, name: str, parts: Sequence[str]) -> dict[str, Path]:
        return {f"{name}_{part}": (part,) for part in parts}


TYPES: Mapping[TypeName, ValueType] = {
    "integer": _Integer(),
    "number": _Number(),
    "string": _String(),
    "box": _Box(),
    "probabilities": _Probabilities(),
    "points": _Points(),
    "coefficients": _Coefficients(),
}
"""What `Field.type` means."""


def rounded(value: float, decimals: int | None) -> float:
    """A plain float (also of a NumPy scalar), rounded unless `decimals` is None."""
    return float(value) if decimals is None else round(float(value), decimals)


def _number(raw: Any) -> float:
    # Asking for the class itself is ten times faster than for what is a number.
    if type(raw) is not float and not isinstance(raw, Real):
        raise TypeError(f"{raw!r} is no number")
    return float(raw)


def _number_schema(minimum: float | None, maximum: float | None) -> dict[str, Any]:
    limits = {"minimum": minimum, "maximum": maximum}
    return {"type": "number"} | {name: v for name, v in limits.items() if v is not None}
