"""The client against a real server."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import cv2
import pytest

pytest.importorskip("fastapi", reason="needs the serve extra")
import mimika
from helpers.serving import serving
from helpers.waiting import LONGEST_S, wait_until
from mimika.base.errors import DeviceError, InputError, UsageError
from mimika.sources.video import Video

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def running():
    with serving(token=TOKEN) as started:
        yield started


@pytest.fixture
def client(running):
    with mimika.Client(f"{running.url}/#token={TOKEN}") as opened:
        yield opened


def test_a_picture_as_path_bytes_and_array(client, media):
    path = media / "obama.jpg"
    (expected,) = mimika.analyze(path)
    for picture in (path, str(path), path.read_bytes(), cv2.imread(str(path))):
        result = client.analyze(picture)
        (face,) = result.faces
        assert isinstance(result, mimika.FrameResult)
        assert face.emotion == expected.emotion
        assert face.box.iou(expected.box) > 0.9
        assert set(face.probabilities) == set(client.model()["outputs"]["emotion"]["labels"])


def test_a_result_is_read_back_as_it_was_sent(client, media):
    result = client.analyze(media / "two_people.jpg")
    assert mimika.FrameResult.from_dict(result.to_dict()) == result
    assert result.faces[0].values["derived_valence"] == result.faces[0].valence


def test_a_stream_follows_faces_through_time(client, demo_clip):
    with client.stream() as see, Video(demo_clip) as film:
        for frame in film:
            if frame.index % 10:
                continue
            result = see(frame.image, frame.time_s)
            assert result.time_s == pytest.approx(frame.time_s, abs=1e-3)
            assert [face.track_id for face in result.faces] == [1]
        assert result.faces[0].emotion == "happy"
        assert see.labels == tuple(client.model()["outputs"]["emotion"]["labels"])
        with pytest.raises(InputError, match="not a picture"):
            see(b"nonsense")
        see.reset()
        assert see(frame.image).faces[0].track_id == 2


def test_a_video_is_sent_waited_for_saved_and_removed(client, tmp_path):
    from helpers.media import write_video

    film = write_video(tmp_path / "film.mp4", [i / 10 for i in range(8)])
    job = client.video(film)
    seen = []
    state = job.wait(seen.append)
    assert (state["state"], state["frames"]) == ("done", 8)
    assert seen[-1]["progress"] == 1.0
    job.save(output=tmp_path / "a.mp4", csv=tmp_path / "a.csv", jsonl=tmp_path / "a.jsonl")
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 8
    with pytest.raises(UsageError, match="no pdf of the video"):
        job.save(pdf=tmp_path / "a.pdf")
    with Video(tmp_path / "a.mp4") as saved:
        assert sum(1 for _ in saved) == 8
    job.cancel()
    with pytest.raises(UsageError, match="no such video"):
        job.state()


def test_what_is_wrong_is_told_in_mimikas_errors(client, running, tmp_path):
    with pytest.raises(InputError, match="There is no picture"):
        client.analyze(tmp_path / "none.jpg")
    with pytest.raises(InputError, match="not a picture"):
        client.analyze(b"nonsense")
    with pytest.raises(InputError, match="There is no video"):
        client.video(tmp_path / "none.mp4")
    with mimika.Client(running.url, token="wrong") as stranger:
        with pytest.raises(UsageError, match="token"):
            stranger.analyze(b"x")
        with pytest.raises(UsageError, match="token"), stranger.stream():
            pass
    with pytest.raises(UsageError, match="address"):
        mimika.Client("example.org")


def test_a_server_that_is_away_is_told(media):
    with mimika.Client("http://127.0.0.1:9") as client:
        with pytest.raises(DeviceError, match="mimika serve"):
            client.analyze(media / "obama.jpg")
        with pytest.raises(DeviceError, match="mimika serve"), client.stream():
            pass


@pytest.fixture
def instead_of_sleep(monkeypatch):
    """Have the client call something with the seconds for which it would sleep."""

    def have(called):
        monkeypatch.setattr("mimika.client.client.time", SimpleNamespace(sleep=called))

    return have


def test_an_overloaded_server_is_asked_five_times(media, instead_of_sleep):
    waits = []
    instead_of_sleep(waits.append)
    with (
        serving(limits={"waiting": 0}) as started,
        mimika.Client(started.url) as client,
        pytest.raises(DeviceError, match="waiting already"),
    ):
        client.analyze(media / "obama.jpg")
    assert waits == [1, 2, 4, 8]


def test_an_overloaded_server_is_asked_again(media, instead_of_sleep):
    with (
        serving(limits={"waiting": 1}) as started,
        mimika.Client(started.url) as client,
        ThreadPoolExecutor(1) as thread,
    ):
        decoders, begins, waits = started.state.analysis._decoders, threading.Event(), []
        decode = decoders.decode
        decoders.decode = lambda data: begins.wait(LONGEST_S) and decode(data)
        first = thread.submit(client.analyze, media / "obama.jpg")
        wait_until(lambda: started.state.analysis.waiting)

        def sleep(wait_s):
            waits.append(wait_s)
            if len(waits) == 2:
                begins.set()
                wait_until(lambda: not started.state.analysis.waiting)

        instead_of_sleep(sleep)
        results = client.analyze(media / "obama.jpg"), first.result()
    assert waits == [1, 2]
    assert [len(result.faces) for result in results] == [1, 1]


def test_a_full_server_is_told(media):
    with (
        serving(limits={"clients": 1}) as started,
        mimika.Client(started.url) as client,
        client.stream(),
        pytest.raises(DeviceError, match="streams are taken"),
        client.stream(),
    ):
        pass
