from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mimika.training.augmentation import degradations, occluders
from mimika.training.augmentation.augment import LEVELS, augment
from mimika.training.augmentation.degradations import Degradations, degrade
from mimika.training.augmentation.jpeg import compressed

NOTHING = {"tilt": 0, "shift": 0, "occluded": 0, "motion": 0, "light": 0, "low": 0}
NOTHING = {**NOTHING, "noise": 0, "jpeg": 0, "clean": 0}


@pytest.fixture(scope="module", params=["gray", "rgb"])
def faces(request: pytest.FixtureRequest, clip_faces: np.ndarray) -> torch.Tensor:
    """(32, C, 48, 48) float; in steps of 1/255, as a camera gives them."""
    color = torch.from_numpy(clip_faces[:32].copy()).permute(0, 3, 1, 2).float()
    small = torch.nn.functional.interpolate(color, (48, 48), mode="area")
    if request.param == "gray":
        small = small.mean(1, keepdim=True)
    return small.round() / 255


def each_changed(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a - b).abs().flatten(1).max(1).values > 1e-4


def detail(faces: torch.Tensor) -> torch.Tensor:
    return (faces[..., 1:] - faces[..., :-1]).abs().mean((1, 2, 3))


def test_webcam_faces_stay_faces_in_steps_of_a_camera(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    how = LEVELS["webcam"]
    assert how.webcam is not None
    changed = degrade(augment(faces, how), how.webcam)
    assert changed.shape == faces.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    torch.testing.assert_close(changed * 255, (changed * 255).round())


def test_same_seed_same_faces(faces: torch.Tensor) -> None:
    both = []
    for _ in range(2):
        torch.manual_seed(5)
        both.append(degrade(faces, Degradations()))
    assert torch.equal(*both)


def test_the_clean_ones_are_left_as_they_are(faces: torch.Tensor) -> None:
    assert torch.equal(degrade(faces, Degradations(clean=1.0)), faces)
    assert torch.equal(degrade(faces, Degradations(**NOTHING)), faces)


@pytest.mark.parametrize("name", ["tilt", "shift", "occluded", "motion", "light", "noise", "jpeg"])
def test_a_degradation_meets_its_share_and_no_other_face(faces: torch.Tensor, name: str) -> None:
    torch.manual_seed(0)
    many = faces[:4].repeat(150, 1, 1, 1)
    hit = each_changed(degrade(many, Degradations(**{**NOTHING, name: 0.4})), many).float().mean()
    # Four kinds of occluders draw apart, and a face may meet two; what is drawn small may not show.
    assert 0.27 < hit < 0.47


def test_few_pixels_are_few(faces: torch.Tensor) -> None:
    small = [detail(degradations.few_pixels(faces, side)).mean() for side in (16, 24, 40)]
    assert small[0] < small[1] < small[2] < detail(faces).mean()
    # A face of 16 pixels is its own picture of 16 pixels.
    once = degradations.few_pixels(faces, 16)
    torch.testing.assert_close(degradations.few_pixels(once, 16), once, atol=0.15, rtol=0)


def test_motion_takes_detail_along_its_line_and_keeps_light(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    blurred = degradations.motion_blur(faces, 0.25)
    assert (detail(blurred) / detail(faces)).median() < 0.7
    torch.testing.assert_close(blurred.mean(), faces.mean(), atol=0.03, rtol=0)
    # A dot becomes a line of the stated length at most.
    dot = torch.zeros(64, 1, 49, 49)
    dot[:, :, 24, 24] = 1
    line = degradations.motion_blur(dot, 0.25) > 1e-3
    lengths = torch.maximum(line.any(2).sum(2), line.any(3).sum(2)).flatten()
    assert lengths.max() <= 0.25 * 49 + 3
    assert lengths.max() >= 8
    torch.testing.assert_close(degradations.motion_blur(dot, 0.25).sum((1, 2, 3)), torch.ones(64))


def test_light_goes_down_to_a_tenth_and_up_to_twice() -> None:
    torch.manual_seed(0)
    flat = torch.full((4000, 1, 4, 4), 0.4)
    seen = degradations.light(flat, 0.1).mean((1, 2, 3)) / 0.4
    assert 0.05 < seen.min() < 0.15
    assert 1.5 < seen.max() < 2.6
    assert 0.55 < (seen < 1).float().mean() < 0.85


def test_noise_is_as_strong_as_said() -> None:
    torch.manual_seed(0)
    spread = degradations.noise(torch.full((500, 1, 48, 48), 0.5), 0.1).std((1, 2, 3))
    assert spread.min() < 0.01
    assert 0.09 < spread.max() < 0.105


def test_tilt_turns_up_to_its_angle() -> None:
    torch.manual_seed(0)
    bar = torch.zeros(300, 1, 49, 49)
    bar[:, :, 2:20, 24] = 1
    turned = degradations.tilt(bar, 45.0)
    y, x = torch.meshgrid(torch.arange(49.0) - 24, torch.arange(49.0) - 24, indexing="ij")
    weight = turned[:, 0] * (x**2 + y**2 < 18**2)
    angles = torch.rad2deg(torch.atan2((weight * x).sum((1, 2)), -(weight * y).sum((1, 2)))).abs()
    assert 40 < angles.max() < 47
    assert angles.median() == pytest.approx(22.5, abs=4)


@pytest.mark.parametrize("kind", occluders.KINDS, ids=lambda kind: kind.__name__)
def test_an_occluder_covers_a_part(faces: torch.Tensor, kind) -> None:
    torch.manual_seed(0)
    many = faces[:4].repeat(50, 1, 1, 1)
    covered = ((kind(many) - many).abs().amax(1) > 0.02).float()
    share = covered.mean((1, 2))
    assert 0.02 < share.median() < 0.6
    assert share.max() < 0.75


def test_occluders_are_where_they_belong(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    many = faces[:4].repeat(50, 1, 1, 1)

    def rows(kind) -> torch.Tensor:
        return ((kind(many) - many).abs().amax(1) > 0.02).float().mean((0, 2))

    masked, worn = rows(occluders.mask), rows(occluders.glasses)
    assert masked[36:44].mean() > 0.6  # the mouth
    assert masked[:20].max() < 0.05  # the eyes
    assert worn[16:23].mean() > 0.3
    assert worn[32:].max() < 0.05


def test_jpeg_keeps_the_face(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    kept = degradations.jpeg(faces)
    assert each_changed(kept, faces).all()
    assert (kept - faces).abs().mean() < 0.05


def test_jpeg_is_what_a_codec_writes(faces: torch.Tensor) -> None:
    pixels = (faces.permute(0, 2, 3, 1) * 255).round().byte().numpy()
    for quality in (15, 50, 85):
        kept = compressed(faces, torch.full((len(faces), 1, 1, 1), float(quality)))
        read = np.stack([by_opencv(face, quality) for face in pixels])
        other = torch.from_numpy(read).permute(0, 3, 1, 2).float() / 255
        # Codecs round colors, and what they make of them between pixels, each in its own way.
        assert (kept - other).abs().mean() < (0.5 if faces.shape[1] == 1 else 1.5) / 255
        lost, lost_there = (kept - faces).abs().mean(), (other - faces).abs().mean()
        torch.testing.assert_close(lost, lost_there, rtol=0.02, atol=0)


def by_opencv(face: np.ndarray, quality: int) -> np.ndarray:
    order = face[..., ::-1] if face.shape[2] == 3 else face
    written = cv2.imencode(".jpg", order, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    read = cv2.imdecode(written, cv2.IMREAD_UNCHANGED)
    return read[..., ::-1].copy() if read.ndim == 3 else read[..., None]


def test_pixels_are_taken_as_far_faces_lose_them(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    found = degradations.fewer_pixels(faces)
    sides = [degradations.few_pixels(faces, side) for side in degradations.LOW_SIDES[:-1]]
    off = torch.stack([(found - f).abs().amax((1, 2, 3)) for f in [*sides, faces]])
    assert off.amin(0).max() < 1e-5
    assert len(off.argmin(0).unique()) >= 5


class NothingAsked(TorchDispatchMode):
    """Refuses what makes a processor wait for a GPU, or gives tensors of a size that it must know.

    A CUDA graph cannot record these.
    """

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        assert name not in {"nonzero", "_local_scalar_dense", "item", "masked_select"}, name
        return func(*args, **(kwargs or {}))


def test_a_gpu_is_asked_for_nothing(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    degrade(faces, Degradations(), count=False)  # tables are laid out at the first call
    with NothingAsked():
        everywhere = degrade(faces, Degradations(), count=False)
    assert each_changed(everywhere, faces).float().mean() > 0.3
    with pytest.raises(AssertionError, match="nonzero"), NothingAsked():
        degrade(faces, Degradations())
    assert torch.equal(degrade(faces, Degradations(**NOTHING), count=False), faces)


@pytest.mark.parametrize("name", ["tilt", "light", "low", "jpeg"])
def test_the_same_share_is_met_without_counting(faces: torch.Tensor, name: str) -> None:
    torch.manual_seed(0)
    many = faces[:4].repeat(150, 1, 1, 1)
    how = Degradations(**{**NOTHING, name: 0.4})
    hit = each_changed(degrade(many, how, count=False), many).float().mean()
    assert 0.27 < hit < 0.47
