"""An engine that cannot run: one sentence for who asked for it, a clause for `auto`."""

from __future__ import annotations

from mimika.base.errors import DeviceError


class EngineRefusal(DeviceError):
    """An engine cannot run here, or not this network.

    Attributes:
        why: a clause that follows "which".
    """

    def __init__(self, engine: str, why: str, remedy: str = "use --engine cpu") -> None:
        """Put it into a sentence.

        Args:
            engine: Mimika's name of the engine.
            why: a clause that follows "The engine …", such as "finds no NVIDIA GPU".
            remedy: what to do.
        """
        self.why = why
        super().__init__(f"The engine {engine} {why}: {remedy}.")
