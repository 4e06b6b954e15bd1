"""The pipeline: detect, track, classify, smooth. Nothing else."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError
from mimika.detection import SURE, open_detector
from mimika.labels.emotions import UNCERTAIN
from mimika.models.classifier import OnnxClassifier
from mimika.models.find import model_path
from mimika.models.preprocessing import prepare
from mimika.pipeline.settings import Settings
from mimika.schema.results import Face, FrameResult
from mimika.sources.frame import Frame
from mimika.tracking.regions import Following
from mimika.tracking.smoothing import Smoother
from mimika.tracking.tracker import REMEMBER_S, Tracker

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray
    from typing_extensions import Self

    from mimika.detection import Detections, Detector
    from mimika.models.card import Card
    from mimika.models.classifier import Classifier
    from mimika.schema.results import Box


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds that the last frame took, stage by stage.

    Attributes:
        detect_ms: finding the faces.
        classify_ms: cutting, scaling and judging them.
        track_ms: following them and smoothing.
        total_ms: all of it.
    """

    detect_ms: float = 0.0
    classify_ms: float = 0.0
    track_ms: float = 0.0
    total_ms: float = 0.0


class Recognizer:
    """Sees the faces of a stream of frames and their emotions.

        with mimika.Recognizer() as recognizer, mimika.open_source(0) as camera:
            for frame in camera:
                result = recognizer(frame)

    A recognizer follows one stream. Calls from several threads do no harm: they take turns. For
    several streams at once give each its own `fork()`, which shares the networks.

    Attributes:
        settings: how it was asked to work.
        timings: what the last frame took.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        detector: Detector | None = None,
        classifier: Classifier | None = None,
    ) -> None:
        """Load the networks.

        Args:
            settings: the options; defaults where None.
            detector: a detector of your own, instead of the one that the settings name.
            classifier: a classifier of your own, instead of the one that the settings name.

        Raises:
            ModelError: a model is missing or unusable.
            UsageError: there is no such detector or engine.
            DeviceError: the engine asked for cannot run here.
        """
        self.settings = settings or Settings()
        self.timings = Timings()
        s = self.settings
        with ThreadPoolExecutor(1) as beside:
            # The two load at once: that saves a third of the time.
            opened = beside.submit(
                lambda: (
                    classifier
                    or OnnxClassifier(model_path(s.model), engine=s.engine, threads=s.threads)
                )
            )
            self._detector = detector or open_detector(
                s.detector, min_face=s.min_face, engine=s.engine, threads=s.threads
            )
            self._classifier = opened.result()
        self._following = Following(self._detector, everywhere=s.raw)
        self._tracker = Tracker()
        self._smoothers: dict[int, Smoother] = {}
        self._judged: dict[int, Face] = {}
        self._calls = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    @property
    def card(self) -> Card:
        """What the classifier's model file says of itself."""
        return self._classifier.card

    @property
    def engine(self) -> str:
        """What really runs the classifier, such as "cpu"."""
        return self._classifier.engine

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over in choosing the engine, and why; sentences for the user."""
        return tuple(getattr(self._classifier, "notes", ()))

    def fork(self) -> Recognizer:
        """Return a recognizer for another stream: the same networks, its own faces."""
        return Recognizer(self.settings, detector=self._detector, classifier=self._classifier)

    def __call__(
        self, frame: Frame | NDArray[np.uint8], time_s: float | None = None
    ) -> FrameResult:
        """See the next frame of the stream.

        Args:
            frame: a frame of a source, or an (H, W, 3) uint8 BGR picture.
            time_s: for a bare picture, its time in seconds; the clock where None. A time before
                the last one starts the stream anew.

        Raises:
            InputError: the array is not such a picture.
        """
        with self._lock:
            if not isinstance(frame, Frame):
                clock = time.monotonic() - self._began
                frame = Frame(_checked(frame), clock if time_s is None else time_s, self._calls)
            looked_at = self._calls % self.settings.every == 0
            self._calls += 1
            return self._look(frame) if looked_at else self._carry_over(frame)

    def picture(self, frame: Frame | NDArray[np.uint8]) -> FrameResult:
        """See a picture by itself: at several scales, without following or smoothing.

        Args:
            frame: a frame, or an (H, W, 3) uint8 BGR picture.

        Returns:
            Its faces from left to right, with numbers that this recognizer has not used before.

        Raises:
            InputError: the array is not such a picture.
        """
        if not isinstance(frame, Frame):
            frame = Frame(_checked(frame))
        start = time.perf_counter()
        found = self._detector.detect(frame.image).at_least(SURE)
        found = found.kept(sorted(range(len(found)), key=lambda i: found.boxes[i].x))
        detected = time.perf_counter()
        probabilities = self._judge(frame.image, found)
        end = time.perf_counter()
        with self._lock:
            faces = tuple(
                self._face(box, self._tracker.next_number(), row, int(row.argmax()), score)
                for box, row, score in zip(found.boxes, probabilities, found.scores, strict=True)
            )
            self.timings = Timings(
                (detected - start) * 1e3, (end - detected) * 1e3, 0.0, (end - start) * 1e3
            )
        return _result(frame, faces)

    def reset(self) -> None:
        """Forget the stream, as before a new file; numbers go on and are not used again."""
        with self._lock:
            self._tracker.reset()
            self._following.reset()
            self._smoothers.clear()
            self._judged.clear()
            self._calls = 0

    def close(self) -> None:
        """Forget the stream. The networks are freed with the last recognizer that shares them."""
        self.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _look(self, frame: Frame) -> FrameResult:
        start = time.perf_counter()
        found = self._following.detect(frame.image, frame.time_s)
        detected = time.perf_counter()
        tracks = self._tracker.update(found, frame.time_s)
        seen = [t for t in tracks if t.detection is not None]
        tracked = time.perf_counter()
        probabilities = self._judge(
            frame.image, found.kept([t.detection for t in seen if t.detection is not None])
        )
        classified = time.perf_counter()
        rows = {t.number: row for t, row in zip(seen, probabilities, strict=True)}
        faces = []
        for track in tracks:
            number = track.number
            if number in rows:
                row, held = self._steadied(number, rows[number], frame.time_s)
                box = found.boxes[track.detection] if track.detection is not None else None
                face = self._face(box or track.filter.box, number, row, held, track.score)
                self._judged[number] = face
            else:
                face = replace(self._judged[number], box=track.filter.box)
            faces.append(face)
        self._forget_lost()
        end = time.perf_counter()
        self.timings = Timings(
            (detected - start) * 1e3,
            (classified - tracked) * 1e3,
            (tracked - detected + end - classified) * 1e3,
            (end - start) * 1e3,
        )
        return _result(frame, tuple(faces))

    def _carry_over(self, frame: Frame) -> FrameResult:
        start = time.perf_counter()
        self._tracker.predict(frame.time_s)
        faces = tuple(
            replace(self._judged[track.number], box=track.filter.box)
            for track in self._tracker.visible(frame.time_s, REMEMBER_S)
            if track.detection is not None
        )
        passed_ms = (time.perf_counter() - start) * 1e3
        self.timings = Timings(0.0, 0.0, passed_ms, passed_ms)
        return _result(frame, faces)

    def _judge(self, image: NDArray[np.uint8], found: Detections) -> NDArray[np.float32]:
        card = self._classifier.card
        return self._classifier(prepare(image, found.boxes, card.input, card.crop_margin))

    def _steadied(
        self, number: int, row: NDArray[np.float32], time_s: float
    ) -> tuple[NDArray[Any], int]:
        if self.settings.raw:
            return row, int(row.argmax())
        return self._smoothers.setdefault(number, Smoother()).update(row, time_s)

    def _face(self, box: Box, number: int, row: NDArray[Any], held: int, score: float) -> Face:
        labels, confidence = self._classifier.card.labels, float(row[held])
        sure = confidence >= self.settings.min_confidence
        return Face(
            box=box,
            track_id=number,
            probabilities=dict(zip(labels, (float(p) for p in row), strict=True)),
            emotion=labels[held] if sure else UNCERTAIN,
            confidence=confidence,
            detection_score=score,
        )

    def _forget_lost(self) -> None:
        for gone in self._judged.keys() - self._tracker.numbers:
            self._judged.pop(gone)
            self._smoothers.pop(gone, None)


def _checked(image: object) -> NDArray[np.uint8]:
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or image.size == 0
    ):
        said = (
            f"{image.dtype} {image.shape}"
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise InputError(
            f"A picture is an array (height, width, 3) of uint8 in BGR order, and this is {said}: "
            "convert it first, or use mimika.analyze for files, bytes and PIL images."
        )
    return image


def _result(frame: Frame, faces: tuple[Face, ...]) -> FrameResult:
    height, width = frame.image.shape[:2]
    return FrameResult(frame.time_s, frame.index, width, height, faces)
