"""What every face detector keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.geometry import Box

SURE = 0.6
"""Score from which a detection counts as a face by itself."""

FAINT = 0.35
"""Score from which a detection may continue a face that is already followed."""

THOROUGH = 0
"""As `side`: look at several scales, for a picture that will not come again."""


@dataclass(frozen=True, slots=True)
class Detections:
    """Faces found in one picture, best first.

    Attributes:
        boxes: in pixels of the full picture; they may reach beyond it.
        scores: in [0, 1], one for each box.
    """

    boxes: tuple[Box, ...] = ()
    scores: tuple[float, ...] = ()

    def __len__(self) -> int:
        """How many faces."""
        return len(self.boxes)

    def kept(self, indices: Sequence[int]) -> Detections:
        """The detections at `indices`, in that order."""
        return Detections(
            tuple(self.boxes[i] for i in indices), tuple(self.scores[i] for i in indices)
        )

    def at_least(self, score: float) -> Detections:
        """The detections with `score` or more."""
        return self.kept([i for i, s in enumerate(self.scores) if s >= score])


class DetectNear(Protocol):
    """Finds faces in parts of a picture only, much cheaper than in the whole."""

    def __call__(self, image: NDArray[np.uint8], regions: Sequence[Box]) -> tuple[Detections, ...]:
        """Look at square regions, each about twice as long as the one face in it.

        Args:
            image: (H, W, 3) uint8 BGR.
            regions: one or more, in pixels of `image`; they may reach beyond it.

        Returns:
            What was found in each, as `Detector.detect` gives it.
        """


class Detector(Protocol):
    """Finds faces; safe to call from several threads.

    A detector may have one more attribute, `detect_near`, a `DetectNear` or None. `following.py`
    uses it where it is there.

    Attributes:
        name: how the user calls it.
        engine: what really runs it.
        sides: the longer sides, in pixels and rising, of the scaled copies that it can look at;
            one entry where the detector chooses by itself.
    """

    name: str
    engine: str
    sides: tuple[int, ...]

    def detect(self, image: NDArray[np.uint8], side: int = THOROUGH) -> Detections:
        """Find the faces of a picture.

        Args:
            image: (H, W, 3) uint8 BGR.
            side: longer side of the scaled copy to look at, one of `sides`, or THOROUGH.

        Returns:
            Faces with a score of FAINT or more, best first.
        """
