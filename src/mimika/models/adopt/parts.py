"""Which columns of a network's outputs are classes, and which are values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mimika.base.errors import ModelError, UsageError
from mimika.base.softmax import softmax
from mimika.labels.emotions import canonical
from mimika.models.card import MAIN_TENSOR, categorical
from mimika.schema.outputs import MAIN_OUTPUT, Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Values that a network gives beside its classes.

    Attributes:
        axes: their names; among the names of the classes where they share a tensor.
        name: of the output that they become.
        tensor: the network's output that they are; "" where they are columns of that of the
            classes.
        minimum: smallest value; smaller ones are raised to it.
        maximum: largest value, likewise.
    """

    axes: tuple[str, ...]
    name: str = "affect"
    tensor: str = ""
    minimum: float = -1.0
    maximum: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no output could be.

        Raises:
            UsageError: names that are none or twice the same, or an empty range.
        """
        if not self.axes or not all(self.axes) or len(set(self.axes)) < len(self.axes):
            raise UsageError(
                "--values are different names, separated by commas, none of them empty."
            )
        if not self.minimum < self.maximum:
            raise UsageError("--values-range is the smallest value and the largest, such as -1,1.")
        if self.name == MAIN_OUTPUT or not self.name:
            raise UsageError(f"--values-name is another name than {MAIN_OUTPUT}.")


@dataclass(frozen=True, slots=True)
class Part:
    """One output of the wrapped file.

    Attributes:
        output: as the card has it.
        tensor: the network's own output that it comes from.
        columns: of that, in the order of the labels.
        activation: what is put behind: "softmax", "clip" (to the range), or "none".
    """

    output: Output
    tensor: str
    columns: tuple[int, ...]
    activation: Literal["softmax", "clip", "none"]

    def apply(self, found: NDArray[np.float32]) -> NDArray[np.float32]:
        """Do in NumPy what the wrapped graph does to the network's own (N, columns)."""
        chosen = found[:, self.columns]
        if self.activation == "clip":
            return chosen.clip(self.output.minimum, self.output.maximum)
        if self.activation == "none":
            return chosen
        return softmax(chosen)


def split_labels(
    labels: Sequence[str], values: Values | None
) -> tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]:
    """Tell classes and values of one tensor apart.

    Args:
        labels: names of all its columns.
        values: which of them are values; None, or those of another tensor, leaves all as classes.

    Returns:
        The names of the classes, their columns, and the columns of the values.

    Raises:
        UsageError: names that are none or twice the same, or a value that is not among them.
    """
    if len(set(labels)) != len(labels) or not all(labels):
        raise UsageError("--classes are different names, separated by commas, none of them empty.")
    if values is None or values.tensor:
        return tuple(labels), tuple(range(len(labels))), ()
    plain = [label.casefold() for label in labels]
    if missing := [axis for axis in values.axes if axis.casefold() not in plain]:
        raise UsageError(
            f"--values names {', '.join(missing)}, which is not among --classes: name every column "
            "of the network's output there, or give --values-output where they have one of their "
            "own."
        )
    places = tuple(plain.index(axis.casefold()) for axis in values.axes)
    rest = tuple(column for column in range(len(labels)) if column not in places)
    return tuple(labels[column] for column in rest), rest, places


def canonical_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Give labels Mimika's own words where all of them name emotions, and different ones."""
    words = [canonical(label) for label in labels]
    known = tuple(word for word in words if word)
    return known if len(set(known)) == len(labels) else tuple(labels)


def make_parts(
    found: Mapping[str, NDArray[np.float32]],
    tensor: str,
    labels: Sequence[str],
    values: Values | None,
    activation: Literal["auto", "softmax", "none"],
    model: Path,
) -> list[Part]:
    """Describe the outputs of the wrapped file.

    Args:
        found: what the network gives for real faces: (N, columns) by the name of its output.
        tensor: that of the classes.
        labels: names of all columns of that.
        values: what it gives besides.
        activation: what the columns of the classes still need: "softmax" makes probabilities of
            logits; "auto" looks at them.
        model: for messages.

    Raises:
        ModelError: the names do not fit the network, or its probabilities are none.
        UsageError: the names themselves are wrong.
    """
    names, columns, places = split_labels(labels, values)
    rows = found[tensor]
    if len(labels) != rows.shape[1]:
        raise ModelError(
            f"{model} gives {rows.shape[1]} values a face, and --classes has {len(labels)} names: "
            "give one name for each, in the network's order."
        )
    if len(names) < 2:
        raise ModelError(f"{model} gives one value a face, and a classifier gives two or more.")
    chances = rows[:, columns]
    softmax = not _sums_to_one(chances) if activation == "auto" else activation == "softmax"
    if not softmax and not _sums_to_one(chances):
        raise ModelError(
            f"{model} does not give probabilities for real faces (they sum to "
            f"{chances.sum(1).mean():.3g}): use --activation softmax."
        )
    main = categorical(MAIN_OUTPUT, canonical_labels(names), MAIN_TENSOR)
    parts = [Part(main, tensor, columns, "softmax" if softmax else "none")]
    if values is not None:
        parts.append(_value_part(found, tensor, values, places, model))
    return parts


def _value_part(
    found: Mapping[str, NDArray[np.float32]],
    tensor: str,
    values: Values,
    places: tuple[int, ...],
    model: Path,
) -> Part:
    if values.tensor:
        width = found[values.tensor].shape[1]
        if width != len(values.axes):
            raise ModelError(
                f"{model} gives {width} values a face in {values.tensor}, and --values has "
                f"{len(values.axes)} names: give one name for each, in the network's order."
            )
        tensor, places = values.tensor, tuple(range(width))
    output = Output(
        name=values.name,
        kind="continuous",
        labels=tuple(axis.casefold() for axis in values.axes),
        tensor=values.name,
        minimum=values.minimum,
        maximum=values.maximum,
    )
    return Part(output, tensor, places, "clip")


def _sums_to_one(rows: NDArray[np.float32]) -> bool:
    return bool((rows >= -1e-4).all() and np.abs(rows.sum(1) - 1).max() < 1e-2)
