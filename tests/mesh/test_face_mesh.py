"""Meshes of real faces: turned by known angles, too small, or no faces at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import mimika
from mimika.detection import open_detector
from mimika.mesh.face_mesh import MIN_FACE_PX, FaceMesh, large_enough
from mimika.mesh.network import MeshNetwork
from mimika.mesh.region import FaceRegion
from mimika.schema.geometry import Box

ROLL_ERROR = 3.0


@pytest.fixture(scope="module")
def mesh():
    return FaceMesh(MeshNetwork(engine="cpu"))


@pytest.fixture(scope="module")
def detector():
    return open_detector("yunet", engine="cpu")


def turned(image, degrees):
    """The picture turned clockwise on a canvas that holds it all."""
    height, width = image.shape[:2]
    side = int(np.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    return cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)


def largest(detector, image):
    return max(detector.detect(image).at_least(0.6).boxes, key=lambda box: box.area)


@pytest.mark.parametrize("name", ["astronaut.png", "obama.jpg"])
@pytest.mark.parametrize("degrees", [-45, -20, 20, 45, 60, 180])
def test_roll_follows_a_turned_picture(mesh, detector, media, name, degrees):
    image = cv2.imread(str(media / name))
    upright = mesh.read(image, largest(detector, image)).pose
    picture = turned(image, degrees)
    pose = mesh.read(picture, largest(detector, picture)).pose
    error = (pose.roll - upright.roll - degrees + 180) % 360 - 180
    assert abs(error) <= ROLL_ERROR


def test_a_mirror_image_turns_the_signs(mesh, detector, media):
    image = cv2.imread(str(media / "two_people.jpg"))
    box = max(detector.detect(image).boxes, key=lambda box: box.x)
    there = mesh.read(image, box).values()
    flipped = Box(image.shape[1] - box.x - box.width, box.y, box.width, box.height)
    back = mesh.read(np.ascontiguousarray(image[:, ::-1]), flipped).values()
    for name in ("head_yaw", "head_roll", "gaze_yaw"):
        assert abs(there[name]) > 4
        assert back[name] == pytest.approx(-there[name], abs=6)
    assert back["head_pitch"] == pytest.approx(there["head_pitch"], abs=4)


def test_head_poses_of_the_clip_have_their_order_and_sign(mesh, detector, media):
    """She on the left leans to the picture's left and looks left and down, and he to the right."""
    with mimika.open_source(media / "head-pose-face-detection-female-and-male.gif") as clip:
        frame = next(frame for frame in clip if frame.index == 16)
    her, him = sorted(detector.detect(frame.image).at_least(0.6).boxes, key=lambda box: box.x)
    her, him = mesh.read(frame.image, her).pose, mesh.read(frame.image, him).pose
    assert her.yaw < -20
    assert 5 < him.yaw < 25
    assert her.pitch < -8
    assert her.pitch < him.pitch
    assert -60 < her.roll < him.roll < -30


def test_smiles_and_open_eyes_of_the_astronaut(mesh, detector, media):
    image = cv2.imread(str(media / "astronaut.png"))
    values = mesh.read(image, largest(detector, image)).values()
    assert min(values["smile_left"], values["smile_right"]) > 0.7
    assert max(values["eye_closed_left"], values["eye_closed_right"]) < 0.2
    assert max(abs(values["gaze_yaw"]), abs(values["gaze_pitch"])) < 20


def test_points_lie_in_the_picture_where_the_face_is(mesh, detector, media):
    image = cv2.imread(str(media / "astronaut.png"))
    box = largest(detector, image)
    reading = mesh.read(image, box)
    assert reading.points.shape == (478, 3)
    nose, chin, forehead = reading.points[[4, 152, 10], :2]
    assert box.x < nose[0] < box.x + box.width
    assert forehead[1] < nose[1] < chin[1]
    # A large copy of the picture gives the same mesh, larger.
    large = cv2.resize(image, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    again = mesh.read(large, box.scaled(6, 6))
    assert np.abs(again.points[:, :2] / 6 - reading.points[:, :2]).max() < 2


def test_a_face_of_20_pixels_has_no_mesh(mesh, detector, media):
    image = cv2.imread(str(media / "astronaut.png"))
    box = largest(detector, image)
    scale = 20 / max(box.width, box.height)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert mesh.read(small, box.scaled(scale, scale)) is None
    assert not large_enough(Box(0, 0, MIN_FACE_PX - 1, 20))
    assert large_enough(Box(0, 0, 20, MIN_FACE_PX))


@pytest.mark.parametrize("place", [(0, 0, 200), (200, 100, 150), (300, 200, 90), (-50, -50, 120)])
def test_what_is_no_face_has_no_mesh(mesh, media, place):
    image = cv2.imread(str(media / "coffee.png"))
    x, y, side = place
    assert mesh.read(image, Box(x, y, side, side)) is None


def test_a_box_beside_the_face_has_no_mesh_of_the_face(mesh, detector, media):
    image = cv2.imread(str(media / "astronaut.png"))
    box = largest(detector, image)
    beside = Box(box.x + 1.2 * box.width, box.y, box.width, box.height)
    assert mesh.read(image, beside) is None


def test_a_face_is_followed_in_one_run(mesh, detector, media):
    image = cv2.imread(str(media / "astronaut.png"))
    box = largest(detector, image)
    reading = mesh.read(image, box)
    again = mesh.follow(image, box, reading.region)
    assert np.abs(again.points[:, :2] - reading.points[:, :2]).max() < 3
    assert mesh.follow(image, box, reading.region.moved(200, 0, 1)) is None


def test_a_region_beyond_the_picture_is_cut(media):
    image = cv2.imread(str(media / "astronaut.png"))
    for region in (FaceRegion(-900, -900, 50, 0), FaceRegion(5000, 20, 4000, 30)):
        assert region.cut(image, 256).shape == (256, 256, 3)
