"""`mimika.open_sink`: a file's ending says what is written."""

from __future__ import annotations

import pytest

import mimika
from helpers.results import SCHEMA
from mimika.base.errors import OutputError
from mimika.sinks.stills import StillsSink
from mimika.sinks.table import SINKS
from mimika.sources.frame import SourceInfo

FILM = SourceInfo("film.mp4", "video", width=64, height=48, rate_hz=25)
PICTURES = SourceInfo("folder", "images")


@pytest.mark.parametrize(
    "suffix", [suffix for kind in SINKS.values() if not kind.package for suffix in kind.suffixes]
)
def test_every_ending_of_the_table_opens_its_sink(suffix, tmp_path):
    with mimika.open_sink(tmp_path / f"a{suffix.upper()}", FILM, SCHEMA) as sink:
        assert hasattr(sink, "write")


def test_pictures_go_to_a_picture_or_a_folder(tmp_path):
    for name in ("seen.jpg", "seen"):
        with mimika.open_sink(tmp_path / name, PICTURES, SCHEMA) as sink:
            assert isinstance(sink, StillsSink)


def test_an_ending_that_says_nothing_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match=r"give it one of \.mp4, \.csv, \.jsonl, \.parquet"):
        mimika.open_sink(tmp_path / "seen.docx", FILM, SCHEMA)
