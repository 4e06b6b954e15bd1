"""Pictures by themselves: `mimika.analyze`, and the analyzer behind it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from mimika.detection import HIGH_SCORE
from mimika.detection.tilted import detect_tilted
from mimika.mesh.face_mesh import large_enough
from mimika.models.preprocessing import turned_back
from mimika.models.still import predict_still
from mimika.pipeline.faces import frame_result, with_mesh
from mimika.pipeline.networks import Networks
from mimika.pipeline.presence import is_face
from mimika.pipeline.settings import Settings
from mimika.pipeline.timings import Timings
from mimika.pipeline.wanted import WantedFaces
from mimika.schema.outputs import MAIN_OUTPUT, PRESENCE_OUTPUT
from mimika.sources.frame import Frame, checked_image, checked_times
from mimika.sources.orientation import upright
from mimika.sources.picture import read_picture
from mimika.sources.rotation import rotation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detections
    from mimika.mesh.reading import MeshReading
    from mimika.mesh.region import FaceRegion
    from mimika.models.model import Predictions
    from mimika.schema.columns import ResultSchema
    from mimika.schema.geometry import Box
    from mimika.schema.results import Face, FrameResult

DOUBTFUL_SCORE = 0.7
"""A detection of a lower score has to have a mesh to be a face, where meshes are read; see
`scripts/measure_false_faces.py`."""

MOST_CANDIDATES = 3
"""With `--largest` so many boxes of a picture are judged where the model says which hold a face, as
the largest may hold none."""


class PictureAnalyzer:
    """Finds and judges the faces of pictures that have nothing to do with each other.

    It keeps no state: each picture's faces are numbered from 1, from left to right. Safe to call
    from several threads.

    Attributes:
        networks: what finds and judges the faces.
    """

    def __init__(
        self, settings: Settings | None = None, *, networks: Networks | None = None
    ) -> None:
        """Load the networks.

        Args:
            settings: the options; defaults where None.
            networks: opened ones; those that the settings name where None.

        Raises:
            ModelError: a model is missing or unusable.
            UsageError: there is no such detector or engine.
            DeviceError: the engine asked for cannot run here.
        """
        self._settings = settings = settings or Settings()
        self.networks = networks or Networks.open(settings)
        self._make_face = self.networks.face_maker(settings.min_confidence)
        says_presence = PRESENCE_OUTPUT in self.networks.model.card.outputs
        self._candidates = MOST_CANDIDATES if says_presence else 1

    @property
    def schema(self) -> ResultSchema:
        """Which fields its results have."""
        return self._make_face.schema

    def __call__(self, frame: Frame | NDArray[np.uint8]) -> FrameResult:
        """See a picture, at several scales.

        Args:
            frame: a frame, or an (H, W, 3) uint8 BGR picture.

        Returns:
            Its faces from left to right, numbered from 1.

        Raises:
            InputError: the array is not such a picture.
        """
        return self.timed(frame)[0]

    def timed(self, frame: Frame | NDArray[np.uint8]) -> tuple[FrameResult, Timings]:
        """See a picture, and say what it took; as calling it."""
        if not isinstance(frame, Frame):
            frame = Frame(checked_image(frame))
        frame = checked_times(frame)
        start = time.perf_counter()
        found = self.detect(frame.image)
        detected = time.perf_counter()
        found, meshes = self.read_meshes(frame.image, found)
        predicted = self.judge(
            self.networks.crop(frame.image, found.boxes, regions_of(meshes)),
            lambda i: self.around(frame.image, found.boxes[i], meshes[i]),
        )
        faces = self.faces(found, predicted, meshes)
        end = time.perf_counter()
        timings = Timings(
            (detected - start) * 1e3, (end - detected) * 1e3, 0.0, (end - start) * 1e3
        )
        return frame_result(frame, faces), timings

    def detect(self, image: NDArray[np.uint8]) -> Detections:
        """Find a picture's faces, (H, W, 3) uint8 BGR, from left to right.

        With `largest` those that may be the largest face: which boxes hold one, the model says.
        """
        detector = self.networks.detector
        found = detector.detect(image).at_least(HIGH_SCORE) or detect_tilted(detector, image)
        # A new one for each picture: pictures have nothing to do with each other.
        wanted = WantedFaces(self._settings.region, largest=False)
        found = wanted(found, image.shape[:2])
        kept = list(range(len(found)))
        if self._settings.largest:
            kept = sorted(kept, key=lambda i: -found.boxes[i].area)[: self._candidates]
        return found.kept(sorted(kept, key=lambda i: found.boxes[i].x))

    def read_meshes(
        self, image: NDArray[np.uint8], found: Detections
    ) -> tuple[Detections, tuple[MeshReading | None, ...]]:
        """Read the meshes of a picture's faces, where they are asked for.

        Returns:
            The faces without those of a doubtful score that have no mesh and are large enough for
            one, which are no faces; and the mesh of each that is left.
        """
        meshes = self.networks.read_meshes(image, found.boxes)
        if self.networks.mesh is None:
            return found, meshes
        faces = [
            i
            for i, (mesh, box, score) in enumerate(
                zip(meshes, found.boxes, found.scores, strict=True)
            )
            if mesh is not None or score >= DOUBTFUL_SCORE or not large_enough(box)
        ]
        return found.kept(faces), tuple(meshes[i] for i in faces)

    def around(
        self, image: NDArray[np.uint8], box: Box, mesh: MeshReading | None
    ) -> NDArray[np.uint8] | None:
        """A face with what lies around it; None where its mesh has said already how it is cut."""
        return None if mesh else self.networks.surroundings(image, box)

    def judge(
        self, crops: NDArray[np.uint8], around: Callable[[int], NDArray[np.uint8] | None]
    ) -> Predictions:
        """Judge the crops of faces, also as their mirror images, and tilted ones upright.

        A picture is seen once, and has the time that frames of a stream have not; see
        `mimika.models.still`, and docs/evaluation.md for what it is worth.

        Args:
            crops: (N, h, w, channels) uint8.
            around: a face's number to what `PictureAnalyzer.around` gives.
        """
        spec = self.networks.model.card.input

        def upright(number: int, degrees: float) -> NDArray[np.uint8]:
            surroundings = around(number)
            if surroundings is None:
                return crops[number]
            return turned_back(surroundings, spec, degrees)

        return predict_still(self.networks.model, crops, upright)

    def faces(
        self,
        found: Detections,
        predicted: Predictions,
        meshes: Sequence[MeshReading | None],
    ) -> tuple[Face, ...]:
        """Make a picture's faces, numbered from 1, of what was found, predicted and read.

        Boxes that hold no face, by what was predicted, are left out.
        """
        faces: list[Face] = []
        for i in range(len(found)):
            values = {name: rows[i] for name, rows in predicted.items()}
            if not is_face(values, self._settings.min_presence):
                continue
            held = int(values[MAIN_OUTPUT].argmax())
            face = self._make_face(found[i], len(faces) + 1, values, held)
            faces.append(with_mesh(face, meshes[i]))
        if self._settings.largest and faces:
            faces = [replace(max(faces, key=lambda face: face.box.area), track_id=1)]
        return tuple(faces)


def regions_of(meshes: Sequence[MeshReading | None]) -> list[FaceRegion | None]:
    """Where the meshes lie, those that are there."""
    return [mesh.region if mesh else None for mesh in meshes]


_kept: dict[Settings, PictureAnalyzer] = {}
_keeping = threading.Lock()


def analyze(
    picture: object,
    *,
    rgb: bool = False,
    value_range: tuple[float, float] | None = None,
    rotate: int | str = 0,
    settings: Settings | None = None,
) -> tuple[Face, ...]:
    """Find the faces of one picture and their emotions.

        for face in mimika.analyze("photo.jpg"):
            print(face.emotion, face.confidence, face.box)

    The networks are loaded at the first call and kept for later ones with the same settings; safe
    to call from several threads. For many pictures there is `mimika.analyze_many`.

    Args:
        picture: a path, a file opened for reading bytes, the bytes of an encoded picture, these as
            a str of base64 or a data URL, a PIL image, or an array: (H, W, 3) or (H, W, 4) in
            BGR(A) order, or (H, W) gray; uint8, or other numbers with `value_range`.
        rgb: an array's channels are RGB(A), not OpenCV's BGR(A).
        value_range: an array's values of black and of white, such as (0, 1).
        rotate: degrees by which the picture is turned clockwise first: 0, 90, 180 or 270; "auto"
            turns it so that its faces stand. The boxes are in the turned picture.
        settings: the options; defaults where None.

    Returns:
        The faces from left to right, numbered from 1; empty where there is none.

    Raises:
        InputError: the picture is missing, broken, too large or not a picture.
        UsageError: there is no such rotation or range.
        MissingExtra: a HEIC picture, and its decoder is not installed.
        ModelError: a model is missing or unusable.
    """
    rotation = rotation_of(rotate)
    image = upright(read_picture(picture, rgb=rgb, value_range=value_range), rotation)[0]
    return kept_analyzer(settings or Settings())(image).faces


def kept_analyzer(settings: Settings) -> PictureAnalyzer:
    """Return the analyzer of these settings, made at the first call."""
    with _keeping:
        if settings not in _kept:
            _kept[settings] = PictureAnalyzer(settings)
        return _kept[settings]
