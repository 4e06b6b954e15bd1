"""Which recordings are whose."""

from __future__ import annotations

import pytest

from mimika.audience.viewers import find_recordings
from mimika.base.errors import InputError

ENDINGS = {".mp4", ".csv"}


def test_a_folder_and_a_table(tmp_path):
    for name in ("b.mp4", "a.mp4", "notes.txt"):
        (tmp_path / name).touch()
    found = find_recordings(tmp_path, ENDINGS)
    assert [(r.name, r.file.name, r.offset_s) for r in found] == [
        ("a", "a.mp4", None),
        ("b", "b.mp4", None),
    ]
    table = tmp_path / "viewers.csv"
    table.write_text("viewer,file,offset_s,group\nAnna,b.mp4,1.5,old\nBen,a.mp4,,\n")
    first, second = find_recordings(tmp_path, ENDINGS)
    assert (first.name, first.file.name, first.offset_s, first.group) == (
        "Anna",
        "b.mp4",
        1.5,
        "old",
    )
    assert (second.offset_s, second.group) == (None, "")
    assert find_recordings(table, ENDINGS) == [first, second]


def test_an_audience_s_own_table_has_a_row_a_person_and_what_was_left_out(tmp_path):
    (tmp_path / "a.parquet").touch()
    (tmp_path / "viewers.csv").write_text(
        "viewer,name,file,person,offset_s,drift_ppm,left_out\n"
        "1,A,a.parquet,1,1.5,100,\n2,A,a.parquet,2,1.5,100,\n,B,gone.mp4,,,,no sound\n"
    )
    (only,) = find_recordings(tmp_path, ENDINGS)
    assert (only.name, only.offset_s, only.drift) == ("A", 1.5, pytest.approx(1e-4))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("viewer;file\nA;a.mp4\n", "no column viewer"),
        ("viewer,file\nA,none.mp4\n", "line 2: there is no file none.mp4"),
        ("viewer,file\n", "names no viewer"),
        ("viewer,file\nA\n", r"line 2: there is no file \(empty\)"),
        ("viewer,file\nA,a.mp4\nB,a.mp4\n", r"names a\.mp4 twice"),
        ("viewer,file,offset_s\nA,a.mp4,soon\n", "'soon' is not"),
        ("viewer,file,offset_s\nA,a.mp4,nan\n", "'nan' is not"),
    ],
)
def test_a_bad_table_is_a_sentence(tmp_path, text, says):
    (tmp_path / "a.mp4").touch()
    (tmp_path / "viewers.csv").write_text(text)
    with pytest.raises(InputError, match=says):
        find_recordings(tmp_path, ENDINGS)


def test_no_folder_and_an_empty_one(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        find_recordings(tmp_path / "none", ENDINGS)
    with pytest.raises(InputError, match="no recording"):
        find_recordings(tmp_path, ENDINGS)
