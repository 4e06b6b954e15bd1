"""MediaPipe's Face Landmarker as one ONNX network: crops in, points and blendshapes out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import ModelError
from mimika.engines import open_session
from mimika.mesh.pose import CanonicalFace
from mimika.schema.mesh import BLENDSHAPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

ASSET = Path(__file__).parent.parent / "assets" / "mesh.onnx"
METADATA_KEY = "mimika.mesh"
SIDE = 256
_OUTPUTS = ("points", "presence_logit", "blendshapes")


@dataclass(frozen=True, slots=True, eq=False)
class MeshPrediction:
    """What the network says of one crop.

    Attributes:
        points: (478, 3) float32: x to the right and y down in pixels of the crop, z away from the
            camera in the same unit, from the middle of the head.
        presence_logit: log-odds that the crop shows an upright face.
        blendshapes: (52,) float32 in [0, 1], in the order of `mimika.schema.mesh.BLENDSHAPES`.
    """

    points: NDArray[np.float32]
    presence_logit: float
    blendshapes: NDArray[np.float32]


class MeshNetwork:
    """The opened network; safe to call from several threads.

    The networks are MediaPipe's (Kartynnik et al. 2019, "Real-time Facial Surface Geometry from
    Monocular Video on Mobile GPUs"; Grishchenko et al. 2020, "Attention Mesh"; Grishchenko et al.
    2023, "Blendshapes GHUM"), turned into ONNX by `scripts/convert_mesh.py`.

    Attributes:
        face: what the head's pose is fitted to.
        engine: what really runs it.
    """

    def __init__(self, path: Path | None = None, *, engine: str = "auto", threads: int = 0) -> None:
        """Load the network.

        Args:
            path: a file that `scripts/convert_mesh.py` made; the bundled one where None.
            engine: what is to run it.
            threads: processor threads; 0 takes what suits the machine.

        Raises:
            ModelError: the file is missing, or no such network.
            UsageError: there is no such engine.
            DeviceError: the engine asked for cannot run here.
        """
        if path is None:
            path = ASSET
            if not path.is_file():
                raise ModelError(f"There is no {path}, which --mesh needs: install Mimika again.")
        self._session = open_session(path, engine=engine, threads=threads)
        self.engine = self._session.engine
        try:
            about = json.loads(self._session.metadata[METADATA_KEY])
            self.face = CanonicalFace.from_dict(about["face"])
            if tuple(about["blendshapes"]) != BLENDSHAPES:
                raise ValueError("other blendshapes")
            if not set(_OUTPUTS) <= set(self._session.outputs):
                raise ValueError("other outputs")
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{path} is no face mesh as this version of Mimika reads it: install Mimika again, "
                "or make the file with scripts/convert_mesh.py."
            ) from error

    def __call__(self, crop: NDArray[np.uint8]) -> MeshPrediction:
        """Find the points of one face.

        Args:
            crop: (256, 256, 3) uint8 RGB, the face upright (`FaceRegion.cut`).
        """
        points, logit, shapes = self._session.run(_OUTPUTS, {"faces": crop[np.newaxis]})
        return MeshPrediction(points[0], float(logit[0]), shapes[0])
