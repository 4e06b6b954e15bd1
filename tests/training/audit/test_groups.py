"""Groups of people: which columns name them, and when they count as unequal."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.base.errors import InputError
from mimika.training.audit.groups import compare_groups, group_columns, hidden_warnings, warnings_of
from mimika.training.audit.proportions import Share, difference

CLASSES = ("happy", "neutral")


def compared(right_of_a, right_of_b, *, count=50, fewest=20):
    groups = np.array(["a"] * count + ["b"] * count)
    right = np.r_[np.arange(count) < right_of_a, np.arange(count) < right_of_b]
    labels = np.zeros(2 * count, np.int64)
    return compare_groups(right, labels, CLASSES, groups, fewest=fewest)


def test_equal_groups_are_not_warned_of():
    found = compared(40, 38)
    assert not any(row["unequal"] for row in found["groups"])
    assert warnings_of("x", found) == []


def test_unequal_groups_are():
    found = compared(45, 25)
    assert warnings_of("gender", found)[0] == (
        "Unequal by gender, all classes: of 50 faces with gender b 50% are named rightly, of the "
        "50 others 90%."
    )
    worse = next(row for row in found["groups"] if row["group"] == "b")
    assert worse["difference"] == pytest.approx(-0.4)
    low, high = worse["interval"]
    assert -0.56 < low < -0.4 < high < -0.2


def test_whose_faces_are_taken_for_none_is_warned_of():
    groups = np.array(["a"] * 200 + ["b"] * 200)
    hidden = np.r_[np.arange(200) < 20, np.zeros(200, bool)]
    found = compare_groups(hidden, np.zeros(400, np.int64), (), groups)
    (line,) = hidden_warnings("mask", found)
    assert line == (
        "Unequal by mask: of 200 faces with mask a 10.0% are hidden as if they were no faces, of "
        "the 200 others 0.0%."
    )


def test_three_people_are_too_few():
    found = compared(3, 0, count=3)
    assert all(row["too_few"] and "difference" not in row for row in found["groups"])
    assert warnings_of("gender", found) == []


def test_many_comparisons_find_no_more_by_chance():
    rng = np.random.default_rng(0)
    warned = 0
    for _ in range(40):
        groups = rng.choice([*"abcdefgh"], 800)
        right, labels = rng.random(800) < 0.7, rng.integers(0, 2, 800)
        warned += bool(warnings_of("x", compare_groups(right, labels, CLASSES, groups)))
    assert warned <= 5


def test_newcombe_as_published():
    """Newcombe 1998, table II, method 10: 56 of 70 and 48 of 80."""
    apart, (low, high) = difference(Share(56, 70), Share(48, 80))
    assert (round(apart, 4), round(low, 4), round(high, 4)) == (0.2, 0.0524, 0.3339)


def test_columns_that_name_groups():
    ages = [str(18 + n % 40) for n in range(60)]
    columns = {
        "age": ages,
        "gender": ["female", "male", "NA"] * 20,
        "id": [f"p{n}" for n in range(60)],
        "same": ["x"] * 60,
        "height": [f"{1.5 + n / 100:.2f}" for n in range(60)],
    }
    found = group_columns(columns, ())
    assert list(found) == ["age", "gender", "height"]
    assert set(found["age"]) == {"10-19", "20-29", "30-39", "40-49", "50-59"}
    assert set(found["gender"]) == {"female", "male", ""}
    names, counts = np.unique(found["height"], return_counts=True)
    assert len(names) == 4
    assert (abs(counts - 15) <= 1).all()


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [("skin", "no column skin: its further columns are id"), ("id", "id names no groups")],
)
def test_one_sentence(wanted, sentence):
    with pytest.raises(InputError, match=sentence):
        group_columns({"id": [f"p{n}" for n in range(60)]}, (wanted,))
