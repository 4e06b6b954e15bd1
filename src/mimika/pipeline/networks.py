"""The networks of a pipeline, opened once and shared by all that use them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.detection import open_detector
from mimika.mesh.face_mesh import FaceMesh
from mimika.mesh.network import MeshNetwork
from mimika.mesh.region import FaceRegion
from mimika.models.model import open_model
from mimika.models.preprocessing import fit, prepare, surroundings
from mimika.pipeline.faces import FaceMaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detector
    from mimika.mesh.reading import MeshReading
    from mimika.models.model import Model
    from mimika.pipeline.settings import Settings
    from mimika.schema.geometry import Box

TILTED_DEGREES = 20.0
"""Faces that are tilted further are cut upright, where their mesh is known."""


@dataclass(frozen=True, slots=True)
class Networks:
    """A detector, a model and perhaps a mesh; safe to use from several threads.

    Attributes:
        detector: finds the faces.
        model: judges them.
        mesh: reads their meshes, where that was asked for.
    """

    detector: Detector
    model: Model
    mesh: FaceMesh | None = None

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        detector: Detector | None = None,
        model: Model | None = None,
        mesh: FaceMesh | None = None,
    ) -> Networks:
        """Open what the settings name; what is given is taken as it is.

        Raises:
            ModelError: a model is missing or unusable.
            UsageError: there is no such detector or engine.
            DeviceError: the engine asked for cannot run here.
        """
        s = settings
        if s.mesh and mesh is None:
            mesh = open_mesh(s)
        if detector is not None and model is not None:
            return cls(detector, model, mesh)
        with ThreadPoolExecutor(1) as beside:
            # The two load at once: that saves a third of the time.
            opened = beside.submit(
                lambda: model or open_model(s.model, engine=s.engine, threads=s.threads)
            )
            found = detector or open_detector(
                s.detector, min_face=s.min_face, engine=s.engine, threads=s.threads
            )
            return cls(found, opened.result(), mesh)

    def face_maker(self, min_confidence: float) -> FaceMaker:
        """What makes faces of the predictions; see `FaceMaker`."""
        return FaceMaker(
            self.model.card,
            min_confidence=min_confidence,
            landmarks=self.detector.landmarks,
            mesh=self.mesh is not None,
        )

    def read_meshes(
        self, image: NDArray[np.uint8], boxes: Sequence[Box]
    ) -> tuple[MeshReading | None, ...]:
        """Read the meshes of a picture's faces; None where there is none, or none was asked for.

        Args:
            image: (H, W, 3) uint8 BGR.
            boxes: N faces, in pixels of `image`.
        """
        mesh = self.mesh
        return tuple(mesh.read(image, box) if mesh else None for box in boxes)

    def crop(
        self,
        image: NDArray[np.uint8],
        boxes: Sequence[Box],
        regions: Sequence[FaceRegion | None] = (),
    ) -> NDArray[np.uint8]:
        """Cut faces out of a picture, ready for the model.

        Args:
            image: (H, W, 3) uint8 BGR.
            boxes: N faces, in pixels of `image`.
            regions: N regions of their meshes, where those are known: a face that is tilted beyond
                `TILTED_DEGREES` is cut upright.

        Returns:
            (N, h, w, channels) uint8, of the size that the model's card gives.
        """
        card, to_crop = self.model.card, self.detector.box_to_crop
        crops = prepare(image, [to_crop(box) for box in boxes], card.input, card.crop_margin)
        for crop, region in zip(crops, regions, strict=False):
            if region is not None and abs(region.angle) > TILTED_DEGREES:
                face = region.face()
                side = max(1, round(face.side * (1 + card.crop_margin)))
                upright = FaceRegion(face.x, face.y, side, face.angle).cut(image, side)
                crop[:] = fit(upright, card.input)
        return crops

    def surroundings(self, image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
        """A face with what lies around it, from which it can be cut upright; see `surroundings`."""
        card = self.model.card
        return surroundings(image, self.detector.box_to_crop(box), card.input, card.crop_margin)


def open_mesh(settings: Settings) -> FaceMesh:
    """Open the network of the mesh.

    Raises:
        ModelError: its file is missing or unusable.
        DeviceError: the engine asked for cannot run here.
    """
    # A second thread that has to be woken for each of its hundreds of small layers costs half as
    # much again: 10.0 instead of 6.4 ms of processor time a run.
    return FaceMesh(MeshNetwork(engine=settings.engine, threads=settings.threads or 1))
