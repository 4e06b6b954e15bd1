"""The window with a camera that fails: it stays responsive and says what it waits for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from helpers.media import FakeCamera
from mimika.apps.window import keys, loop
from mimika.apps.window.display import sdl
from mimika.pipeline.recognizer import Recognizer
from mimika.sources.camera import Camera
from mimika.timeline.summary import Summary


class NoScreen:
    """Takes what the window shows, and gives the key presses of a plan."""

    def __init__(self, title, size):
        self.pictures, self.size, self.shown_before = [], size, None

    def gone(self):
        """Whether the camera is away; here it never is."""
        return False

    def events(self):
        """Close the window twenty pictures after the camera went away."""
        if self.shown_before is None and self.gone():
            self.shown_before = len(self.pictures)
        if self.shown_before is None or len(self.pictures) < self.shown_before + 20:
            return []
        pygame = sdl()
        return [pygame.event.Event(pygame.QUIT)]

    def viewport(self, size):
        return size

    def show(self, picture):
        self.pictures.append(picture)

    def toggle_full_screen(self):
        pass

    def close(self):
        pass


@pytest.fixture
def screen(monkeypatch):
    made = []

    def open_screen(title, size):
        made.append(NoScreen(title, size))
        return made[-1]

    monkeypatch.setattr(loop, "Display", open_screen)
    return made


def test_it_says_that_the_camera_is_away_and_goes_on_listening(screen, media, monkeypatch):
    class Astronaut(FakeCamera):
        picture = cv2.imread(str(media / "astronaut.png"))

        def read(self):
            """The picture until ten frames were seen, however long that takes."""
            super().read()
            return None if summary.frames >= 10 else self.picture.copy()

    summary = Summary()
    fake = Astronaut([(1, 1)], away=10**6, rate_hz=20)
    camera = Camera(0, open_device=fake, first_pause_s=0.05, longest_pause_s=0.1)
    monkeypatch.setattr(NoScreen, "gone", lambda self: bool(camera.state))
    loop.show(camera, Recognizer(), summary=summary)
    assert camera.closed
    assert summary.frames >= 10
    assert summary.people[1].shares().get("happy", 0) > 0.9
    first, last = screen[0].pictures[2].astype(int), screen[0].pictures[-1].astype(int)
    middle = slice(240, 270)
    assert last[middle].mean() < first[middle].mean() * 0.7, "the banner darkens the middle"
    # A camera's picture is mirrored: the face, left of the middle, is shown right of it.
    yellow = np.where((np.abs(first - np.array((66, 228, 240))).max(axis=2) < 12).any(axis=0))[0]
    assert yellow.mean() > 256


@pytest.mark.parametrize(
    ("key", "scancode", "typed", "action"),
    [
        (ord("q"), 20, "q", keys.Action.QUIT),
        (27, 41, "\x1b", keys.Action.QUIT),
        (ord(" "), 44, " ", keys.Action.PAUSE),
        (0x438, 5, "и", keys.Action.BARS),
        (ord("?"), 56, "?", keys.Action.HELP),
        (ord("z"), 29, "z", None),
    ],
)
def test_keys_work_on_russian_keyboards_too(key, scancode, typed, action):
    pygame = sdl()
    event = pygame.event.Event(pygame.KEYDOWN, key=key, scancode=scancode, unicode=typed)
    assert keys.action_of(event) is action


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_key_is_in_the_help(language):
    assert len(keys.help_lines(language, keys.Action)) == len(keys.Action)
    of_a_film = dict(keys.help_lines(language, set(keys.Action) - keys.ON_A_CAMERA))
    assert "C" not in of_a_film
    assert "←" in of_a_film
