"""An opened network, and which engine really runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray


class Session(Protocol):
    """A network that is ready to run; safe to call from several threads.

    Attributes:
        engine: what really runs it, such as "cpu" or "openvino".
        inputs: name of each input to its shape; None or a name for a free axis.
        outputs: likewise.
        metadata: the ONNX file's custom metadata.
        notes: what was passed over on the way here, and why; sentences.
    """

    engine: str
    inputs: Mapping[str, Sequence[int | str | None]]
    outputs: Mapping[str, Sequence[int | str | None]]
    metadata: Mapping[str, str]
    notes: Sequence[str]

    def run(
        self, names: Sequence[str], feeds: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        """Run the network and return the named outputs, in that order."""
