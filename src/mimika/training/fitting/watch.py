"""What people see of a running fit: progress on the terminal, TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console


class Watch(Protocol):
    """Told of a run's steps and epochs."""

    def begins(self, epochs: int, steps: int, done: int) -> None:
        """A run of `epochs` of `steps` each begins; `done` epochs are behind it."""

    def step(self) -> None:
        """A step is done."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """An epoch is done; `row` is its line of the log."""

    def says(self, text: str) -> None:
        """Something that a user should know, in a sentence."""

    def ends(self) -> None:
        """The run is over, however it ended."""


class SilentWatch:
    """Watches nothing."""

    def begins(self, epochs: int, steps: int, done: int) -> None:
        """See `Watch`."""

    def step(self) -> None:
        """See `Watch`."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """See `Watch`."""

    def says(self, text: str) -> None:
        """See `Watch`."""

    def ends(self) -> None:
        """See `Watch`."""


class TerminalWatch(SilentWatch):
    """A progress bar, and a line an epoch."""

    def __init__(self, console: Console) -> None:
        """Write to `console`."""
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def begins(self, epochs: int, steps: int, done: int) -> None:
        """See `Watch`."""
        self._epochs = epochs
        self._task = self._progress.add_task("steps", total=epochs * steps, completed=done * steps)
        self._progress.start()

    def step(self) -> None:
        """See `Watch`."""
        self._progress.advance(self._task)

    def epoch(self, row: Mapping[str, float]) -> None:
        """See `Watch`."""
        self._console.print(
            f"epoch {row['epoch']:.0f}/{self._epochs}  loss {row['train_loss']:.3f}  "
            f"valid {row['valid_accuracy']:.1%} (balanced {row['valid_balanced_accuracy']:.1%})  "
            f"{row['images_per_second']:.0f} images/s",
            soft_wrap=True,
        )

    def says(self, text: str) -> None:
        """See `Watch`."""
        self._console.print(text, style="yellow", markup=False, soft_wrap=True)

    def ends(self) -> None:
        """See `Watch`."""
        self._progress.stop()


class TensorBoardWatch(SilentWatch):
    """Writes every figure of an epoch for TensorBoard."""

    def __init__(self, folder: Path) -> None:
        """Write below `folder`."""
        self._folder = folder

    def begins(self, epochs: int, steps: int, done: int) -> None:  # noqa: ARG002
        """See `Watch`."""
        from torch.utils.tensorboard.writer import SummaryWriter

        # Epochs after the checkpoint are repeated, so what was written of them is void.
        self._writer = SummaryWriter(str(self._folder), purge_step=done + 1)

    def epoch(self, row: Mapping[str, float]) -> None:
        """See `Watch`."""
        for name, value in row.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, int(row["epoch"]))
        self._writer.flush()

    def ends(self) -> None:
        """See `Watch`."""
        self._writer.close()


class Watches(SilentWatch):
    """Several at once."""

    def __init__(self, *watches: Watch) -> None:
        """Tell all of `watches`, in this order."""
        self._watches = watches

    def begins(self, epochs: int, steps: int, done: int) -> None:
        """See `Watch`."""
        for watch in self._watches:
            watch.begins(epochs, steps, done)

    def step(self) -> None:
        """See `Watch`."""
        for watch in self._watches:
            watch.step()

    def epoch(self, row: Mapping[str, float]) -> None:
        """See `Watch`."""
        for watch in self._watches:
            watch.epoch(row)

    def says(self, text: str) -> None:
        """See `Watch`."""
        for watch in self._watches:
            watch.says(text)

    def ends(self) -> None:
        """See `Watch`."""
        for watch in self._watches:
            watch.ends()
