"""`--every`: what is not looked at is not decoded, and the results are those of decoding all."""

from __future__ import annotations

import pytest

import mimika
from helpers.media import write_beginning
from mimika.base.closing import Closing


class Pictures(Closing):
    """A sink that looks at pictures: all of them must be there."""

    def __init__(self):
        self.skipped, self.results = 0, []

    def write(self, frame, result):
        self.skipped += frame.skipped
        self.results.append(result)

    def close(self):
        pass


@pytest.mark.parametrize("every", ["0.1s", 3, "1h"])
def test_the_results_are_those_of_decoding_all(tmp_path, demo_clip, every):
    clip = write_beginning(demo_clip, tmp_path / "clip.mp4", 72)
    with mimika.Recognizer(mimika.Settings(every=every)) as recognizer:
        pictures = Pictures()
        mimika.process(clip, sinks=[pictures], recognizer=recognizer)
        again = recognizer.fork()
        mimika.process(clip, sinks=[tmp_path / "some.jsonl"], recognizer=again)
        with mimika.open_source(clip) as film:
            frames = list(film.sampled(recognizer.sampling))
    assert pictures.skipped == 0
    assert sum(frame.skipped for frame in frames) >= 48
    some = list(mimika.read_results(tmp_path / "some.jsonl"))
    assert [r.to_dict() for r in some] == [r.to_dict() for r in pictures.results]
    assert some[0].faces


def test_labels_change_when_they_change_in_the_full_run(tmp_path, demo_clip):
    clip = write_beginning(demo_clip, tmp_path / "clip.mp4", 240)

    def seen(every):
        mimika.process(
            clip, sinks=[tmp_path / f"{every}.jsonl"], settings=mimika.Settings(every=every)
        )
        return list(mimika.read_results(tmp_path / f"{every}.jsonl"))

    full, some = seen(1), seen("0.1s")
    assert [len(r.faces) for r in full] == [len(r.faces) for r in some] == [1] * 240
    emotions = [r.faces[0].emotion for r in full]
    # A label is held until another emotion is clearly likelier, which boxes of other frames hasten.
    faces = [r.faces[0] for r in full]
    shown = [{f.emotion, max(f.probabilities, key=f.probabilities.get)} for f in faces]
    # One sample is three frames.
    near = [set().union(*shown[max(0, i - 3) : i + 4]) for i in range(240)]
    assert all(r.faces[0].emotion in near[i] for i, r in enumerate(some))
    assert len(set(emotions)) > 3
