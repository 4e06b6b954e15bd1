"""The window's loop: take a frame, see it, draw it, do what the keys ask."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2

from mimika.apps.window.display import Display
from mimika.apps.window.feed import IDLE_S, feed_of
from mimika.apps.window.keys import Action, action_of, help_lines
from mimika.apps.window.recording import Recording, save_snapshot
from mimika.apps.words import word
from mimika.base.closing import Closing
from mimika.base.errors import DeviceError, OutputError
from mimika.drawing.overlay import Overlay, draw_lines
from mimika.pipeline.process import process
from mimika.timeline.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mimika.pipeline.recognizer import Recognizer
    from mimika.schema.results import FrameResult
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import Frame, Source, SourceInfo

NOTE_S = 2.5


def show(
    source: Source,
    recognizer: Recognizer,
    *,
    sinks: Sequence[Sink] = (),
    language: str = "en",
    title: str = "Mimika",
    summary: Summary | None = None,
) -> Summary:
    """Show a source in a window until it ends or the user closes it.

    Args:
        source: a camera, a stream or a film; closed at the end.
        recognizer: what sees the faces.
        sinks: take every frame that is seen.
        language: "en" or "ru".
        title: in the window's frame.
        summary: filled as frames come; a new one where None.

    Returns:
        What was seen.

    Raises:
        NoDisplay: there is no screen.
        OutputError: a sink cannot be written.
    """
    summary = Summary() if summary is None else summary
    with Window(source, recognizer, language, title) as window:
        return process(window, sinks=[*sinks, window], recognizer=recognizer, summary=summary)


class Window(Closing):
    """A window as both a source, whose user decides what comes next, and a sink, which draws it."""

    def __init__(self, source: Source, recognizer: Recognizer, language: str, title: str) -> None:
        self._source, self._recognizer = source, recognizer
        self._feed = feed_of(source)
        self._overlay = Overlay(language=language, mirror=source.info.kind == "camera")
        size = (source.info.width or 640, source.info.height or 480)
        self._display = Display(f"Mimika: {title}", size)
        self._recording: Recording | None = None
        self._shown: deque[float] = deque(maxlen=30)
        self._last: tuple[Frame, FrameResult] | None = None
        self._note = ("", 0.0)
        self._paused = self._helping = self._done = False

    @property
    def info(self) -> SourceInfo:
        """See `mimika.sources.frame.Source`."""
        return self._source.info

    @property
    def warnings(self) -> list[str]:
        """See `mimika.sources.frame.Source`."""
        return self._source.warnings

    @property
    def incomplete(self) -> str:
        """See `mimika.sources.frame.Source`."""
        return self._source.incomplete

    @property
    def dropped(self) -> int:
        """See `mimika.sources.frame.Source`."""
        return self._source.dropped

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames until the source ends or the user quits."""
        while not self._done:
            for event in self._display.events():
                self._do(action_of(event))
            if self._paused:
                time.sleep(IDLE_S)
                self._redraw()
                continue
            frame = self._feed.next()
            if frame is None:
                self._done = self._done or self._feed.over
                self._redraw()
                continue
            yield frame

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Show a frame when it is due, and record it where the user wants that."""
        if self._recording is not None:
            try:
                self._recording.write(frame, result)
            except OutputError as error:
                self._stop_recording()
                self._say(str(error))
        self._last = (frame, result)
        if self._feed.shown_in_time(frame):
            self._shown.append(time.monotonic())
            self._redraw()

    def close(self) -> None:
        """Finish a recording, free the source, close the window."""
        with ExitStack() as stack:
            stack.callback(self._display.close)
            stack.callback(self._source.close)
            if self._recording is not None:
                stack.callback(self._recording.close)

    def _redraw(self) -> None:
        if self._last is None:
            return
        frame, result = self._last
        view = self._display.viewport((result.width, result.height))
        # Drawn at the window's own size, so that words and lines are sharp in any window.
        picture = frame.image
        if view != (result.width, result.height):
            shrinks = view[0] < result.width
            way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            picture = cv2.resize(picture, view, interpolation=way)
        drawn = self._overlay.draw(
            picture,
            scaled(result, view[0] / result.width, view[1] / result.height),
            header=self._header(),
            banner=self._banner(),
        )
        if self._helping:
            draw_lines(drawn, help_lines(self._overlay.language))
        self._display.show(drawn)

    def _header(self) -> str:
        timings = self._recognizer.timings
        parts = [f"{self._rate():.0f} fps", f"{timings.total_ms:.1f} ms", self._recognizer.engine]
        if self._recording is not None:
            parts.insert(0, f"● {self._word('recording')}")
        return "   ".join(parts)

    def _banner(self) -> str:
        note, until = self._note
        if note and time.monotonic() < until:
            return note
        if self._paused:
            return self._word("paused")
        return self._feed.state

    def _rate(self) -> float:
        if len(self._shown) < 2:
            return 0.0
        return (len(self._shown) - 1) / max(self._shown[-1] - self._shown[0], 1e-6)

    def _word(self, key: str) -> str:
        return word(key, self._overlay.language)

    def _say(self, note: str) -> None:
        self._note = (note, time.monotonic() + NOTE_S)

    def _do(self, action: Action | None) -> None:
        overlay = self._overlay
        if action is Action.QUIT:
            self._done = True
        elif action is Action.BARS:
            self._overlay = replace(overlay, bars=not overlay.bars)
        elif action is Action.MIRROR:
            self._overlay = replace(overlay, mirror=not overlay.mirror)
        elif action is Action.LANGUAGE:
            self._overlay = replace(overlay, language="en" if overlay.language == "ru" else "ru")
        elif action is Action.PAUSE:
            self._paused = not self._paused
            self._feed.pause(self._paused)
        elif action is Action.HELP:
            self._helping = not self._helping
        elif action is Action.FULL_SCREEN:
            self._display.toggle_full_screen()
        elif action is Action.SNAPSHOT:
            self._snapshot()
        elif action is Action.RECORD:
            self._toggle_recording()
        elif action is Action.CAMERA:
            self._next_camera()

    def _snapshot(self) -> None:
        if self._last is None:
            return
        frame, result = self._last
        try:
            path = save_snapshot(self._overlay.draw(frame.image, result))
        except OutputError as error:
            self._say(str(error))
        else:
            self._say(f"{self._word('saved')}: {path}")

    def _toggle_recording(self) -> None:
        if self._recording is not None:
            path = self._recording.path
            self._stop_recording()
            self._say(f"{self._word('saved')}: {path}")
            return
        try:
            schema = self._recognizer.schema
            self._recording = Recording(self._source.info, schema, self._overlay)
        except OutputError as error:
            self._say(str(error))

    def _stop_recording(self) -> None:
        recording, self._recording = self._recording, None
        if recording is not None:
            try:
                recording.close()
            except OutputError as error:
                self._say(str(error))

    def _next_camera(self) -> None:
        from mimika.sources.camera import Camera
        from mimika.sources.cameras import list_cameras

        others = [
            c.number for c in list_cameras() if c.number != getattr(self._source, "number", None)
        ]
        present = getattr(self._source, "number", -1)
        if self._source.info.kind != "camera" or not others:
            self._say(self._word("one_camera"))
            return
        following = min((n for n in others if n > present), default=min(others))
        try:
            source = Camera(following)
        except DeviceError as error:
            self._say(str(error))
            return
        self._stop_recording()
        self._source.close()
        self._source, self._feed = source, feed_of(source)
        self._recognizer.reset()


def scaled(result: FrameResult, across: float, down: float) -> FrameResult:
    """Return a result for its picture scaled by `across` and `down`."""
    faces = tuple(replace(face, box=face.box.scaled(across, down)) for face in result.faces)
    return replace(result, faces=faces)
