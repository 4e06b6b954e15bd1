"""The classic cascade of boosted Haar features (Viola & Jones 2001; Lienhart & Maydt 2002)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.errors import ModelError, UsageError
from mimika.detection.detector import THOROUGH, Detections, Detector
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 480
SCALE_STEP = 1.1
NEIGHBOURS = 5
# The last stage's margin at which about half of the windows on the test media are faces.
EVEN_ODDS_WEIGHT = 1.5


class HaarCascade(Detector):
    """OpenCV's cascade on a gray copy. See `mimika.detection.detector.Detector`.

    Scores are the last stage's margin squeezed into [0, 1]: they order faces, and are no
    probabilities.
    """

    engine = "opencv"
    sides: tuple[int, ...] = (SIDE,)

    def __init__(self, path: Path, *, min_face: int = 1) -> None:
        """Load the cascade.

        Args:
            path: a cascade (.xml).
            min_face: shortest side of a face that is reported, in pixels of the full picture.

        Raises:
            UsageError: this OpenCV has no cascades; says what to install.
            ModelError: the file is missing or is no cascade.
        """
        self.name = str(path)
        if not hasattr(cv2, "CascadeClassifier"):
            raise UsageError(
                f"OpenCV {cv2.__version__} as installed here has no Haar cascades: run "
                "`pip install opencv-contrib-python-headless`, or use --detector yunet."
            )
        if not path.is_file():
            raise ModelError(f"There is no cascade file {path}: check the name.")
        try:
            self._cascade = cv2.CascadeClassifier(str(path))
            usable = not self._cascade.empty()
        except (cv2.error, SystemError):  # OpenCV 5 raises the latter
            usable = False
        if not usable:
            raise ModelError(f"{path} is not an OpenCV cascade: give a cascade's .xml file.")
        self._min_face = min_face
        # detectMultiScale keeps its buffers in the object.
        self._lock = threading.Lock()

    def detect(self, image: NDArray[np.uint8], side: int = THOROUGH) -> Detections:  # noqa: ARG002
        """Find the faces of a picture; see `Detector.detect`. There is one scale for any `side`."""
        height, width = image.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        smallest = max(20, round(self._min_face * scale))
        with self._lock:
            boxes, _, weights = self._cascade.detectMultiScale3(
                cv2.equalizeHist(gray),
                SCALE_STEP,
                NEIGHBOURS,
                minSize=(smallest, smallest),
                outputRejectLevels=True,
            )
        if not len(boxes):
            return Detections()
        weights = np.asarray(weights, float).ravel()
        scores = 1 / (1 + np.exp(EVEN_ODDS_WEIGHT - weights))
        order = np.argsort(-scores)
        return Detections(
            tuple(Box(*(float(v) / scale for v in boxes[i])) for i in order),
            tuple(float(scores[i]) for i in order),
        )
