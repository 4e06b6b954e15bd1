"""Pictures that equal another, pixel by pixel.

Across splits they flatter the figures, under two labels they confuse the training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of equal pictures, as row numbers of the data set.

    Attributes:
        leaked: training rows that equal a picture of valid or test.
        test_in_valid: rows of test that equal a picture of valid.
        within: rows that equal an earlier one of the same split and label.
        two_labels: groups of equal pictures with different labels.
    """

    leaked: NDArray[np.int64]
    test_in_valid: NDArray[np.int64]
    within: NDArray[np.int64]
    two_labels: tuple[tuple[int, ...], ...]


def find_duplicates(
    digests: NDArray[np.uint64], splits: NDArray[np.str_], labels: Sequence[str]
) -> Duplicates:
    """Find equal pictures.

    Args:
        digests: (N,) of `mimika.training.data.scan`; 0 is left out.
        splits: (N,) train, valid or test; "" is left out.
        labels: N labels, "" where a picture has none.
    """
    used = np.flatnonzero((digests != 0) & (splits != ""))
    order = used[np.argsort(digests[used], kind="stable")]
    borders = np.flatnonzero(np.diff(digests[order])) + 1
    leaked, twice, within, two = [], [], [], []
    for group in np.split(order, borders):
        if len(group) < 2:
            continue
        places = {str(splits[i]) for i in group}
        if places & {"valid", "test"}:
            leaked += [i for i in group if splits[i] == "train"]
        if {"valid", "test"} <= places:
            twice += [i for i in group if splits[i] == "test"]
        seen = set()
        for i in group:
            mark = (str(splits[i]), labels[i])
            if mark in seen:
                within.append(i)
            seen.add(mark)
        if len({labels[i] for i in group} - {""}) > 1:
            two.append(tuple(int(i) for i in sorted(group)))
    return Duplicates(_rows(leaked), _rows(twice), _rows(within), tuple(sorted(two)))


def _rows(found: list[int]) -> NDArray[np.int64]:
    return np.sort(np.array(found, np.int64))
