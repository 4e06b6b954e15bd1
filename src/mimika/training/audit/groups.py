"""Whether a model is as good for one group of people as for the others."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError
from mimika.training.audit.proportions import Share, chance_of, corrected, difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Columns = Mapping[str, Sequence[str]]

FEWEST = 20
"""Groups with fewer faces are too few to say anything about."""

MOST_GROUPS = 12
"""A column of more different words names no groups, and a number is put into bands."""

SIGNIFICANT = 0.05
"""A difference that is less probable than this by chance, corrected for all that are looked at, is
warned of."""

WHOLE = "all classes"

UNKNOWN = {"", "na", "n/a", "nan", "none", "null", "unknown", "?", "-"}
"""What a cell says where a person's group is not known."""


def group_columns(columns: Columns, wanted: Sequence[str]) -> dict[str, NDArray[np.str_]]:
    """Choose the columns that name groups, and put numbers into bands.

    Args:
        columns: name to the cells of N faces.
        wanted: names of the columns; all that can name groups where empty.

    Returns:
        Name to N groups, "" where a face's is not known.

    Raises:
        InputError: a wanted column is not there, or names no groups.
    """
    if missing := [name for name in wanted if name not in columns]:
        there = ", ".join(columns) or "none"
        raise InputError(
            f"The table has no column {', '.join(missing)}: its further columns are {there}."
        )
    found: dict[str, NDArray[np.str_]] = {}
    for name in wanted or columns:
        cells = ("" if cell.strip().casefold() in UNKNOWN else cell for cell in columns[name])
        groups = _banded(name, np.array(list(cells), dtype=np.str_))
        several = 2 <= len(np.unique(groups[groups != ""])) <= MOST_GROUPS
        if several:
            found[name] = groups
        elif wanted:
            raise InputError(
                f"The column {name} names no groups: it takes 2 to {MOST_GROUPS} different words, "
                "or numbers."
            )
    return found


def compare_groups(
    right: NDArray[np.bool_],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    groups: NDArray[np.str_],
    *,
    fewest: int = FEWEST,
) -> dict[str, Any]:
    """Compare each group of a column with all other faces, over all classes and in each.

    Args:
        right: (N,) whether the model is right.
        labels: (N,) numbers of the true classes.
        classes: their names.
        groups: (N,) what group a face belongs to, "" where that is not known.
        fewest: a group, or the rest, with fewer faces is too few.

    Returns:
        `groups`: a list of group, class ("all classes" for all), share that is right, the share of
        the others, the difference, its interval, p (corrected), and whether they are `too_few` or
        `unequal`; `unknown`: how many faces have no group.
    """
    rows: list[dict[str, Any]] = []
    tested: list[tuple[dict[str, Any], float]] = []
    known = groups != ""
    for group in np.unique(groups[known]):
        for number, name in [(-1, WHOLE), *enumerate(classes)]:
            faces = known & (labels == number if number >= 0 else True)
            mine, others = faces & (groups == group), faces & (groups != group)
            if not mine.any():
                continue
            own = Share(int(right[mine].sum()), int(mine.sum()))
            row: dict[str, Any] = {"group": str(group), "class": name, "right": own.to_dict()}
            too_few = own.count < fewest or int(others.sum()) < fewest
            rows.append(row | {"too_few": too_few, "unequal": False})
            if too_few:
                continue
            rest = Share(int(right[others].sum()), int(others.sum()))
            apart, interval = difference(own, rest)
            rows[-1] |= {"others": rest.to_dict(), "difference": apart, "interval": list(interval)}
            tested.append((rows[-1], chance_of(own, rest)))
    for (compared, _), p in zip(tested, corrected([p for _, p in tested]), strict=True):
        compared |= {"p": p, "unequal": p < SIGNIFICANT}
    return {"groups": rows, "unknown": int((~known).sum()), "fewest": fewest}


def warnings_of(column: str, compared: Mapping[str, Any]) -> list[str]:
    """A sentence for each difference that is hardly chance."""
    return [
        f"Unequal by {column}, {row['class']}: of {row['right']['n']} faces with {column} "
        f"{row['group']} {100 * row['right']['value']:.0f}% are named rightly, of the "
        f"{row['others']['n']} others {100 * row['others']['value']:.0f}%."
        for row in compared["groups"]
        if row["unequal"] and row["difference"] < 0
    ]


def hidden_warnings(column: str, compared: Mapping[str, Any]) -> list[str]:
    """A sentence for each group whose faces are more often taken for none, hardly by chance."""
    return [
        f"Unequal by {column}: of {row['right']['n']} faces with {column} {row['group']} "
        f"{100 * row['right']['value']:.1f}% are hidden as if they were no faces, of the "
        f"{row['others']['n']} others {100 * row['others']['value']:.1f}%."
        for row in compared["groups"]
        if row["unequal"] and row["difference"] > 0
    ]


def _banded(name: str, words: NDArray[np.str_]) -> NDArray[np.str_]:
    """Numbers of many kinds in bands: of ten years where they are ages, else in four as large."""
    known = words != ""
    try:
        values = words[known].astype(np.float64)
    except ValueError:
        return words
    if len(np.unique(values)) <= MOST_GROUPS or not np.isfinite(values).all():
        return words
    banded = np.full(len(words), "", dtype="U24")
    if name.strip().casefold() == "age":
        decades = (values // 10 * 10).astype(int)
        banded[known] = [f"{decade}-{decade + 9}" for decade in decades]
        return banded
    ends = np.unique(np.quantile(values, (0.25, 0.5, 0.75)))
    edges = [f"{end:g}" for end in ends]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    names = [f"up to {edges[0]}", *between, f"over {edges[-1]}"]
    banded[known] = np.array(names)[np.searchsorted(ends, values)]
    return banded
