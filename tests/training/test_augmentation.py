from __future__ import annotations

import numpy as np
import pytest
import torch

from mimika.training.augmentation.augment import (
    LEVELS,
    Augmentation,
    augment,
    blur,
    mix,
    of_config,
    warp,
)
from mimika.training.config import Config


@pytest.fixture(scope="module")
def faces(clip_faces: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(clip_faces[:16].copy()).permute(0, 3, 1, 2).float() / 255


@pytest.mark.parametrize("level", ["light", "heavy"])
def test_faces_stay_faces(faces: torch.Tensor, level: str) -> None:
    torch.manual_seed(0)
    changed = augment(faces, LEVELS[level])
    assert changed.shape == faces.shape
    assert changed.dtype == torch.float32
    assert changed.min() >= 0
    assert changed.max() <= 1
    # Each face by its own chance, and none beyond recognition.
    each = (changed - faces).abs().mean((1, 2, 3))
    assert (each > 0.005).all()
    assert each.unique().numel() == len(faces)
    assert each.median() < 0.3


def test_none_changes_nothing(faces: torch.Tensor) -> None:
    assert torch.equal(augment(faces, LEVELS["none"]), faces)
    targets = {"emotion": torch.eye(16)}
    mixed, same = mix(faces, targets, LEVELS["none"])
    assert mixed is faces
    assert same is targets


def test_same_seed_same_faces(faces: torch.Tensor) -> None:
    both = []
    for _ in range(2):
        torch.manual_seed(5)
        both.append(augment(faces, LEVELS["heavy"]))
    assert torch.equal(*both)


def test_mirroring_all(faces: torch.Tensor) -> None:
    mirrored = warp(faces, Augmentation(flip=1.0))
    torch.testing.assert_close(mirrored, faces.flip(3), atol=1e-4, rtol=0)


def test_shift_is_bounded_by_its_share() -> None:
    torch.manual_seed(0)
    dots = torch.zeros(64, 1, 48, 48)
    dots[:, :, 24, 24] = 1
    moved = warp(dots, Augmentation(shift=0.1))
    at = moved.flatten(1).argmax(1)
    away = torch.stack([at // 48 - 24, at % 48 - 24]).abs()
    assert away.max() <= 5
    assert away.max() >= 3


def test_blur_takes_detail_and_keeps_light(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    soft = blur(faces)
    detail = (faces[..., 1:] - faces[..., :-1]).abs().mean((1, 2, 3))
    left = (soft[..., 1:] - soft[..., :-1]).abs().mean((1, 2, 3))
    assert (left <= detail + 1e-6).all()
    assert (left / detail).min() < 0.7
    torch.testing.assert_close(soft.mean((1, 2, 3)), faces.mean((1, 2, 3)), atol=0.02, rtol=0)


def test_erasing_takes_up_to_a_quarter(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    gone = (augment(faces, Augmentation(erase=1.0)) != faces).any(1).float().mean((1, 2))
    assert gone.max() <= 0.3
    assert gone.min() > 0.0


@pytest.mark.parametrize("cutmix", [0.0, 1.0])
def test_targets_are_mixed_as_the_faces_are(cutmix: float) -> None:
    # A face of the class k is a picture of the value k: the share of a partner can be read off.
    torch.manual_seed(0)
    count = 64
    values = torch.arange(count) % 2
    faces = values.view(-1, 1, 1, 1).expand(-1, 1, 48, 48).float()
    targets = {"emotion": torch.nn.functional.one_hot(values, 2).float()}
    mixed, soft = mix(faces, targets, Augmentation(mix=1.0, cutmix=cutmix, mix_alpha=1.0))
    torch.testing.assert_close(soft["emotion"].sum(1), torch.ones(count))
    torch.testing.assert_close(soft["emotion"][:, 1], mixed.mean((1, 2, 3)), atol=1e-5, rtol=0)
    assert (soft["emotion"].max(1).values < 1).any()
    if cutmix:
        assert set(mixed.unique().tolist()) == {0.0, 1.0}


def test_half_of_the_faces_are_mixed() -> None:
    torch.manual_seed(0)
    faces = torch.rand(2000, 1, 4, 4)
    mixed, _ = mix(faces, {}, Augmentation(mix=0.5, cutmix=0.0, mix_alpha=1.0))
    share = (mixed != faces).any(3).any(2).any(1).float().mean()
    assert 0.4 < share < 0.6


def test_config_s_shares_count_more_than_the_level_s() -> None:
    assert of_config(Config(augment="light")).mix == LEVELS["light"].mix
    own = of_config(Config(augment="light", mixup=0.0, cutmix=1.0))
    assert (own.mix, own.cutmix, own.rotation) == (0.0, 1.0, LEVELS["light"].rotation)
