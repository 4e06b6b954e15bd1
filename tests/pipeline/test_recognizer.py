"""The pipeline on real pictures and a real clip."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice, pairwise

import cv2
import numpy as np
import pytest

import mimika
from mimika.detection import THOROUGH, Detections, Detector, open_detector
from mimika.pipeline.analyze import PictureAnalyzer
from mimika.pipeline.recognizer import Recognizer
from mimika.pipeline.settings import Settings


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer()


@pytest.fixture(scope="module")
def see():
    return PictureAnalyzer()


@pytest.fixture(scope="module")
def clip_results(demo_clip):
    with Recognizer() as recognizer, mimika.open_source(demo_clip) as clip:
        return [recognizer(frame) for frame in clip]


def test_the_clip_goes_from_sad_to_happy_with_one_number(clip_results):
    assert {face.track_id for result in clip_results for face in result.faces} == {1}
    emotions = [result.faces[0].emotion for result in clip_results if result.faces]
    assert len(emotions) > 460
    runs = [(emotion, len(list(run))) for emotion, run in groupby(emotions)]
    long_runs = [emotion for emotion, length in runs if length > 48]
    assert long_runs.index("sad") < long_runs.index("happy")
    assert emotions[-1] == "happy"


def test_its_repr_fits_a_line(recognizer):
    shown = f"<Recognizer: model default, detector yunet, engine {recognizer.engine}>"
    assert repr(recognizer) == shown


def test_the_shown_emotion_does_not_flicker(clip_results, demo_clip):
    def changes(results):
        shown = [result.faces[0].emotion for result in results if result.faces]
        return sum(a != b for a, b in pairwise(shown))

    with Recognizer(Settings(raw=True)) as recognizer, mimika.open_source(demo_clip) as clip:
        raw = [recognizer(frame) for frame in clip]
    assert changes(clip_results) < changes(raw) / 2
    assert changes(clip_results) <= 8


def test_raw_gives_the_bare_probabilities(demo_clip):
    with Recognizer(Settings(raw=True)) as raw, mimika.open_source(demo_clip) as clip:
        for _, frame in zip(range(5), clip, strict=False):
            (face,) = raw(frame).faces
            assert face.confidence == max(face.probabilities.values())
            assert face.probabilities[face.emotion] == face.confidence


def test_every_third_frame_carries_faces_over(demo_clip, clip_results):
    with Recognizer(Settings(every=3)) as recognizer, mimika.open_source(demo_clip) as clip:
        for frame, whole in zip(clip, clip_results[:90], strict=False):
            result = recognizer(frame)
            assert [f.track_id for f in result.faces] == [1]
            assert result.faces[0].box.iou(whole.faces[0].box) > 0.6
            if frame.index % 3:
                assert recognizer.timings.detect_ms == 0


def test_two_people_get_two_steady_numbers(media):
    path = media / "head-pose-face-detection-female-and-male.gif"
    with Recognizer() as recognizer, mimika.open_source(path) as clip:
        results = [recognizer(frame) for frame in clip]
    assert {face.track_id for result in results for face in result.faces} == {1, 2}
    both = [r for r in results if len(r.faces) == 2]
    assert len(both) > 0.9 * len(results)
    first = {f.track_id: f.box.center[0] for f in both[0].faces}
    left = min(first, key=first.__getitem__)
    for result in both:
        centers = {f.track_id: f.box.center[0] for f in result.faces}
        assert min(centers, key=centers.__getitem__) == left


def test_no_face_is_an_empty_tuple(see, media):
    assert see(cv2.imread(str(media / "coffee.png"))).faces == ()


def test_the_clip_without_faces_yields_none(shared):
    with (
        Recognizer() as recognizer,
        mimika.open_source(shared / "media" / "no_face.mp4") as clip,
    ):
        assert not any(recognizer(frame).faces for frame in clip)


def test_known_faces_of_pictures(see, media):
    faces = see(cv2.imread(str(media / "two_people.jpg"))).faces
    assert [face.emotion for face in faces] == ["neutral", "neutral"]
    assert faces[0].box.x < faces[1].box.x
    (astronaut,) = see(cv2.imread(str(media / "astronaut.png"))).faces
    assert astronaut.emotion == "happy"


def test_an_unsure_face_is_called_uncertain(media):
    see = PictureAnalyzer(Settings(min_confidence=0.75))
    image = cv2.imread(str(media / "two_people.jpg"))
    doubtful, clear = see(image).faces
    assert doubtful.emotion == "uncertain"
    assert 0.5 < doubtful.confidence < 0.75
    assert clear.emotion == "neutral"
    assert clear.confidence > 0.75


def test_small_faces_are_left_out_when_asked(media):
    image = cv2.imread(str(media / "astronaut.png"))
    assert PictureAnalyzer(Settings(min_face=300))(image).faces == ()


def test_forks_share_networks_and_not_faces(recognizer, media):
    image = cv2.imread(str(media / "astronaut.png"))
    one, two = recognizer.fork(), recognizer.fork()
    assert [f.track_id for f in one(image, 0.0).faces] == [1]
    assert [f.track_id for f in two(image, 0.0).faces] == [1]
    assert [f.track_id for f in one(image, 0.04).faces] == [1]


def test_reset_forgets_faces_and_does_not_reuse_numbers(recognizer, media):
    stream = recognizer.fork()
    image = cv2.imread(str(media / "astronaut.png"))
    assert [f.track_id for f in stream(image, 0.0).faces] == [1]
    stream.reset()
    assert [f.track_id for f in stream(image, 0.0).faces] == [2]


def test_calls_from_many_threads_take_turns(recognizer, media):
    stream = recognizer.fork()
    image = cv2.imread(str(media / "two_people.jpg"))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: stream(image), range(24)))
    assert all({f.track_id for f in result.faces} == {1, 2} for result in results)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((0, 10, 3), np.uint8),
        "picture.jpg",
        None,
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(recognizer, see, wrong):
    with pytest.raises(mimika.InputError, match="uint8 in BGR"):
        recognizer(wrong)
    with pytest.raises(mimika.InputError, match="uint8 in BGR"):
        see(wrong)


def test_timings_add_up(recognizer, media):
    stream = recognizer.fork()
    stream(cv2.imread(str(media / "two_people.jpg")), 0.0)
    t = stream.timings
    assert t.detect_ms > 0
    assert t.classify_ms > 0
    assert t.total_ms == pytest.approx(t.detect_ms + t.classify_ms + t.track_ms, abs=0.05)


@pytest.mark.parametrize("form", ["path", "str", "bytes", "array", "rgb", "pil"])
def test_analyze_takes_every_form(media, form):
    from PIL import Image

    path = media / "astronaut.png"
    bgr = cv2.imread(str(path))
    given = {
        "path": path,
        "str": str(path),
        "bytes": path.read_bytes(),
        "array": bgr,
        "rgb": np.ascontiguousarray(bgr[:, :, ::-1]),
        "pil": Image.open(path),
    }[form]
    (face,) = mimika.analyze(given, rgb=form == "rgb")
    (expected,) = mimika.analyze(path)
    assert face.emotion == expected.emotion == "happy"
    assert face.confidence == pytest.approx(expected.confidence, abs=1e-4)
    assert face.track_id == 1


def test_results_as_json(recognizer, media):
    import json

    frame = mimika.Frame(cv2.imread(str(media / "astronaut.png")), time_s=1.23456, index=7)
    written = json.loads(json.dumps(recognizer.fork()(frame).to_dict()))
    assert set(written) == {"time_s", "frame_index", "width", "height", "faces"}
    assert (written["time_s"], written["frame_index"]) == (1.2346, 7)
    (face,) = written["faces"]
    assert set(face) == {
        "track_id",
        "box",
        "emotion",
        "confidence",
        "detection_score",
        "probabilities",
        "derived_valence",
        "derived_arousal",
        "face_presence",
    }
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert set(face["box"]) == {"x", "y", "width", "height"}


@pytest.mark.parametrize("name", ["demo", "head-pose-face-detection-female-and-male.gif"])
def test_regions_give_what_looking_at_the_whole_gives(media, demo_clip, name):
    """Regions may move boxes and probabilities a little; who is seen and shown stays."""

    class Whole(Detector):
        def __init__(self, detector):
            self.name, self.engine, self.sides = detector.name, detector.engine, detector.sides
            self.detect = detector.detect

    def results(detector):
        with mimika.open_source(demo_clip if name == "demo" else media / name) as clip:
            recognizer = Recognizer(detector=detector)
            return [recognizer(frame) for _, frame in zip(range(200), clip, strict=False)]

    detector = open_detector("yunet")
    pairs = []
    for a, b in zip(results(Whole(detector)), results(detector), strict=True):
        assert [f.track_id for f in a.faces] == [f.track_id for f in b.faces]
        pairs += zip(a.faces, b.faces, strict=True)
    assert len(pairs) >= 100
    overlaps = [a.box.iou(b.box) for a, b in pairs]
    assert np.median(overlaps) > 0.9
    assert np.percentile(overlaps, 5) > 0.8
    differences = [
        max(abs(a.probabilities[k] - b.probabilities[k]) for k in a.probabilities) for a, b in pairs
    ]
    assert np.mean(differences) < 0.04
    # Where two emotions are as likely as each other, the label may change a frame later.
    assert np.mean([a.emotion == b.emotion for a, b in pairs]) > 0.92


def test_raw_looks_at_the_whole_of_every_frame(demo_clip):
    detector = open_detector("yunet")

    def refuse(image, regions, sides=()):
        raise AssertionError("looked near a face")

    detector.detect_near = refuse
    recognizer = Recognizer(Settings(raw=True), detector=detector)
    with mimika.open_source(demo_clip) as clip:
        for _, frame in zip(range(5), clip, strict=False):
            assert recognizer(frame).faces


class WithPoints(Detector):
    """YuNet that also says where the middle of a face is."""

    landmarks = ("middle",)

    def __init__(self):
        self._yunet = open_detector("yunet")
        self.name, self.engine, self.sides = "points", "cpu", self._yunet.sides
        self.detect_near = self._detect_near
        self.near = 0

    def _pointed(self, found):
        points = tuple({"middle": box.center} for box in found.boxes)
        return Detections(found.boxes, found.scores, points)

    def detect(self, image, side=THOROUGH):
        return self._pointed(self._yunet.detect(image, side))

    def _detect_near(self, image, regions, sides=()):
        self.near += 1
        return tuple(map(self._pointed, self._yunet.detect_near(image, regions, sides)))


@pytest.mark.parametrize("every", [1, 3])
def test_landmarks_of_a_detector_reach_the_face_and_move_with_it(demo_clip, every):
    detector = WithPoints()
    with (
        Recognizer(Settings(every=every), detector=detector) as recognizer,
        mimika.open_source(demo_clip) as clip,
    ):
        assert "middle_x" in [column.name for column in recognizer.schema.columns]
        for _, frame in zip(range(60), clip, strict=False):
            (face,) = recognizer(frame).faces
            (x, y), (middle_x, middle_y) = face.landmarks["middle"], face.box.center
            assert abs(x - middle_x) + abs(y - middle_y) < 0.1 * face.box.height
            assert set(face.to_dict()["landmarks"]) == {"middle"}
    assert detector.near
    image = cv2.imread(str(demo_clip.parent / "probe.jpg"))
    analyzer = PictureAnalyzer(networks=recognizer.networks)
    for face in analyzer(image).faces:
        assert face.landmarks["middle"] == face.box.center


def test_a_stream_whose_pictures_change_their_size_has_its_faces_where_they_are(demo_clip):
    with Recognizer() as recognizer, mimika.open_source(demo_clip) as clip:
        frames = list(islice(clip, 40))
        for frame in frames[:20]:
            whole = recognizer(frame)
        for frame in frames[20:]:
            half = recognizer(cv2.resize(frame.image, None, fx=0.5, fy=0.5), frame.time_s)
            for face in half.faces:
                assert face.box.x + face.box.width / 2 < 320
        nothing = recognizer(np.zeros((2, 2, 3), np.uint8), frames[-1].time_s + 0.04)
    assert half.faces[0].track_id == whole.faces[0].track_id == 1
    assert half.faces[0].box.width < 0.6 * whole.faces[0].box.width
    assert nothing.faces == ()
