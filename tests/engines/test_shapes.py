from __future__ import annotations

from mimika.engines.shapes import profiles


def test_free_axes_get_a_range_and_fixed_ones_stay():
    least, usual, greatest = profiles({"faces": ["N", 48, 48, 1]})
    assert (least, usual, greatest) == ("faces:1x48x48x1", "faces:1x48x48x1", "faces:64x48x48x1")
    assert profiles({"input": [1, 3, None, "w"]})[2] == "input:1x3x1280x1280"


def test_a_network_without_free_axes_needs_no_range():
    assert profiles({"faces": [1, 48, 48, 1]}) is None
