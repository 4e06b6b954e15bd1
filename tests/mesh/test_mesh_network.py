"""The network gives LiteRT's answers, and refuses files that are no such network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mimika.base.errors import ModelError
from mimika.mesh.network import ASSET, MeshNetwork
from mimika.mesh.pose import fit_pose

MOST = 1e-3


def crop_of(picture, x, y, length):
    """As `scripts/check_mesh.py` cuts: without interpolation."""
    places = np.arange(256) * length // 256
    return np.ascontiguousarray(picture[np.ix_(y + places, x + places)][:, :, ::-1])


@pytest.fixture(scope="module")
def network():
    return MeshNetwork(engine="cpu")


def test_the_network_agrees_with_litert(network, media):
    reference = np.load(Path(__file__).parent / "litert.npz")
    assert len(reference["files"]) == 4
    for i, (name, place) in enumerate(zip(reference["files"], reference["corners"], strict=True)):
        found = network(crop_of(cv2.imread(str(media / str(name))), *place))
        assert np.abs(found.points - reference["points"][i]).max() < MOST
        assert abs(found.presence_logit - reference["presence_logits"][i]) < MOST
        assert np.abs(found.blendshapes - reference["blendshapes"][i]).max() < MOST


def test_the_networks_file_is_small():
    assert ASSET.stat().st_size < 5_000_000


def test_a_missing_file_is_a_sentence(tmp_path, monkeypatch):
    gone = tmp_path / "mesh.onnx"
    monkeypatch.setattr("mimika.mesh.network.ASSET", gone)
    with pytest.raises(ModelError, match=r"which --mesh needs: install Mimika again"):
        MeshNetwork()


@pytest.mark.parametrize("name", ["fast.onnx", "yunet.onnx"])
def test_another_network_is_refused(name):
    with pytest.raises(ModelError, match="is no face mesh"):
        MeshNetwork(ASSET.parent / name, engine="cpu")


def test_the_pose_of_a_turned_canonical_face_is_that_turn(network):
    face = network.face
    yaw, pitch, roll = 25.0, -15.0, 40.0
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    points = np.zeros((478, 3), np.float32)
    turned = face.positions @ (about_y @ about_x @ about_z).T
    points[face.points] = 7 * turned * (1, -1, -1) + (300, 200, 0)
    pose = fit_pose(points, face)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=1e-3)
    assert pose.scale == pytest.approx(7, rel=1e-4)
