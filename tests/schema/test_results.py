"""Results as dicts and JSON, and back; what is no result is refused."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

from helpers.results import OPTIONAL, every_value, face, frame
from mimika.base.errors import InputError
from mimika.schema.columns import ResultSchema
from mimika.schema.fields import FACE_FIELDS, FRAME_FIELDS
from mimika.schema.geometry import Box, Point
from mimika.schema.results import Face, FrameResult
from mimika.schema.tables import Results
from mimika.sources.frame import Frame


@pytest.mark.parametrize("faces", [0, 1, 3])
@pytest.mark.parametrize("full", [False, True], ids=["needed", "every field"])
@pytest.mark.parametrize("name", [None, "a folder/б.jpg"])
def test_to_dict_and_back(faces, full, name):
    result = frame(7, faces, full=full, name=name)
    written = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert FrameResult.from_dict(written) == result
    assert list(written) == [*(["name"] if name else []), *list(FRAME_FIELDS)[1:], "faces"]
    if faces:
        fields = [n for n, f in FACE_FIELDS.items() if (full and not f.wide) or not f.optional]
        assert list(written["faces"][0]) == [*fields, *(["pose.yaw"] if full else [])]


@pytest.mark.parametrize("name", ["landmarks", *OPTIONAL])
def test_each_optional_field_alone(name):
    one = face(2, **{name: every_value(2)[name]})
    assert Face.from_dict(one.to_dict()) == one
    assert Face.from_dict({**face(2).to_dict(), name: None}) == face(2)


def test_numbers_are_rounded_as_the_table_says():
    one = Face(
        Box(1.26, 2, 3, 4), 1, {"a": 0.123456, "b": 0.876544}, "a", 0.123456, 0.98765,
        {"valence": 0.123456, "pose.yaw": -17.123456, "landmarks": {"nose": Point(1.26, 2.0)}},
    )  # fmt: skip
    assert one.to_dict() == {
        "track_id": 1,
        "box": {"x": 1.3, "y": 2.0, "width": 3.0, "height": 4.0},
        "emotion": "a",
        "confidence": 0.1235,
        "detection_score": 0.9877,
        "probabilities": {"a": 0.1235, "b": 0.8765},
        "landmarks": {"nose": [1.3, 2.0]},
        "valence": 0.1235,
        "pose.yaw": -17.1235,
    }


def test_numpys_scalars_stay_json():
    one = Face(
        Box(*np.array([1, 2, 3, 4], np.float32)),
        np.int64(1),
        dict(zip("ab", np.array([0.5, 0.5], np.float32), strict=True)),
        np.str_("a"),
        np.float32(0.5),
        np.float64(0.5),
        {"valence": np.float32(0.25), "pose.yaw": np.float32(3), "seen": np.int32(2)},
    )
    result = FrameResult(np.float64(1.0), np.int64(3), np.int32(640), np.uint16(480), (one,))
    written = json.loads(json.dumps(result.to_dict()))
    assert FrameResult.from_dict(written).to_dict() == written
    (read,) = written["faces"]
    assert (read["valence"], read["pose.yaw"], read["seen"]) == (0.25, 3.0, 2)


def test_a_repr_fits_a_line():
    many = frame(123_456, 12, full=True, name="a folder/picture.jpg")
    for shown in (many, many.faces[0], frame(0, 0)):
        assert len(repr(shown)) < 100
        assert "\n" not in repr(shown)
    assert repr(face(1)) == "<Face 1: happy 38% at 10,20 size 30x40>"
    assert repr(frame(25, 1)) == "<FrameResult 1.00 s: 1 happy 38%>"
    assert repr(frame(0, 0, name="x.jpg")) == "<FrameResult x.jpg: no face>"
    assert repr(Results([many])) == "<Results: read by for, to_pandas() or to_arrow()>"
    schema = ResultSchema.of(["happy", "sad"])
    assert repr(schema) == f"<ResultSchema: {len(schema.columns)} columns; labels happy, sad>"
    black = np.zeros((48, 64, 3), np.uint8)
    assert repr(Frame(black, 1.5, 3)) == "<Frame 3 at 1.50 s: 64x48>"
    assert repr(Frame(black, name="a\nb.jpg")) == "<Frame a\\nb.jpg: 64x48>"


def test_results_go_between_processes_and_are_copied():
    result = frame(1, 2, full=True)
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301
    assert copy.deepcopy(result) == result
    assert copy.deepcopy(frame(1, 2)) == frame(1, 2)


def test_measured_values_come_before_derived_ones():
    derived = {"derived_valence": -0.5, "derived_arousal": 0.5}
    assert face(1).valence is face(1).arousal is None
    assert face(1).landmarks == {}
    assert (face(1, **derived).valence, face(1, **derived).arousal) == (-0.5, 0.5)
    assert face(1, **derived, valence=0.0).valence == 0.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"track_id": None}, "another type"),
        ({"track_id": 1.5}, "1.5 is no whole number"),
        ({"emotion": 3}, "3 is no text"),
        ({"confidence": "high"}, "'high' is no number"),
        ({"box": [1, 2, 3, 4]}, "another type"),
        ({"box": {"x": 1}}, "has no 'y'"),
        ({"probabilities": [0.5, 0.5]}, "another type"),
        ({"landmarks": {"nose": 3}}, "another type"),
        ({"valence": {}}, "no number"),
    ],
)
def test_a_face_of_another_shape_is_one_sentence(change, says):
    with pytest.raises(InputError, match=says) as caught:
        Face.from_dict(face(1).to_dict() | change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [n for n, f in FACE_FIELDS.items() if not f.optional])
def test_a_face_without_a_field_is_refused(name):
    raw = face(1).to_dict()
    del raw[name]
    with pytest.raises(InputError, match=f"A face has no '{name}'"):
        Face.from_dict(raw)


@pytest.mark.parametrize("raw", [None, 3, [], {}, {"faces": 3}, {"faces": []}, {"faces": [3]}])
def test_what_is_no_frame_is_refused(raw):
    with pytest.raises(InputError):
        FrameResult.from_dict(raw)
