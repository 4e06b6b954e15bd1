"""The training loop, top to bottom."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from mimika.base.errors import MimikaError
from mimika.training.augmentation import augment as augmentation
from mimika.training.networks.weights import WEIGHTS_FILE
from mimika.training.trainer.accelerator import gpu_busy
from mimika.training.trainer.average import MovingAverage
from mimika.training.trainer.batches import Batches
from mimika.training.trainer.checkpoint import (
    Checkpoint,
    flatten_optimizer,
    restore_optimizer,
    save_tensors,
    write_checkpoint,
)
from mimika.training.trainer.log import write_log
from mimika.training.trainer.loss import FaceLoss, LossSettings
from mimika.training.trainer.optimizer import make_optimizer, rate, set_rate
from mimika.training.trainer.step import TAUGHT, Step
from mimika.training.trainer.teachers import Teachers
from mimika.training.trainer.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mimika.training.config import Config
    from mimika.training.networks import FaceNetwork
    from mimika.training.trainer.accelerator import Accelerator
    from mimika.training.trainer.callbacks import Callback
    from mimika.training.training_arrays import TrainingArrays

BUSY_EVERY = 50
"""Steps between two looks at how busy the GPU is."""


class Trainer:
    """A network on its way. `for row in fit: ...` trains an epoch at a time.

    After every epoch the folder holds log, checkpoint and the best weights so far.
    """

    def __init__(
        self,
        network: FaceNetwork,
        arrays: TrainingArrays,
        config: Config,
        folder: Path,
        accelerator: Accelerator,
        *,
        callback: Callback,
        notes: Mapping[str, Any],
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Prepare.

        Args:
            network: with its starting weights; changed in place.
            arrays: faces and labels.
            config: the settings.
            folder: the run's folder.
            accelerator: what to compute on.
            callback: what follows the run.
            notes: written beside the weights.
            checkpoint: where to continue; the rest of the run equals that of an unbroken one.

        Raises:
            ModelError, UsageError: a teacher cannot be used, a speed-up is not possible here.
        """
        self.network, self.arrays, self.config, self.folder = network, arrays, config, folder
        self.accelerator, self.callback, self.notes = accelerator, callback, dict(notes)
        fabric, device = accelerator.fabric, accelerator.device
        if config.freeze:
            network.body.requires_grad_(False)
        # Channels last is 1.5 times as fast on a processor, and what a GPU's tensor cores want.
        network.to(device).to(memory_format=torch.channels_last)
        optimizer = make_optimizer(network, config, capturable=accelerator.speedup == "cuda-graph")
        self.average = MovingAverage(network, config.ema)
        self.log: list[dict[str, float]] = []
        self.best, self.best_epoch, self.seconds, self.done = -1.0, 0, 0.0, 0
        if checkpoint is not None:
            network.load_state_dict(checkpoint.weights)
            self.average.restore(checkpoint.average)
            restore_optimizer(optimizer, checkpoint.optimizer)
            if accelerator.scaler is not None and checkpoint.scaler:
                accelerator.scaler.load_state_dict(checkpoint.scaler)
            self.log, self.seconds = list(checkpoint.log), checkpoint.seconds
            (self.best, self.best_epoch), self.done = checkpoint.best, checkpoint.epoch
        self.model, self.optimizer = fabric.setup(network, optimizer)
        self.batches = Batches(
            arrays.faces,
            arrays.rows,
            {**arrays.targets, **{TAUGHT + head: p for head, p in arrays.taught.items()}},
            batch=max(1, config.batch // fabric.world_size),
            seed=config.seed,
            device=device,
            rank=fabric.global_rank,
            world=fabric.world_size,
        )
        self.step = self._make_step()

    def _make_step(self) -> Step:
        config, accelerator = self.config, self.accelerator
        classes, spec = self.network.classes, self.network.spec
        asked = config.teacher and not self.arrays.taught
        teachers = Teachers(config.teacher, classes, spec, accelerator.device) if asked else None
        loss = FaceLoss(
            {head: torch.from_numpy(share) for head, share in self.arrays.shares.items()},
            LossSettings(
                logit_adjustment=config.logit_adjustment,
                teacher_temperature=config.teacher_temperature,
                teacher_weight=config.teacher_weight if teachers or self.arrays.taught else 0.0,
            ),
            {head: out.kind for head, out in self.network.outputs.items() if head not in classes},
        )
        return Step(
            accelerator.fabric,
            self.model,
            self.optimizer,
            loss.to(accelerator.device),
            how=self._augmentation(),
            teachers=teachers,
            clip=config.clip,
            speedup=accelerator.speedup,
            scaler=accelerator.scaler,
        )

    def _augmentation(self) -> augmentation.Augmentation:
        how = augmentation.of_config(self.config)
        angles = any(output.kind == "angles" for output in self.network.outputs.values())
        # A mirror image has other angles: a head that is turned left is turned right in it.
        return replace(how, flip=0.0) if angles else how

    def run(self) -> list[dict[str, float]]:
        """Train until the last epoch, or until patience ends.

        Returns:
            The log, one row an epoch.

        Raises:
            MimikaError: the loss is no longer a number.
            OutputError: a file cannot be written.
        """
        fabric, config = self.accelerator.fabric, self.config
        self.callback.on_train_begin(config.epochs, self.batches.steps, self.done)
        try:
            for epoch in range(self.done, config.epochs):
                if config.patience and epoch - self.best_epoch >= config.patience:
                    self.callback.on_message(
                        f"Ended after epoch {epoch}: {config.patience} epochs brought no better "
                        f"{config.monitor.replace('_', ' ')}."
                    )
                    break
                began = time.perf_counter()
                row = self._train_epoch(epoch)
                if fabric.is_global_zero:
                    row |= validate(
                        self.average.network,
                        self.arrays.valid_faces,
                        self.arrays.valid_labels,
                        self.accelerator.device,
                    )
                # All processes must end at the same epoch.
                row = fabric.broadcast(row)
                self.seconds += time.perf_counter() - began
                self._keep(row)
                self.callback.on_epoch_end(row)
        finally:
            self.callback.on_train_end()
        return self.log

    def _train_epoch(self, epoch: int) -> dict[str, float]:
        config, fabric, device = self.config, self.accelerator.fabric, self.accelerator.device
        per_epoch = self.batches.steps
        steps, warmup = config.epochs * per_epoch, config.warmup * per_epoch
        # The chances of an epoch depend on nothing that was drawn before it.
        torch.manual_seed(_chance_seed(config.seed, epoch, fabric.global_rank))
        self.model.train()
        if config.freeze:
            self.network.body.eval()
        began = time.perf_counter()
        total, busy = torch.zeros((), device=device), []
        factor = 0.0
        for at, batch in enumerate(self.batches.epoch(epoch), epoch * per_epoch):
            factor = rate(at, steps, warmup)
            set_rate(self.optimizer, config.learning_rate, factor)
            total += self.step(batch)
            self.average.update(self.network)
            self.callback.on_step_end()
            if at % BUSY_EVERY == BUSY_EVERY - 1 and (share := gpu_busy(device)) is not None:
                busy.append(share)
        loss = float(total) / per_epoch
        took = time.perf_counter() - began
        if not math.isfinite(loss):
            raise MimikaError(
                f"The loss of epoch {epoch + 1} is not a number any more: start anew with a "
                f"smaller --lr than {config.learning_rate:g}."
            )
        faces = per_epoch * self.batches.batch * fabric.world_size
        row = {
            "epoch": epoch + 1,
            "train_loss": loss,
            "images_per_second": faces / took,
            "learning_rate": config.learning_rate * factor,
        }
        return row | ({"gpu_busy": sum(busy) / len(busy)} if busy else {})

    def _keep(self, row: dict[str, float]) -> None:
        """Take an epoch's row into the log, and write weights (where best), checkpoint and log."""
        self.log.append(row)
        epoch = int(row["epoch"])
        better = row[f"valid_{self.config.monitor}"] > self.best
        if better:
            self.best, self.best_epoch = row[f"valid_{self.config.monitor}"], epoch
        fabric = self.accelerator.fabric
        if fabric.is_global_zero:
            if better:
                weights = self.average.network.state_dict()
                save_tensors(self.folder / WEIGHTS_FILE, weights, {**self.notes, "epoch": epoch})
            scaler = self.accelerator.scaler
            write_checkpoint(
                self.folder,
                Checkpoint(
                    network=self.network.name,
                    epoch=epoch,
                    weights=self.network.state_dict(),
                    average=self.average.state(),
                    optimizer=flatten_optimizer(self.optimizer),
                    best=(self.best, self.best_epoch),
                    seconds=self.seconds,
                    scaler=scaler.state_dict() if scaler else {},
                    log=self.log,
                    about=self.notes,
                ),
            )
            write_log(self.folder, self.log)
        fabric.barrier()


def _chance_seed(seed: int, epoch: int, rank: int) -> int:
    # Odd multipliers keep (seed, epoch, rank) apart for all counts that occur.
    return (seed * 1_000_003 + epoch * 10_007 + rank * 101 + 1) % 2**63
