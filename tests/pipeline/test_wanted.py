"""Only the main face, or only the faces in a part of the frame."""

from __future__ import annotations

import numpy as np
import pytest

import mimika
from mimika.base.errors import UsageError
from mimika.detection.detector import Detections
from mimika.pipeline.wanted import WantedFaces, read_region
from mimika.schema.geometry import Box


def test_of_two_people_one_is_seen(media):
    picture = media / "two_people.jpg"
    both = mimika.analyze(picture)
    assert len(both) == 2
    (main,) = mimika.analyze(picture, settings=mimika.Settings(largest=True))
    assert main.box == max((face.box for face in both), key=lambda box: box.area)
    (left,) = mimika.analyze(picture, settings=mimika.Settings(region="0,0,500,600"))
    assert left.box == both[0].box
    assert mimika.analyze(picture, settings=mimika.Settings(region="0,500,1126,100")) == ()


def test_a_stream_stays_with_its_main_face(media):
    film = media / "head-pose-face-detection-female-and-male.gif"
    settings = mimika.Settings(largest=True)
    with mimika.Recognizer(settings) as recognizer, mimika.open_source(film) as frames:
        results = [recognizer(frame) for frame in frames]
    assert {len(result.faces) for result in results} == {1}
    assert {face.track_id for result in results for face in result.faces} == {1}


def test_two_faces_of_one_size_do_not_alternate():
    wanted, size = WantedFaces("", largest=True), (200, 500)
    left, right = Box(0, 0, 100, 100), Box(300, 0, 101, 100)
    for i in range(6):
        sizes = (left, right) if i % 2 else (right.scaled(1, 1), left)
        found = Detections(sizes, (0.9, 0.9))
        assert wanted(found, size).boxes == (right,)
    assert wanted(Detections((Box(0, 0, 200, 200), right), (0.9, 0.9)), size).boxes[0].width == 200
    wanted.reset()
    assert wanted(Detections((left, Box(300, 0, 99, 99)), (0.9, 0.9)), size).boxes == (left,)


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "0,0,0,10", "-1,0,10,10", "0 0 9 9", ","])
def test_what_is_no_region_is_refused(text):
    with pytest.raises(UsageError, match="--region"):
        mimika.Settings(region=text)
    assert read_region("") is None


def test_a_region_outside_of_the_frame_is_one_sentence(media):
    settings = mimika.Settings(region="5000,0,10,10")
    with pytest.raises(UsageError, match="outside of the frame, which is 512x512 pixels"):
        mimika.analyze(media / "astronaut.png", settings=settings)
    with (
        mimika.Recognizer(settings) as recognizer,
        pytest.raises(UsageError, match="lies outside of the frame"),
    ):
        recognizer(np.zeros((360, 640, 3), np.uint8), 0.0)
