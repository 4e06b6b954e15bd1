"""What an answer is held to: the model's own labels wherever they hold the data set's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.labels.emotions import canonical
from mimika.schema.outputs import MAIN_OUTPUT
from mimika.training.evaluation.predictions import OutputMapping, mapping_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.models.card import Card


@dataclass(frozen=True, slots=True)
class Target:
    """Which answers count.

    Attributes:
        mapping: the model's output and its columns.
        classes: K names, of those columns.
        numbers: for each class of the data set its number among the K.
    """

    mapping: OutputMapping
    classes: tuple[str, ...]
    numbers: NDArray[np.int64]


def target_of(card: Card, classes: Sequence[str], labels: str) -> Target:
    """Choose the output, and whether all of its labels are answers.

    Where `--labels` asks for fewer classes the others are left out, as published figures have it.
    Otherwise all labels of the main output are answers: whoever calls a smile contempt is wrong,
    whether or not the data set has contempt.

    Args:
        card: of the model.
        classes: of the data set.
        labels: see `mimika.training.data.labelling`; "auto" for the data set's own classes.

    Raises:
        InputError: no output of the model knows the classes.
    """
    main = card.outputs[MAIN_OUTPUT]
    places = {canonical(label) or label.casefold(): k for k, label in enumerate(main.labels)}
    numbers = [places.get(canonical(name) or name.casefold()) for name in classes]
    known = [number for number in numbers if number is not None]
    if labels in {"auto", "own", "nine"} and len(known) == len(classes):
        mapping = OutputMapping(main.name, tuple(range(len(main.labels))), True)
        return Target(mapping, main.labels, np.array(known, np.int64))
    return Target(mapping_to(card, classes), tuple(classes), np.arange(len(classes)))
