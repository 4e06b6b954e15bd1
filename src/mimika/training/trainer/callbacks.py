"""What follows a training run: progress on the terminal, TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console


class Callback:
    """Called at the events of a run; this one does nothing, others override what they need."""

    def on_train_begin(self, epochs: int, steps: int, done: int) -> None:
        """A run of `epochs` of `steps` each begins; `done` epochs are behind it."""

    def on_step_end(self) -> None:
        """A step is done."""

    def on_epoch_end(self, row: Mapping[str, float]) -> None:
        """An epoch is done; `row` is its line of the log."""

    def on_message(self, text: str) -> None:
        """Something that a user should know, in a sentence."""

    def on_train_end(self) -> None:
        """The run is over, however it ended."""


class TerminalCallback(Callback):
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

    def on_train_begin(self, epochs: int, steps: int, done: int) -> None:
        """See `Callback`."""
        self._epochs = epochs
        self._task = self._progress.add_task("steps", total=epochs * steps, completed=done * steps)
        self._progress.start()

    def on_step_end(self) -> None:
        """See `Callback`."""
        self._progress.advance(self._task)

    def on_epoch_end(self, row: Mapping[str, float]) -> None:
        """See `Callback`."""
        self._console.print(
            f"epoch {row['epoch']:.0f}/{self._epochs}  loss {row['train_loss']:.3f}  "
            f"valid {row['valid_accuracy']:.1%} (balanced {row['valid_balanced_accuracy']:.1%})  "
            f"{row['images_per_second']:.0f} images/s",
            soft_wrap=True,
        )

    def on_message(self, text: str) -> None:
        """See `Callback`."""
        self._console.print(text, style="yellow", markup=False, soft_wrap=True)

    def on_train_end(self) -> None:
        """See `Callback`."""
        self._progress.stop()


class TensorBoardCallback(Callback):
    """Writes every value of an epoch for TensorBoard."""

    def __init__(self, folder: Path) -> None:
        """Write below `folder`."""
        self._folder = folder

    def on_train_begin(self, epochs: int, steps: int, done: int) -> None:  # noqa: ARG002
        """See `Callback`."""
        from torch.utils.tensorboard.writer import SummaryWriter

        # Epochs after the checkpoint are repeated, so what was written of them is void.
        self._writer = SummaryWriter(str(self._folder), purge_step=done + 1)

    def on_epoch_end(self, row: Mapping[str, float]) -> None:
        """See `Callback`."""
        for name, value in row.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, int(row["epoch"]))
        self._writer.flush()

    def on_train_end(self) -> None:
        """See `Callback`."""
        self._writer.close()


class CallbackList(Callback):
    """Several at once, called in their order."""

    def __init__(self, *callbacks: Callback) -> None:
        """Take `callbacks`."""
        self._callbacks = callbacks

    def on_train_begin(self, epochs: int, steps: int, done: int) -> None:
        """See `Callback`."""
        for callback in self._callbacks:
            callback.on_train_begin(epochs, steps, done)

    def on_step_end(self) -> None:
        """See `Callback`."""
        for callback in self._callbacks:
            callback.on_step_end()

    def on_epoch_end(self, row: Mapping[str, float]) -> None:
        """See `Callback`."""
        for callback in self._callbacks:
            callback.on_epoch_end(row)

    def on_message(self, text: str) -> None:
        """See `Callback`."""
        for callback in self._callbacks:
            callback.on_message(text)

    def on_train_end(self) -> None:
        """See `Callback`."""
        for callback in self._callbacks:
            callback.on_train_end()
