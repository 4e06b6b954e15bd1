"""`mesh=True`: a stream's and a picture's faces carry what their meshes say."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

import mimika
from helpers.models import write_model
from mimika.base.errors import ModelError
from mimika.mesh import network
from mimika.mesh.face_mesh import FaceMesh
from mimika.pipeline.analyze import DOUBTFUL_SCORE
from mimika.pipeline.mesh import EVERY_S, RETRY_S, MeshFollower
from mimika.schema.geometry import Box
from mimika.schema.mesh import BLENDSHAPES, MESH_FIELDS

SETTINGS = mimika.Settings(mesh=True, engine="cpu")
MESH_NAMES = {field.name for field in MESH_FIELDS}


@pytest.fixture(scope="module")
def film(demo_clip):
    """Results of the first four seconds of the demo clip."""
    with mimika.open_source(demo_clip) as source, mimika.Recognizer(SETTINGS) as recognizer:
        return [recognizer(frame) for frame in itertools.islice(source, 96)], recognizer.schema


def test_a_picture_has_the_fields_and_points(media):
    (face,) = mimika.analyze(media / "astronaut.png", settings=SETTINGS)
    assert face.values.keys() >= MESH_NAMES
    assert tuple(face.values["blendshapes"]) == BLENDSHAPES
    assert face.mesh.shape == (478, 3)
    written = json.loads(json.dumps(face.to_dict()))
    assert "mesh" not in written
    assert mimika.Face.from_dict(written).to_dict() == written


def test_without_it_nothing_is_different(media):
    (plain,) = mimika.analyze(media / "astronaut.png", settings=mimika.Settings(engine="cpu"))
    (face,) = mimika.analyze(media / "astronaut.png", settings=SETTINGS)
    assert plain.mesh is None
    assert not plain.values.keys() & MESH_NAMES
    assert plain.probabilities == face.probabilities


def test_many_pictures_as_one(media):
    alone = mimika.analyze(media / "two_people.jpg", settings=SETTINGS)
    pictures = [media / "coffee.png", media / "two_people.jpg"]
    empty, both = mimika.analyze_many(pictures, settings=SETTINGS)
    assert not empty.faces
    assert [f.values["head_yaw"] for f in both.faces] == [f.values["head_yaw"] for f in alone]


def test_shut_eyes_of_a_film(film):
    """She cries with shut eyes from the first second on."""
    results, _ = film
    crying = [r.faces[0].values for r in results if 1.5 < r.time_s < 3.0]
    assert min(v["eye_closed_left"] for v in crying) > 0.6
    assert min(v["eye_closed_right"] for v in crying) > 0.5
    assert all("gaze_yaw" not in v for v in crying)


def test_values_between_two_readings_do_not_jump(film):
    results, _ = film
    yaws = np.array([r.faces[0].values["head_yaw"] for r in results])
    assert len(np.unique(yaws)) > 80  # not held for three frames each
    assert np.abs(np.diff(yaws)).max() < 5


def test_points_move_with_the_face(film):
    results, _ = film
    for result in results:
        (face,) = result.faces
        x, y = face.mesh[4, :2]
        assert face.box.x < x < face.box.x + face.box.width
        assert face.box.y < y < face.box.y + face.box.height


def test_csv_has_the_measures_and_parquet_the_blendshapes(film, demo_clip, tmp_path):
    results, schema = film
    with mimika.open_source(demo_clip) as source:
        for name in ("a.csv", "a.parquet", "a.jsonl"):
            with mimika.open_sink(tmp_path / name, source.info, schema) as sink:
                for result in results[:5]:
                    sink.write(None, result)
    heading = (tmp_path / "a.csv").read_text().splitlines()[0].split(",")
    assert "head_yaw" in heading
    assert not any("jawOpen" in name for name in heading)
    for name in ("a.parquet", "a.jsonl"):
        (face,) = next(iter(mimika.read_results(tmp_path / name))).faces
        assert face.to_dict() == results[0].faces[0].to_dict()
    (face,) = next(iter(mimika.read_results(tmp_path / "a.csv"))).faces
    assert face.values["smile_left"] == round(results[0].faces[0].values["smile_left"], 4)
    assert face.probabilities.keys() == results[0].faces[0].probabilities.keys()


def test_a_tilted_face_is_cut_upright(media):
    """What a face shows stays nearly the same when the picture is turned by 45 degrees."""
    image = cv2.imread(str(media / "obama.jpg"))
    height, width = image.shape[:2]
    side = int(np.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -45, 1)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    picture = cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    (upright,) = mimika.analyze(image, settings=SETTINGS)

    def away(settings):
        face = max(mimika.analyze(picture, settings=settings), key=lambda face: face.box.area)
        return max(abs(face.probabilities[k] - v) for k, v in upright.probabilities.items())

    assert away(SETTINGS) < 0.1
    assert away(SETTINGS) <= away(mimika.Settings(engine="cpu"))


def test_faces_of_twenty_pixels_have_no_answer(media):
    image = cv2.imread(str(media / "astronaut.png"))
    small = cv2.resize(image, None, fx=0.18, fy=0.18, interpolation=cv2.INTER_AREA)
    small = cv2.copyMakeBorder(small, 100, 100, 100, 100, cv2.BORDER_REPLICATE)
    (face,) = mimika.analyze(small, settings=SETTINGS)
    assert 15 < max(face.box.width, face.box.height) < 25
    assert face.mesh is None
    assert not face.values.keys() & MESH_NAMES


def test_a_doubtful_box_without_a_mesh_is_no_face(media):
    every_box = replace(SETTINGS, min_presence=0.0)
    (false,) = mimika.analyze(
        media / "galaxies.jpg", settings=mimika.Settings(engine="cpu", min_presence=0.0)
    )
    assert false.detection_score < DOUBTFUL_SCORE
    assert not mimika.analyze(media / "galaxies.jpg", settings=every_box)
    (result,) = mimika.analyze_many([media / "galaxies.jpg"], settings=every_box)
    assert not result.faces


def test_a_certain_box_needs_no_mesh(media, monkeypatch):
    """A face of a good score that has no mesh, as one turned far away, stays."""
    monkeypatch.setattr(FaceMesh, "read", lambda *_: None)
    (face,) = mimika.analyze(media / "astronaut.png", settings=SETTINGS)
    assert face.detection_score >= DOUBTFUL_SCORE
    assert face.mesh is None


def test_an_adopted_model_of_other_labels_and_size(media, tmp_path):
    model = write_model(tmp_path / "m.onnx")
    settings = mimika.Settings(model=str(model), mesh=True, engine="cpu")
    (face,) = mimika.analyze(media / "astronaut.png", settings=settings)
    assert face.values.keys() >= MESH_NAMES


def test_a_missing_file_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(network, "ASSET", tmp_path / "mesh.onnx")
    with pytest.raises(ModelError, match="which --mesh needs"):
        mimika.Recognizer(SETTINGS)


class NeverCertain:
    """A mesh that finds nothing, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def read(self, image, box):
        self.asked += 1


def test_an_uncertain_face_is_tried_again_after_a_while():
    mesh = NeverCertain()
    follower = MeshFollower(mesh, raw=False)
    image, box = np.zeros((100, 100, 3), np.uint8), Box(10, 10, 50, 50)
    for i in range(31):
        follower.look(image, {1: box}, i / 30)
    assert mesh.asked == 1 + int(1 / RETRY_S)
    assert EVERY_S < RETRY_S
    assert follower.region(1, box) is None


def test_a_recognizer_starts_anew_after_a_reset(media):
    image = cv2.imread(str(media / "astronaut.png"))
    with mimika.Recognizer(SETTINGS) as recognizer:
        first = recognizer(image, 5.0)
        recognizer.reset()
        again = recognizer(image, 0.0)
    assert first.faces[0].values["head_yaw"] == again.faces[0].values["head_yaw"]
