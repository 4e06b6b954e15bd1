"""One training step: augment, mix, ask the teachers, forward, backward, clip, update.

On a GPU at 48x48 plain PyTorch spends most of its time on launching small kernels. Two ways out:
`compile` lets torch.compile fuse augmentation, network and loss; `cuda-graph` records augmentation,
forward and backward once and replays them with a single launch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mimika.base.errors import UsageError
from mimika.training.augmentation.augment import Augmentation, augment, mix
from mimika.training.augmentation.degradations import degrade
from mimika.training.networks.face_network import to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lightning_fabric import Fabric

    from mimika.training.trainer.batches import Batch
    from mimika.training.trainer.loss import FaceLoss
    from mimika.training.trainer.teachers import Teachers

    Losses = Callable[[Tensor, dict[str, Tensor]], Tensor]

WARM_UP_STEPS = 3

TAUGHT = "taught/"
"""Begins the names of targets that are cached answers of teachers for the head named after it."""


class Step:
    """A step of training. Call it with a batch; it gives the loss, a scalar on the device."""

    def __init__(
        self,
        fabric: Fabric,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss: FaceLoss,
        *,
        how: Augmentation,
        teachers: Teachers | None,
        clip: float,
        speedup: str,
        scaler: torch.amp.GradScaler | None = None,
    ) -> None:
        """Prepare.

        Args:
            fabric: device, precision, processes.
            model: the network, set up by `fabric`.
            optimizer: likewise.
            loss: what is minimized.
            how: augmentation.
            teachers: None without distillation.
            clip: greatest norm of the gradient; 0 leaves it alone.
            speedup: "none", "compile" or "cuda-graph".
            scaler: fp16's gradient scaler.

        Raises:
            UsageError: a CUDA graph is asked for where there can be none.
        """
        self._fabric, self._model, self._optimizer = fabric, model, optimizer
        self._loss, self._how, self._teachers, self._clip = loss, how, teachers, clip
        self._losses: Losses = self._compute
        self._graph: torch.cuda.CUDAGraph | None = None
        self._record = speedup == "cuda-graph"
        if speedup == "compile":
            # The teachers may run outside of torch, so the graph is allowed to break at them.
            self._losses = torch.compile(self._compute)
        if self._record:
            if fabric.device.type != "cuda" or fabric.world_size > 1:
                raise UsageError(
                    "--speedup cuda-graph needs exactly one NVIDIA GPU: "
                    "leave it at auto, or take compile."
                )
            if scaler is not None or (teachers is not None and not teachers.on_device):
                raise UsageError(
                    "--speedup cuda-graph goes with --precision bf16 or 32 and with teachers that "
                    "are runs, not model files: take compile instead."
                )

    def __call__(self, batch: Batch) -> Tensor:
        """Do one step.

        Args:
            batch: faces and targets on the device.

        Returns:
            The loss, a detached scalar on the device.
        """
        if self._record:
            loss = self._replay(batch)
        else:
            self._optimizer.zero_grad(set_to_none=True)
            loss = self._losses(batch.faces, dict(batch.targets))
            self._fabric.backward(loss)
        if self._clip:
            self._fabric.clip_gradients(
                self._model,
                self._optimizer,
                max_norm=self._clip,
                error_if_nonfinite=False,
            )
        self._optimizer.step()
        return loss.detach()

    def _compute(self, raw: Tensor, targets: dict[str, Tensor]) -> Tensor:
        with torch.no_grad():
            faces = augment(to_pixels(raw), self._how)
            faces, targets = mix(faces, targets, self._how)
            taught = {h.removeprefix(TAUGHT): p for h, p in targets.items() if h.startswith(TAUGHT)}
            if self._teachers:
                with self._fabric.autocast():
                    taught = self._teachers(faces)
            if self._how.webcam is not None:
                # What teachers say of the clean face is what its degraded copy should be called.
                faces = degrade(faces, self._how.webcam, count=faces.device.type != "cuda")
            faces = faces.contiguous(memory_format=torch.channels_last)
        return self._loss(self._model(faces), targets, taught)

    def _replay(self, batch: Batch) -> Tensor:
        """Copy the batch into the recorded step's inputs and launch it."""
        if self._graph is None:
            self._capture(batch)
        self._faces.copy_(batch.faces)
        for head, target in batch.targets.items():
            self._targets[head].copy_(target)
        assert self._graph is not None
        self._graph.replay()
        return self._recorded_loss

    def _capture(self, batch: Batch) -> None:
        """Record augmentation, forward and backward; the gradients' memory stays in place.

        The steps before the recording, which PyTorch asks for, run forward and backward only:
        statistics of batch normalization see the first batch a few times more, weights do not move.
        """
        self._faces: Tensor = batch.faces.clone()
        self._targets: Mapping[str, Tensor] = {h: t.clone() for h, t in batch.targets.items()}
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UP_STEPS):
                self._optimizer.zero_grad(set_to_none=True)
                self._fabric.backward(self._compute(self._faces, dict(self._targets)))
        torch.cuda.current_stream().wait_stream(side)
        self._optimizer.zero_grad(set_to_none=True)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._recorded_loss: Tensor = self._compute(self._faces, dict(self._targets))
            self._fabric.backward(self._recorded_loss)
