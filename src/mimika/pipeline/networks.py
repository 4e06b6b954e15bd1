"""The networks of a pipeline, opened once and shared by all that use them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.detection import open_detector
from mimika.models.model import open_model
from mimika.models.preprocessing import prepare
from mimika.pipeline.faces import FaceMaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detector
    from mimika.models.model import Model, Predictions
    from mimika.pipeline.settings import Settings
    from mimika.schema.geometry import Box


@dataclass(frozen=True, slots=True)
class Networks:
    """A detector and a model; safe to use from several threads.

    Attributes:
        detector: finds the faces.
        model: judges them.
    """

    detector: Detector
    model: Model

    @classmethod
    def open(
        cls, settings: Settings, *, detector: Detector | None = None, model: Model | None = None
    ) -> Networks:
        """Open what the settings name; what is given is taken as it is.

        Raises:
            ModelError: a model is missing or unusable.
            UsageError: there is no such detector or engine.
            DeviceError: the engine asked for cannot run here.
        """
        s = settings
        if detector is not None and model is not None:
            return cls(detector, model)
        with ThreadPoolExecutor(1) as beside:
            # The two load at once: that saves a third of the time.
            opened = beside.submit(
                lambda: model or open_model(s.model, engine=s.engine, threads=s.threads)
            )
            found = detector or open_detector(
                s.detector, min_face=s.min_face, engine=s.engine, threads=s.threads
            )
            return cls(found, opened.result())

    def face_maker(self, min_confidence: float) -> FaceMaker:
        """What makes faces of the predictions; see `FaceMaker`."""
        return FaceMaker(
            self.model.card, min_confidence=min_confidence, landmarks=self.detector.landmarks
        )

    def predict(self, image: NDArray[np.uint8], boxes: Sequence[Box]) -> Predictions:
        """Cut faces out of a frame and judge them.

        Args:
            image: (H, W, 3) uint8 BGR.
            boxes: N faces, in pixels of `image`.

        Returns:
            As `Model.predict`, for the outputs that a face shows.
        """
        return self.model.predict(self.crop(image, boxes))

    def crop(self, image: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
        """Cut faces out of a picture, ready for the model.

        Args:
            image: (H, W, 3) uint8 BGR.
            boxes: N faces, in pixels of `image`.

        Returns:
            (N, h, w, channels) uint8, of the size that the model's card gives.
        """
        card, to_crop = self.model.card, self.detector.box_to_crop
        return prepare(image, [to_crop(box) for box in boxes], card.input, card.crop_margin)
