"""The pipeline of a stream: detect, track, classify, smooth. Nothing else."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.base.closing import Closing
from mimika.base.names import shortened
from mimika.pipeline.faces import by_number, frame_result, moved
from mimika.pipeline.kept import AHEAD, KeptAnswers
from mimika.pipeline.mesh import MeshFollower
from mimika.pipeline.networks import Networks
from mimika.pipeline.presence import FollowedPresence, is_face
from mimika.pipeline.settings import Settings
from mimika.pipeline.timings import Timings
from mimika.pipeline.wanted import WantedFaces
from mimika.schema.outputs import MAIN_OUTPUT
from mimika.sources.frame import Frame, checked_image, checked_times
from mimika.sources.sampling import Sampling
from mimika.tracking.people import People
from mimika.tracking.region_tracker import RegionTracker
from mimika.tracking.smoothing import FaceSmoother
from mimika.tracking.tracker import MAX_AGE_S, Tracker

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detection, Detector
    from mimika.mesh.face_mesh import FaceMesh
    from mimika.models.card import Card
    from mimika.models.model import Model
    from mimika.pipeline.kept import Values
    from mimika.schema.columns import ResultSchema
    from mimika.schema.geometry import Box
    from mimika.schema.results import Face, FrameResult
    from mimika.tracking.tracker import Track


@dataclass(slots=True)
class _Followed:
    """What is remembered of a face that is followed: as it was last seen, and its smoothing."""

    face: Face
    smoother: FaceSmoother | None


class Recognizer(Closing):
    """Sees the faces of a stream of frames and their emotions.

        with mimika.Recognizer() as recognizer, mimika.open_source(0) as camera:
            for frame in camera:
                result = recognizer(frame)

    A recognizer follows one stream. Calls from several threads do no harm: they take turns. For
    several streams at once give each its own `fork()`, which shares the networks. For pictures that
    have nothing to do with each other there is `mimika.analyze`.

    Attributes:
        settings: how it was asked to work.
        networks: what finds and judges the faces.
        timings: what the last frame took.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        detector: Detector | None = None,
        model: Model | None = None,
        mesh: FaceMesh | None = None,
    ) -> None:
        """Load the networks.

        Args:
            settings: the options; defaults where None.
            detector: a detector of your own, instead of the one that the settings name.
            model: a model of your own, instead of the one that the settings name.
            mesh: an opened mesh, for settings that ask for one.

        Raises:
            ModelError: a model is missing or unusable.
            UsageError: there is no such detector or engine.
            DeviceError: the engine asked for cannot run here.
        """
        self.settings = settings or Settings()
        self.networks = Networks.open(self.settings, detector=detector, model=model, mesh=mesh)
        self.timings = Timings()
        self._make_face = self.networks.face_maker(self.settings.min_confidence)
        self._shown = {name: self.card.outputs[name] for name in self.card.shown}
        self._regions = RegionTracker(self.networks.detector, everywhere=self.settings.raw)
        self._wanted = WantedFaces(self.settings.region, largest=self.settings.largest)
        self._tracker, self._people = Tracker(), People(self.settings.people)
        self._followed: dict[int, _Followed] = {}
        self._kept = KeptAnswers()
        self._meshes = MeshFollower(self.networks.mesh, raw=self.settings.raw)
        self._presence = FollowedPresence(self.settings.min_presence, raw=self.settings.raw)
        self._sampling = self.sampling
        self._size: tuple[int, ...] = ()
        self._calls = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """On one line: model, detector and engine."""
        model, detector = shortened(self.settings.model, 30), shortened(self.settings.detector, 30)
        return f"<Recognizer: model {model}, detector {detector}, engine {self.engine}>"

    @property
    def card(self) -> Card:
        """What the model file says of itself."""
        return self.networks.model.card

    @property
    def schema(self) -> ResultSchema:
        """Which fields its results have."""
        return self._make_face.schema

    @property
    def sampling(self) -> Sampling:
        """Which frames of a stream it looks at, for a stream that begins."""
        return Sampling(*self.settings.interval)

    @property
    def engine(self) -> str:
        """What really runs the model, such as "cpu"."""
        return self.networks.model.engine

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over in choosing the engine, and why; sentences for the user."""
        return tuple(self.networks.model.notes)

    def fork(self) -> Recognizer:
        """Return a recognizer for another stream: the same networks, its own faces."""
        detector, model = self.networks.detector, self.networks.model
        mesh = self.networks.mesh
        return Recognizer(self.settings, detector=detector, model=model, mesh=mesh)

    def __call__(
        self, frame: Frame | NDArray[np.uint8], time_s: float | None = None
    ) -> FrameResult:
        """See the next frame of the stream.

        Args:
            frame: a frame of a source, or an (H, W, 3) uint8 BGR picture.
            time_s: for a bare picture, its time in seconds; the clock where None. A time before
                the last one starts the stream anew.

        Raises:
            InputError: the array is not such a picture, or the time is not a finite number.
        """
        with self._lock:
            if not isinstance(frame, Frame):
                clock = time.monotonic() - self._began
                when_s = clock if time_s is None else time_s
                frame = Frame(checked_image(frame), when_s, self._calls)
            frame = checked_times(frame)
            if frame.image.shape[:2] != self._size and not frame.skipped:
                # Boxes of another size of picture say nothing here; who is in them comes back.
                self._size = frame.image.shape[:2]
                self._forget_places()
            self._calls += 1
            looked_at = self._sampling.takes(frame.time_s) and not frame.skipped
            return self._look(frame) if looked_at else self._carry_over(frame)

    def reset(self) -> None:
        """Forget the stream, as before a new file; numbers go on and are not used again."""
        with self._lock:
            self._forget_places()
            self._people.reset()
            self._wanted.reset()
            self._sampling.reset()
            self._calls = 0

    def close(self) -> None:
        """Forget the stream. The networks are freed with the last recognizer that shares them."""
        self.reset()

    def _forget_places(self) -> None:
        """Forget where faces are, and what follows them from frame to frame."""
        self._tracker.reset()
        self._regions.reset()
        self._followed.clear()
        self._kept.reset()
        self._meshes.reset()
        self._presence.reset()

    def _look(self, frame: Frame) -> FrameResult:
        start = time.perf_counter()
        detections = self._regions.detect(frame.image, frame.time_s)
        found = self._wanted(detections, frame.image.shape[:2], self._presence.hidden.values())
        detected = time.perf_counter()
        known = self._tracker.track_ids
        tracks = self._tracker.update(found, frame.time_s)
        tracked = time.perf_counter()
        seen = {track.track_id: track.detection for track in tracks if track.detection is not None}
        boxes = {track_id: found.boxes[i] for track_id, i in seen.items()}
        left_out = known - self._followed.keys()
        shown = {track_id: box for track_id, box in boxes.items() if track_id not in left_out}
        self._meshes.look(frame.image, shown, frame.time_s)
        predicted = self._judge(frame, boxes)
        classified = time.perf_counter()
        self._presence.update(boxes, predicted, frame.time_s)
        tracks = tuple(track for track in tracks if track.track_id not in self._presence.hidden)
        people = self._people.update(frame.image, found, tracks, frame.time_s)
        tracks = tuple(track for track in tracks if track.track_id in people)
        faces = []
        for track in tracks:
            if track.detection is None:
                face = moved(self._followed[track.track_id].face, track.filter.box)
            else:
                values, number = predicted[track.track_id], people[track.track_id]
                face = self._seen(found[track.detection], track, number, values, frame.time_s)
            faces.append(self._meshes.onto(face, track.track_id, frame.time_s))
        self._forget_lost()
        end = time.perf_counter()
        self.timings = Timings(
            (detected - start) * 1e3,
            (classified - tracked) * 1e3,
            (tracked - detected + end - classified) * 1e3,
            (end - start) * 1e3,
        )
        return frame_result(frame, by_number(faces))

    def _judge(self, frame: Frame, boxes: Mapping[int, Box]) -> dict[int, Values]:
        """What the model says of faces by their number; calm ones keep their answer for a while."""
        time_s, raw = frame.time_s, self.settings.raw
        regions = [self._meshes.region(track_id, box) for track_id, box in boxes.items()]
        cut = self.networks.crop(frame.image, list(boxes.values()), regions)
        crops = dict(zip(boxes, cut, strict=True))
        stale = {
            track_id: math.inf if raw else self._staleness(track_id, crop, time_s)
            for track_id, crop in crops.items()
        }
        ahead = not self._regions.busy or any(share > 1 for share in stale.values())
        due = [track_id for track_id, share in stale.items() if share > (AHEAD if ahead else 1)]
        values_of = {i: self._kept.values(i) for i in boxes if i not in due}
        if len(due) < len(boxes):
            cut = cut[[i for i, track_id in enumerate(boxes) if track_id in due]]
        predicted = self.networks.model.predict(cut)
        for row, track_id in enumerate(due):
            values = {name: each[row] for name, each in predicted.items()}
            values_of[track_id] = values
            if not raw:
                self._kept.judged(track_id, crops[track_id], time_s, values)
        return values_of

    def _staleness(self, track_id: int, crop: NDArray[np.uint8], time_s: float) -> float:
        """How soon a face is to be judged again; see `KeptAnswers.staleness`.

        What is not shown is judged seldom. A box that seems to hold a face after all is judged in
        every frame, until the mean over time says so as well.
        """
        if track_id in self._followed:
            return self._kept.staleness(track_id, crop, time_s)
        values = self._kept.of_hidden(track_id, time_s)
        hidden = track_id in self._presence.hidden
        if values is None or (hidden and is_face(values, self.settings.min_presence)):
            return math.inf
        return 0.0

    def _carry_over(self, frame: Frame) -> FrameResult:
        start = time.perf_counter()
        self._tracker.predict(frame.time_s)
        faces = [
            self._meshes.onto(
                moved(self._followed[track.track_id].face, track.filter.box),
                track.track_id,
                frame.time_s,
            )
            for track in self._tracker.visible(frame.time_s, MAX_AGE_S)
            if track.detection is not None and track.track_id in self._followed
        ]
        passed_ms = (time.perf_counter() - start) * 1e3
        self.timings = Timings(0.0, 0.0, passed_ms, passed_ms)
        return frame_result(frame, by_number(faces))

    def _seen(
        self,
        detection: Detection,
        track: Track,
        number: int,
        values: Mapping[str, NDArray[np.float32]],
        time_s: float,
    ) -> Face:
        """Make a face of what was predicted for it, smoothed unless the settings want it raw."""
        before = self._followed.get(track.track_id)
        smoother = before.smoother if before and before.face.track_id == number else None
        if self.settings.raw:
            held = int(values[MAIN_OUTPUT].argmax())
            face = self._make_face(detection, number, values, held)
        else:
            smoother = smoother or FaceSmoother(self._shown)
            smoothed, held = smoother.update(values, time_s)
            face = self._make_face(detection, number, smoothed, held)
        self._followed[track.track_id] = _Followed(face, smoother)
        return face

    def _forget_lost(self) -> None:
        followed = self._tracker.track_ids
        self._kept.forget_all_but(followed)
        self._presence.forget_all_but(followed)
        shown = (followed & self._people.track_ids) - self._presence.hidden.keys()
        for gone in self._followed.keys() - shown:
            del self._followed[gone]
        self._meshes.keep(self._followed)
