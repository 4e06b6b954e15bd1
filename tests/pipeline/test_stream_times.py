"""Times that are NumPy's or none, and analysis at intervals of time."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import mimika
from helpers.faces import base_images
from mimika.base.durations import seconds_of
from mimika.base.errors import InputError, UsageError
from mimika.base.names import as_text
from mimika.schema.results import FrameResult
from mimika.sources.frame import Frame


@pytest.fixture(scope="module")
def recognizer():
    with mimika.Recognizer() as opened:
        yield opened


@pytest.mark.parametrize(
    "time_s", [np.float32(0.5), np.float64(0.5), np.array(0.5), np.int64(0), np.float16(0.5)]
)
def test_numbers_of_numpy_become_pythons(recognizer, time_s):
    recognizer.reset()
    image = base_images()[0]
    for result in (recognizer(image, time_s), recognizer(Frame(image, time_s, np.int64(7)))):
        assert type(result.time_s) is float
        assert type(result.frame_index) is int
        again = FrameResult.from_dict(json.loads(json.dumps(result.to_dict())))
        assert again.time_s == float(time_s)


@pytest.mark.parametrize("time_s", [math.nan, math.inf, -math.inf, np.float32("nan"), "soon", None])
def test_times_that_are_none_are_refused(recognizer, time_s):
    recognizer.reset()
    with pytest.raises(InputError, match="time") as caught:
        recognizer(Frame(base_images()[0], time_s, 0))
    assert "\n" not in str(caught.value)
    if time_s is not None:
        with pytest.raises(InputError, match="time"):
            recognizer(base_images()[0], time_s)


@pytest.mark.parametrize("index", [1.5, math.nan, "first", None])
def test_indices_that_are_none_are_refused(recognizer, index):
    with pytest.raises(InputError, match="whole number"):
        recognizer(Frame(base_images()[0], 0.0, index))


def looked_at(every, times):
    with mimika.Recognizer(mimika.Settings(every=every)) as recognizer:
        found = []
        for i, time_s in enumerate(times):
            recognizer(Frame(base_images()[i % 96], time_s, i))
            if recognizer.timings.detect_ms > 0:
                found.append(i)
    return found


def test_every_in_frames_and_in_time():
    times = [i / 24 for i in range(24)]
    assert looked_at(3, times) == list(range(0, 24, 3))
    assert looked_at("3", times) == list(range(0, 24, 3))
    assert looked_at("0.25s", times) == [0, 6, 12, 18]
    assert looked_at("250ms", times) == [0, 6, 12, 18]
    # At a variable rate, and after a gap, which is not made up for.
    assert looked_at("0.1s", [0, 0.05, 0.09, 0.1, 0.11, 3.0, 3.05, 3.1]) == [0, 3, 5, 7]
    # Times that go back begin a new stream.
    assert looked_at("1s", [5.0, 5.5, 0.0, 0.5, 1.0]) == [0, 2, 4]


@pytest.mark.parametrize("every", [0, -1, "0", "0s", "abc", "1.5", "s", "", "nan", "-1s", "1 2"])
def test_intervals_that_are_none(every):
    with pytest.raises(UsageError):
        mimika.Settings(every=every)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90), ("90s", 90), ("1.5", 1.5), ("250ms", 0.25), ("2m", 120), ("1h30m", 5400),
        ("1:30", 90), ("1:02:03.5", 3723.5), ("0", 0), (" 2 min ", 120), ("1H", 3600),
    ],
)  # fmt: skip
def test_lengths_of_time(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4", "-1", "1e3", "1:", "5 apples", "nan", "inf"])
def test_what_is_no_length_of_time(text):
    with pytest.raises(UsageError):
        seconds_of(text)


def test_names_that_are_no_utf_8_become_text():
    name = b"caf\xe9 \xc3\xa9.jpg".decode("utf-8", "surrogateescape")
    assert as_text(name) == "caf\\xe9 é.jpg"
    assert as_text("plain é.jpg") == "plain é.jpg"
