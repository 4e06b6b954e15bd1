"""Callbacks that tests give to a training run."""

from __future__ import annotations

from mimika.training.trainer.callbacks import Callback


class Messages(Callback):
    """Keeps what a user would be told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def on_message(self, text: str) -> None:
        self.messages.append(text)


class StopAt(Messages):
    """Ctrl-C at a step."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.left = step

    def on_step_end(self) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
