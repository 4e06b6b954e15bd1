"""A film in the window stays at its end, and can be gone through."""

from __future__ import annotations

import time
from functools import partial

import av
import numpy as np
import pytest

from helpers.media import sound_of, write_video
from mimika.apps.window import loop
from mimika.apps.window.display import sdl
from mimika.apps.window.feed import FilmFeed
from mimika.apps.window.recording import Recording
from mimika.apps.window.view import View
from mimika.drawing.overlay import Overlay
from mimika.pipeline.recognizer import Recognizer
from mimika.sources.video import Video
from mimika.timeline.summary import Summary

RATE, LAST = 25, 11
STEP_S = 0.087
KEYS = {"space": ord(" "), "q": ord("q"), ",": ord(","), ".": ord(".")}


class Screen:
    """Shows nothing; presses the next key of a plan as soon as a frame was shown.

    Frame i of the film is gray of 8 * i; `shown` gathers the numbers of the frames that were drawn,
    each once in a row. At the last frame it waits until the window has seen that none follows.
    """

    def __init__(self, plan):
        self.plan, self.shown, self.looks = list(plan), [], 0
        self.began = time.monotonic()

    def __call__(self, title, size):
        return self

    def events(self):
        assert time.monotonic() - self.began < 120, f"shown: {self.shown}; left: {self.plan}"
        if not self.plan or not self.shown or self.shown[-1] != self.plan[0][0]:
            return []
        self.looks += 1
        if self.plan[0][0] == LAST and self.looks < 4:
            return []
        pygame = sdl()
        _, name = self.plan.pop(0)
        arrows = {"left": pygame.K_LEFT, "right": pygame.K_RIGHT}
        key = arrows.get(name) or KEYS[name]
        typed = "" if name in arrows else chr(key)
        return [pygame.event.Event(pygame.KEYDOWN, key=key, scancode=0, unicode=typed)]

    def viewport(self, size):
        return size

    def show(self, picture):
        number = round(float(np.median(picture[-8:])) / 8)
        if not self.shown or self.shown[-1] != number:
            self.shown.append(number)
            self.looks = 0

    def toggle_full_screen(self):
        pass

    def close(self):
        pass


@pytest.fixture
def watch(tmp_path, monkeypatch):
    path = write_video(
        tmp_path / "gray.mp4", [i * STEP_S for i in range(LAST + 1)], size=(320, 240)
    )
    monkeypatch.setattr(loop, "JUMP_S", 5 * STEP_S)
    # Every frame is drawn, at once: which ones are late depends on how fast the machine is.
    monkeypatch.setattr(FilmFeed, "shown_in_time", lambda *_: True)

    def run(*plan):
        screen = Screen(plan)
        monkeypatch.setattr(loop, "Display", screen)
        summary = Summary()
        ended = loop.show(Video(path), Recognizer(), summary=summary, reopen=partial(_reopen, path))
        assert not screen.plan, f"{screen.plan} was never pressed; shown: {screen.shown}"
        return screen, summary, ended

    return run


def _reopen(path, start_s):
    return Video(path, start_s=start_s)


def test_it_stays_at_its_end_and_plays_again(watch):
    screen, summary, ended = watch((11, "space"), (5, "q"))
    assert ended
    assert summary.frames == 12, "frames that are shown again are not counted again"
    again = screen.shown[screen.shown.index(11) + 1 :]
    assert again[0] == 0
    assert again == sorted(again)


def test_the_length_of_a_film_stays_and_is_reached(watch, monkeypatch):
    clocks, show = [], View.show

    def noting(view, frame, result, header, state):
        clocks.append(next(part for part in header if " / " in part))
        show(view, frame, result, header, state)

    monkeypatch.setattr(View, "show", noting)
    watch((11, "q"))
    # The last frame begins at 0.957 s and is shown for 0.04.
    assert clocks[0] == "0:00 / 0:01"
    assert {clock.split(" / ")[1] for clock in clocks} == {"0:01"}
    assert clocks[-1] == "0:01 / 0:01"


def test_arrows_go_back_and_on(watch):
    screen, summary, ended = watch((9, "left"), (4, "right"), (11, "q"))
    assert summary.frames == 12
    assert ended
    after = screen.shown[screen.shown.index(9) + 1 :]
    assert after[:2] == [4, 9]


def test_going_on_sees_every_frame_and_draws_those_after(watch):
    screen, summary, ended = watch((2, "right"), (7, "q"))
    assert screen.shown[-1] == 7
    assert not {3, 4, 5, 6} & set(screen.shown)
    assert summary.frames == 8
    assert not ended, "the user left before the end"


def test_single_steps(watch):
    screen, summary, _ = watch((5, ","), (4, ","), (3, "."), (4, "."), (5, "."), (6, "q"))
    assert screen.shown[-6:] == [5, 4, 3, 4, 5, 6]
    assert summary.frames == 7


def test_going_on_past_the_end_shows_the_end(watch):
    screen, summary, ended = watch((11, "left"), (6, "."), (7, "right"), (11, "q"))
    assert screen.shown[-1] == 11
    assert summary.frames == 12
    assert ended


def test_ctrl_c_at_the_end_is_an_ordinary_end(watch, monkeypatch):
    calls = []

    def interrupted(self):
        calls.append(bool(self.shown) and self.shown[-1] == 11)
        if sum(calls) > 3:
            raise KeyboardInterrupt
        return []

    monkeypatch.setattr(Screen, "events", interrupted)
    _, summary, ended = watch()
    assert ended
    assert summary.frames == 12


def test_a_recording_from_the_middle_has_the_sound_of_the_middle(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        track = film.add_stream("aac", rate=16_000)
        picture = np.full((120, 160, 3), 90, np.uint8)
        for _ in range(4 * RATE):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        film.mux(stream.encode(None))
        for i in range(4 * 16_000 // 1024):
            # Silent for two seconds, then a tone.
            loud = 0.5 if i * 1024 >= 32_000 else 0.0
            wave = (loud * np.sin(np.arange(1024) * 0.2)).astype(np.float32)[None]
            sample = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            sample.sample_rate, sample.pts = 16_000, i * 1024
            film.mux(track.encode(sample))
        film.mux(track.encode(None))
    recognizer = Recognizer()
    with (
        Video(path, start_s=2.2) as source,
        Recording(source.info, recognizer.schema, Overlay(), warn=pytest.fail) as recording,
    ):
        for frame in source:
            recording.write(frame, recognizer(frame))
    with av.open(str(recording.path)) as made:
        assert sum(1 for _ in made.decode(video=0)) == 45
    sound, rate, _ = sound_of(recording.path)
    assert 1.5 < sound.shape[-1] / rate < 2.0
    assert np.abs(sound[..., : rate // 2]).max() > 0.3, "the tone, not the silence before it"
