"""The parts of fitting one by one, against hand-made cases."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from helpers.faces_in_memory import MemorySplit
from mimika.schema.outputs import OUTPUT_KINDS
from mimika.training.augmentation.augment import Augmentation, mix
from mimika.training.config import Config
from mimika.training.evaluation.metrics import classification_summary
from mimika.training.losses import LOSSES
from mimika.training.networks import build
from mimika.training.trainer import accelerator
from mimika.training.trainer.average import MovingAverage
from mimika.training.trainer.batches import Batches
from mimika.training.trainer.loss import FaceLoss, LossSettings
from mimika.training.trainer.optimizer import make_optimizer, rate, set_rate
from mimika.training.training_arrays import chosen_rows, head_targets


def test_learning_rate_rises_then_falls() -> None:
    rates = [rate(step, 100, 10) for step in range(100)]
    assert rates[0] == pytest.approx(1 / 11)
    assert max(rates) == pytest.approx(rates[10]) == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert rates[-1] < 0.001
    assert all(a > b for a, b in itertools.pairwise(rates[10:]))


def test_body_and_heads_have_their_own_rates_and_biases_do_not_decay() -> None:
    network = build("custom_cnn", {"emotion": ("a", "b")})
    optimizer = make_optimizer(network, Config(body_lr=0.1), capturable=False)
    set_rate(optimizer, 0.01, 0.5)
    by_parameter = {
        id(p): (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for p in group["params"]
    }
    assert by_parameter[id(network.body[0].weight)] == pytest.approx((0.0005, 0.05))
    assert by_parameter[id(network.heads["emotion"].weight)] == pytest.approx((0.005, 0.05))
    assert by_parameter[id(network.heads["emotion"].bias)] == pytest.approx((0.005, 0.0))
    assert by_parameter[id(network.body[1].weight)] == pytest.approx((0.0005, 0.0))


def test_loss_by_hand() -> None:
    shares = {"emotion": torch.tensor([0.9, 0.1])}
    logits = {"emotion": torch.tensor([[0.0, 0.0], [5.0, 1.0]])}
    # The second face has no label and counts nothing.
    targets = {"emotion": torch.tensor([[0.25, 0.75], [0.0, 0.0]])}
    plain = FaceLoss(shares, LossSettings())(logits, targets, {})
    assert plain.item() == pytest.approx(math.log(2))
    adjusted = FaceLoss(shares, LossSettings(logit_adjustment=1.0))(logits, targets, {})
    assert adjusted.item() == pytest.approx(-0.25 * math.log(0.9) - 0.75 * math.log(0.1), rel=1e-5)
    taught = {"emotion": logits["emotion"].softmax(1)}
    same = FaceLoss(shares, LossSettings(teacher_weight=1.0))(logits, targets, taught)
    assert same.item() == pytest.approx(0.0, abs=1e-6)


def test_losses_of_values_by_hand() -> None:
    nan = float("nan")
    values = torch.tensor([[0.0, 0.5], [1.0, 0.5], [2.0, 9.0]])
    same = torch.tensor([[0.0, 0.5], [1.0, 0.6], [2.0, nan]])
    # The first axis agrees; the second is constant where it is known, and so has no concordance.
    assert LOSSES["concordance"](values, same).item() == pytest.approx((0 + 1) / 2, abs=1e-5)
    moved = values[:, :1] + 1
    variance = values[:, 0].var(correction=0).item()
    expected = 1 - 2 * variance / (2 * variance + 1)
    assert LOSSES["concordance"](moved, values[:, :1]).item() == pytest.approx(expected)
    one = torch.tensor([[0.3], [nan], [nan]])
    assert LOSSES["concordance"](values[:, :1], one).item() == 0.0
    degrees = torch.tensor([[350.0], [90.0], [5.0]], requires_grad=True)
    loss = LOSSES["angular"](degrees, torch.tensor([[-10.0], [0.0], [nan]]))
    assert loss.item() == pytest.approx(0.5, abs=1e-6)
    loss.backward()
    assert degrees.grad is not None
    assert degrees.grad.isfinite().all()
    assert {kind.loss for kind in OUTPUT_KINDS.values()} == LOSSES.keys()


def test_a_face_that_is_not_mixed_keeps_its_value_beside_an_unknown_one() -> None:
    torch.manual_seed(0)
    values = torch.tensor([[0.5], [float("nan")]] * 32)
    faces = torch.rand(64, 1, 8, 8)
    _, mixed = mix(faces, {"affect": values}, Augmentation(mix=0.5))
    kept = mixed["affect"].flatten()[::2]
    assert 0 < int(kept.isnan().sum()) < 32
    assert (kept[~kept.isnan()] == 0.5).all()


def test_moving_average_follows() -> None:
    network = build("custom_cnn", {"emotion": ("a", "b")})
    average = MovingAverage(network, 0.5)
    weight = network.heads["emotion"].weight
    with torch.no_grad():
        weight.fill_(1.0)
        average.update(network)
        weight.fill_(2.0)
        average.update(network)
    # The first update copies; the second has decay (1 + 1) / (10 + 1).
    expected = 1.0 * 2 / 11 + 2.0 * 9 / 11
    torch.testing.assert_close(
        average.network.heads["emotion"].weight, torch.full_like(weight, expected)
    )


def test_batches_show_every_face_once_an_epoch() -> None:
    faces = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1)
    targets = {"emotion": np.eye(20, dtype=np.float32)}
    rows = np.arange(20)

    def epoch(number: int, **options: int) -> list[int]:
        batches = Batches(
            faces, rows, targets, batch=5, seed=1, device=torch.device("cpu"), **options
        )
        seen = []
        for batch in batches.epoch(number):
            assert batch.targets["emotion"].argmax(1).tolist() == batch.faces.flatten().tolist()
            seen += batch.faces.flatten().tolist()
        return seen

    assert sorted(epoch(0)) == list(range(20))
    assert epoch(0) == epoch(0) != epoch(1)
    halves = epoch(3, rank=0, world=2), epoch(3, rank=1, world=2)
    assert sorted(halves[0] + halves[1]) == list(range(20))


def test_a_failing_reader_is_heard_in_the_loop() -> None:
    class Broken:
        nbytes = 0

        def __getitem__(self, _: object) -> None:
            raise OSError("the disk is gone")

    batches = Batches(
        Broken(),  # type: ignore[arg-type]
        np.arange(4),
        {"emotion": np.eye(4, dtype=np.float32)},
        batch=2,
        seed=0,
        device=torch.device("cpu"),
    )
    with pytest.raises(OSError, match="the disk is gone"):
        list(batches.epoch(0))


def test_limit_keeps_the_classes_shares() -> None:
    labels = np.array([0] * 80 + [1] * 19 + [2])
    rows = chosen_rows(labels, 20, seed=0)
    assert np.bincount(labels[rows]).tolist() == [16, 4, 1]
    assert len(set(rows.tolist())) == len(rows)
    assert chosen_rows(labels, 0, seed=0).tolist() == list(range(100))


def test_votes_stay_and_labels_are_smoothed() -> None:
    split = MemorySplit(np.zeros((2, 1, 1, 3), np.uint8), np.array([0, 1]))
    expected = np.array([[0.95, 0.05], [0.05, 0.95]], np.float32)
    np.testing.assert_allclose(head_targets(split, "emotion", 2, 0.1), expected)
    split.soft = np.array([[0.6, 0.4], [0.0, 1.0]], np.float32)
    np.testing.assert_allclose(head_targets(split, "emotion", 2, 0.1), split.soft)


def test_scores_by_hand() -> None:
    rows = np.array([[0.8, 0.2], [0.6, 0.4], [0.7, 0.3], [0.5, 0.5]], np.float32)
    found = classification_summary(rows, np.array([0, 0, 1, -1]))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["balanced_accuracy"] == pytest.approx(0.5)
    assert found["loss"] == pytest.approx(-(math.log(0.8) + math.log(0.6) + math.log(0.3)) / 3)


@pytest.mark.parametrize(
    ("network", "amx", "expected"),
    [("slim_s48", True, "bf16"), ("mobilefacenet", True, "32"), ("slim_s48", False, "32")],
)
def test_a_processor_takes_bf16_where_that_is_faster(
    network: str, amx: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "_has_amx", lambda: amx)
    assert accelerator.open_accelerator(Config(network=network, device="cpu")).precision == expected
