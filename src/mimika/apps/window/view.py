"""What the window shows: the picture with its faces, a header, a banner, the help."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2

from mimika.apps.window.keys import help_lines
from mimika.apps.words import word
from mimika.drawing.overlay import Overlay, draw_lines
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mimika.apps.window.display import Display
    from mimika.apps.window.keys import Action
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame

NOTE_S = 2.5


class View:
    """Draws frames into the window, as its user wants them.

    Attributes:
        overlay: how faces are drawn.
    """

    def __init__(self, display: Display, overlay: Overlay, actions: Collection[Action]) -> None:
        self.overlay = overlay
        self._display, self._actions = display, actions
        self._helping = False
        self._drawn: deque[float] = deque(maxlen=30)
        self._note, self._note_until = "", 0.0

    def show(self, frame: Frame, result: FrameResult, header: Sequence[str], state: str) -> None:
        """Draw a frame at the window's own size, so that words and lines are sharp.

        Args:
            frame: the frame.
            result: what was seen in it.
            header: what stands in the upper left corner, after the frames a second.
            state: what is waited for; a note counts more while it is fresh.
        """
        view = self._display.viewport((result.width, result.height))
        picture = frame.image
        if view != (result.width, result.height):
            shrinks = view[0] < result.width
            way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            picture = cv2.resize(picture, view, interpolation=way)
        fresh = time.monotonic() < self._note_until
        drawn = self.overlay.draw(
            picture,
            scaled(result, view[0] / result.width, view[1] / result.height),
            header="   ".join([*header[:-2], f"{self._rate():.0f} fps", *header[-2:]]),
            banner=self._note if fresh else state,
        )
        if self._helping:
            draw_lines(drawn, help_lines(self.overlay.language, self._actions))
        self._display.show(drawn)

    def count(self) -> None:
        """Count a new frame for the frames a second."""
        self._drawn.append(time.monotonic())

    def say(self, note: str) -> None:
        """Show a note across the picture for a while."""
        self._note, self._note_until = note, time.monotonic() + NOTE_S

    def word(self, key: str) -> str:
        """A text in the window's language; see `mimika.apps.words`."""
        return word(key, self.overlay.language)

    def toggle_bars(self) -> None:
        """Show the bars of all emotions, or not."""
        self.overlay = replace(self.overlay, bars=not self.overlay.bars)

    def choose_next(self, result: FrameResult) -> None:
        """Show the bars of the next face, from left to right; after the last one of none."""
        faces = sorted(result.faces, key=lambda face: face.box.x, reverse=self.overlay.mirror)
        numbers = [0, *(face.track_id for face in faces)]
        now = numbers.index(self.overlay.chosen) if self.overlay.chosen in numbers else 0
        self.overlay = replace(self.overlay, chosen=numbers[(now + 1) % len(numbers)])

    def choose_at(self, result: FrameResult, position: tuple[int, int]) -> None:
        """Show the bars of the face at a point of the window; of none where there is no face."""
        x, y = self._display.place_of(position, (result.width, result.height))
        x = result.width - x if self.overlay.mirror else x
        hit = [f for f in result.faces if f.box.iou(Box(x - 1, y - 1, 2, 2)) > 0]
        nearest = min(hit, key=lambda face: face.box.area, default=None)
        self.overlay = replace(self.overlay, chosen=nearest.track_id if nearest else 0)

    def toggle_mirror(self) -> None:
        """Turn the picture left to right."""
        self.overlay = replace(self.overlay, mirror=not self.overlay.mirror)

    def toggle_language(self) -> None:
        """Speak the other language."""
        other = "en" if self.overlay.language == "ru" else "ru"
        self.overlay = replace(self.overlay, language=other)

    def toggle_help(self) -> None:
        """Show the keys, or not."""
        self._helping = not self._helping

    def _rate(self) -> float:
        if len(self._drawn) < 2:
            return 0.0
        return (len(self._drawn) - 1) / max(self._drawn[-1] - self._drawn[0], 1e-6)


def scaled(result: FrameResult, across: float, down: float) -> FrameResult:
    """Return a result for its picture scaled by `across` and `down`."""
    faces = tuple(replace(face, box=face.box.scaled(across, down)) for face in result.faces)
    return replace(result, faces=faces)
