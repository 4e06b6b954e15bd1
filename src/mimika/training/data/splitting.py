"""Which faces are for training, which for tuning, which for the final figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mimika.training.data.listing import SPLITS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def assign_splits(
    given: NDArray[np.str_],
    labels: NDArray[np.int64],
    digests: NDArray[np.uint64],
    *,
    valid_share: float,
    test_share: float,
    seed: int,
) -> NDArray[np.str_]:
    """Fill in what the data set does not say: stratified by class, equal pictures kept together.

    A data set without any split is split into three; one with training faces and no validation
    faces gives some of the former to the latter.

    Args:
        given: (N,) train, valid, test, or "".
        labels: (N,) class numbers.
        digests: (N,), equal where pictures are equal.
        valid_share: share of the faces that is split off for validation, 0 to 1.
        test_share: likewise for the test, where the data set says nothing at all.
        seed: of the choice.

    Returns:
        (N,) train, valid or test. A class with one picture stays in train, and one with two gives
        no test picture.
    """
    result = given.copy()
    free = np.flatnonzero(given == "")
    if len(free) < len(given):
        # Rows without a word beside rows with one are for training.
        result[free] = SPLITS[0]
        if (result == "valid").any() or not (result == "train").any():
            return result
        free, test_share = np.flatnonzero(result == "train"), 0.0
    _, first, group = np.unique(digests[free], return_index=True, return_inverse=True)
    kind = labels[free][first]
    place = np.full(len(first), "train", dtype=result.dtype)
    rng = np.random.default_rng((seed, 1))
    for label in np.unique(kind):
        members = rng.permutation(np.flatnonzero(kind == label))
        count = len(members)
        valid = _part(valid_share, count, left=count - 1)
        test = _part(test_share, count, left=count - 1 - valid)
        place[members[:valid]] = "valid"
        place[members[valid : valid + test]] = "test"
    result[free] = place[group.reshape(-1)]
    return result


def _part(share: float, count: int, *, left: int) -> int:
    """How many of `count` a share is: at least one where one is left."""
    return min(max(1, round(share * count)), max(0, left)) if share > 0 else 0
