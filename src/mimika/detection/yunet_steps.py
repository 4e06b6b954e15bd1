"""YuNet in two halves, which a stream runs in two of its frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.detection.yunet_boxes import OUTPUTS, decode, suppressed
from mimika.engines import open_session

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection.detector import Detections
    from mimika.engines.session import Session


class YuNetHalves:
    """The halves of the network, `scripts/split_detector.py`; opened when a stream needs them."""

    def __init__(self, first: Path, second: Path) -> None:
        """Know the files.

        Args:
            first: an ONNX file from the picture to the value between.
            second: one from there to the outputs of the whole network.
        """
        self._paths = first, second
        self._sessions: tuple[Session, Session] | None = None

    def begin(
        self, planes: NDArray[np.float32], stretch: NDArray[np.float32], min_face: int
    ) -> YuNetSteps:
        """Begin a look.

        Args:
            planes: (1, 3, rows, columns) float32, what the network sees.
            stretch: (4,) float32, by which its boxes are multiplied.
            min_face: as for `suppressed`.

        Raises:
            ModelError: a file is missing or unusable.
        """
        if self._sessions is None:
            first, second = self._paths
            self._sessions = (
                open_session(first, engine="cpu", threads=1),
                open_session(second, engine="cpu", threads=1),
            )
        return YuNetSteps(*self._sessions, planes, stretch, min_face)


@dataclass(slots=True)
class YuNetSteps:
    """A look in two steps. See `mimika.detection.detector.LookInSteps`."""

    first: Session
    second: Session
    planes: NDArray[np.float32]
    stretch: NDArray[np.float32]
    min_face: int
    between: NDArray[np.float32] | None = None

    def step(self) -> Detections | None:
        """Run one half of the network; see `LookInSteps`."""
        if self.between is None:
            ((given, _),), ((name, _),) = self.first.inputs.items(), self.first.outputs.items()
            (self.between,) = self.first.run([name], {given: self.planes})
            return None
        ((given, _),) = self.second.inputs.items()
        outputs = self.second.run(OUTPUTS, {given: self.between})
        boxes, scores = decode(outputs, *self.planes.shape[2:])
        return suppressed(boxes * self.stretch, scores, self.min_face)
