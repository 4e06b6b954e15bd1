"""`mimika batch` on the command line."""

from __future__ import annotations

import csv

import pytest

pytest.importorskip("pyarrow", reason="needs pyarrow")


@pytest.mark.parametrize("segment_s", [0, 4])
def test_a_film_that_breaks_off_is_read_as_far_as_it_goes_and_named(
    tmp_path, demo_clip, mimika, segment_s
):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(demo_clip.read_bytes()[: demo_clip.stat().st_size // 2])
    words = ("batch", "cut.mp4", "-o", "out", "--segment", str(segment_s), "--workers", "1")
    ended = mimika(*words, code=8)
    assert "breaks off" in ended.stderr
    assert "" not in ended.stderr.splitlines(), "a progress bar where there is no terminal"
    assert "1 of 1 recordings, 0:" in ended.stdout
    with (tmp_path / "out" / "recordings.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["state"] == "incomplete"
    assert 100 < int(row["frames"]) < 400
    mimika(*words, code=8)
