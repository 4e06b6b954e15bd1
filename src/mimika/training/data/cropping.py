"""How a face is cut out of a data set's picture: not at all, or as the webcam's faces are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mimika.base.errors import InputError
from mimika.models.preprocessing import fit, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.detection import Detector
    from mimika.models.card import InputSpec
    from mimika.training.data.picture_store import Pictures

Crop = Literal["auto", "face", "none"]

SAMPLED = 48
SMALLEST_SIDE = 96
"""Pictures with a shorter side, in pixels, are faces that someone cut already."""
LARGEST_MARGIN = 1.0
LOOSE = 0.5
"""`auto` cuts where the face takes less than this share of the picture's shorter side."""


class Cropper:
    """Turns a picture into the crop that a network takes."""

    def __init__(self, crop: Literal["face", "none"], margin: float) -> None:
        """Choose how.

        Args:
            crop: "face" cuts the largest face that YuNet finds, "none" takes the whole picture.
            margin: see `mimika.models.preprocessing.square_crop`.
        """
        self.crop, self.margin = crop, margin
        self._detector = _detector() if crop == "face" else None

    def __call__(self, image: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
        """Cut and scale one picture.

        Args:
            image: (H, W, 3) BGR or (H, W) gray, uint8.
            spec: the network's input.

        Returns:
            (height, width, channels) uint8; of the whole picture where no face is found.
        """
        if self._detector is None:
            return fit(image, spec)
        color = image if image.ndim == 3 else np.repeat(image[:, :, np.newaxis], 3, axis=2)
        boxes = self._detector.detect(color).boxes
        if not boxes:
            return fit(image, spec)
        largest = max(boxes, key=lambda box: box.area)
        return prepare(color, [largest], spec, self.margin)[0]


@dataclass(frozen=True, slots=True)
class CropChoice:
    """How a data set's faces are cut.

    Attributes:
        crop: "face" or "none".
        margin: what the webcam must cut to show a network the same; see `square_crop`.
        why: a sentence, "" where nothing was chosen.
    """

    crop: Literal["face", "none"]
    margin: float
    why: str = ""


def choose_crop(
    crop: Crop, margin: float, pictures: Pictures, rows: NDArray[np.int64]
) -> CropChoice:
    """Look at a few pictures: must faces still be cut out, and how much lies around them?

    Args:
        crop: what the user wants; "auto" leaves it to the sample.
        margin: of the cut, for "face".
        pictures: of the data set.
        rows: which of them can be read.
    """
    if crop == "face":
        return CropChoice("face", margin)
    share = _face_share(pictures, rows)
    if share is None:
        why = "Pictures are taken whole (--crop none): they are faces already."
        return CropChoice("none", 0.0, why if crop == "auto" else "")
    if crop == "auto" and share < LOOSE:
        return CropChoice(
            "face",
            margin,
            f"Faces are cut out (--crop face): in a sample they take {share:.0%} of the picture.",
        )
    why = f"Pictures are taken whole (--crop none): in a sample the face takes {share:.0%} of them."
    around = min(max(0.0, 1 / share - 1), LARGEST_MARGIN)
    return CropChoice("none", round(around, 2), why if crop == "auto" else "")


def _face_share(pictures: Pictures, rows: NDArray[np.int64]) -> float | None:
    """Median of the face's longer side over the picture's shorter side; None for ready faces."""
    rows = rows[np.linspace(0, len(rows) - 1, min(SAMPLED, len(rows))).astype(int)]
    detector = None
    shares = []
    for row in rows:
        try:
            image = pictures.read(int(row))
        except InputError:
            continue
        side = min(image.shape[:2])
        if side < SMALLEST_SIDE or image.ndim == 2:
            continue
        detector = detector or _detector()
        if boxes := detector.detect(image).boxes:
            shares.append(max(max(b.width, b.height) for b in boxes) / side)
    return float(np.median(shares)) if shares else None


def _detector() -> Detector:
    from mimika.detection import open_detector

    return open_detector("yunet", threads=1)
