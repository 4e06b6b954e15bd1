"""What every face detector keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.geometry import Point

# The two thresholds of ByteTrack (Zhang et al. 2022, arXiv 2110.06864).
HIGH_SCORE = 0.6
"""Score from which a detection counts as a face by itself."""

LOW_SCORE = 0.35
"""Score from which a detection may continue a face that is already followed."""

THOROUGH = 0
"""As `side`: look at several scales, for a picture that will not come again."""


class Detection(NamedTuple):
    """One face found in a picture; see `Detections`."""

    box: Box
    score: float
    landmarks: Mapping[str, Point]


@dataclass(frozen=True, slots=True)
class Detections:
    """Faces found in one picture, best first.

    Attributes:
        boxes: in pixels of the full picture; they may reach beyond it.
        scores: in [0, 1], one for each box.
        landmarks: points of each face by name, in pixels of the full picture; empty where the
            detector gives none.
    """

    boxes: tuple[Box, ...] = ()
    scores: tuple[float, ...] = ()
    landmarks: tuple[Mapping[str, Point], ...] = ()

    def __len__(self) -> int:
        """How many faces."""
        return len(self.boxes)

    def __getitem__(self, index: int) -> Detection:
        """One face."""
        points = self.landmarks[index] if self.landmarks else {}
        return Detection(self.boxes[index], self.scores[index], points)

    def kept(self, indices: Sequence[int]) -> Detections:
        """The detections at `indices`, in that order."""
        return Detections(
            tuple(self.boxes[i] for i in indices),
            tuple(self.scores[i] for i in indices),
            tuple(self.landmarks[i] for i in indices) if self.landmarks else (),
        )

    def at_least(self, score: float) -> Detections:
        """The detections with `score` or more."""
        return self.kept([i for i, s in enumerate(self.scores) if s >= score])


@dataclass(frozen=True, slots=True)
class BoxToCrop:
    """How a detector's boxes relate to the boxes that the models' crops are cut around.

    Those are YuNet's, for which nothing changes.

    Attributes:
        scale: by which a box is longer and wider there, around its center.
        down: by which it lies lower, as a share of the detector's own height.
    """

    scale: float = 1.0
    down: float = 0.0

    def __call__(self, box: Box) -> Box:
        """Turn a box of the detector into one to cut around."""
        if self.scale == 1.0 and self.down == 0.0:
            return box
        (x, y), width, height = box.center, box.width * self.scale, box.height * self.scale
        return Box(x - width / 2, y + self.down * box.height - height / 2, width, height)


AS_YUNET = BoxToCrop()


NEAR_SIDE = 96
"""Longer side of the scaled copy of the surroundings of one known face, in pixels."""


class DetectNear(Protocol):
    """Finds faces in parts of a picture only, much cheaper than in the whole."""

    def __call__(
        self, image: NDArray[np.uint8], regions: Sequence[Box], sides: Sequence[int] = ()
    ) -> tuple[Detections, ...]:
        """Look at regions: squares twice as long as the one face in them, or any other parts.

        Args:
            image: (H, W, 3) uint8 BGR.
            regions: one or more, in pixels of `image`; they may reach beyond it.
            sides: longer side of each region's scaled copy, in pixels; `NEAR_SIDE` where empty.

        Returns:
            What was found in each, as `Detector.detect` gives it.
        """


class LookInSteps(Protocol):
    """A look at a scaled copy that several frames share, so that none takes much longer."""

    def step(self) -> Detections | None:
        """Do the next part of the work.

        Returns:
            What `Detector.detect` would have given; None while there is more to do.
        """


class BeginLook(Protocol):
    """Begins a look that is continued later, when the picture may have gone."""

    def __call__(self, image: NDArray[np.uint8], side: int) -> LookInSteps:
        """Make the scaled copy, and no more yet; as `Detector.detect`, not with THOROUGH."""


class Detector(Protocol):
    """Finds faces; safe to call from several threads.

    A detector of your own inherits from this class, which has defaults for all that is optional.

    Attributes:
        name: how the user calls it.
        engine: what really runs it.
        sides: the longer sides, in pixels and rising, of the scaled copies that it can look at;
            one entry where the detector chooses by itself.
        landmarks: names of the points that it gives for each face; none by default.
        box_to_crop: how its boxes relate to the crops; as YuNet's do by default.
        detect_near: finds faces near known ones cheaply; None, the default, where it cannot.
        begin: begins a look that several frames share; None, the default, where it cannot.
    """

    name: str
    engine: str
    sides: tuple[int, ...]
    landmarks: tuple[str, ...] = ()
    box_to_crop: BoxToCrop = AS_YUNET
    detect_near: DetectNear | None = None
    begin: BeginLook | None = None

    def detect(self, image: NDArray[np.uint8], side: int = THOROUGH) -> Detections:
        """Find the faces of a picture.

        Args:
            image: (H, W, 3) uint8 BGR.
            side: longer side of the scaled copy to look at, one of `sides`, or THOROUGH.

        Returns:
            Faces with a score of LOW_SCORE or more, best first.
        """
        raise NotImplementedError
