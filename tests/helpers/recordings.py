"""Results of frames, made by hand or from the demo clip."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from mimika.schema.geometry import Box
from mimika.schema.results import Face, FrameResult

LABELS = ("happy", "neutral", "sad")


def face(track_id=1, *, happy=0.0, sad=0.0, x=40.0, y=40.0, side=20.0):
    shares = {"happy": happy, "neutral": 1.0 - happy - sad, "sad": sad}
    emotion = max(shares, key=shares.get)
    return Face(Box(x, y, side, side), track_id, shares, emotion, shares[emotion], 0.9)


def frame(time_s, *faces):
    return FrameResult(time_s, round(time_s * 25), 100, 100, faces)


@cache
def recognized(clip, every=1):
    """The results of a film, recognized once in a test run."""
    from mimika.pipeline.recognizer import Recognizer
    from mimika.pipeline.settings import Settings
    from mimika.sources.video import Video

    recognizer = Recognizer(Settings(every=every))
    with Video(clip) as film:
        return [recognizer(each) for each in film]


def repeated(results, times, begin_s=0.0):
    """The results over and over, one frame's time between the end and the beginning."""
    step_s = (results[-1].time_s - results[0].time_s) / (len(results) - 1)
    length_s = results[-1].time_s - results[0].time_s + step_s
    for turn in range(times):
        for result in results:
            yield replace(result, time_s=begin_s + result.time_s + turn * length_s)
