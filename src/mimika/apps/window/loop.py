"""The window's loop: take a frame, see it, draw it, do what the keys ask."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from mimika.apps.window.display import Display
from mimika.apps.window.feed import IDLE_S, feed_of
from mimika.apps.window.keys import IN_A_FILM, ON_A_CAMERA, Action, action_of, click_of
from mimika.apps.window.recording import Recording, save_snapshot
from mimika.apps.window.replay import SAME_S, Replay
from mimika.apps.window.view import View
from mimika.base.closing import Closing
from mimika.base.errors import DeviceError, MimikaError, OutputError
from mimika.drawing.overlay import Overlay
from mimika.pipeline.process import process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mimika.apps.window.replay import Reopen
    from mimika.pipeline.recognizer import Recognizer
    from mimika.schema.results import FrameResult
    from mimika.sinks.sink import Sink
    from mimika.sources.frame import Frame, Source, SourceInfo
    from mimika.timeline.summary import Summary

JUMP_S = 5.0
BROKEN_OFF_S = 1.0
"""A film whose last frame ends so much before or after what it declares is as long as was seen."""


def show(
    source: Source,
    recognizer: Recognizer,
    *,
    sinks: Sequence[Sink] = (),
    language: str = "en",
    title: str = "Mimika",
    summary: Summary | None = None,
    reopen: Reopen | None = None,
) -> bool:
    """Show a source in a window until the user closes it, or a live one ends.

    A film that can be opened again stays at its end, and can be gone through: space, arrows, `,`
    and `.`. Sinks and summary get every frame once, in order.

    Args:
        source: a camera, a stream or a film; closed at the end.
        recognizer: what sees the faces.
        sinks: take every frame that is seen.
        language: "en" or "ru".
        title: in the window's frame.
        summary: filled as frames come.
        reopen: opens the film at a time in seconds.

    Returns:
        Whether the source was seen to its end.

    Raises:
        NoDisplay: there is no screen.
        OutputError: a sink cannot be written.
    """
    with Window(source, recognizer, language, title, reopen) as window:
        process(window, sinks=[*sinks, window], recognizer=recognizer, summary=summary)
        return window.at_the_end


class Window(Closing):
    """A window as both a source, whose user decides what comes next, and a sink, which draws it.

    As a source it yields every frame of the film or camera once; frames that were seen before and
    are shown again stay inside.
    """

    def __init__(
        self,
        source: Source,
        recognizer: Recognizer,
        language: str,
        title: str,
        reopen: Reopen | None = None,
    ) -> None:
        self._source, self._recognizer = source, recognizer
        self._feed = feed_of(source)
        self._replay = Replay(reopen) if reopen is not None else None
        size = (source.info.width or 640, source.info.height or 480)
        self._display = Display(f"Mimika: {title}", size)
        overlay = Overlay(language=language, mirror=source.info.kind == "camera")
        unused = ON_A_CAMERA if source.info.kind != "camera" else frozenset()
        unused |= IN_A_FILM if reopen is None else frozenset()
        self._view = View(self._display, overlay, set(Action) - unused)
        self._recording: Recording | None = None
        self._last: tuple[Frame, FrameResult] | None = None
        self._paused = self._done = False
        # While paused this many frames are still to be shown; frames before this time are not.
        self._steps, self._skip_until_s = 0, -1.0
        # The end of the last frame that was seen.
        self._end_s = 0.0

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

    @property
    def at_the_end(self) -> bool:
        """Whether every frame of the source was seen."""
        return self._feed.over

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames that were not seen yet, until the user quits or a live source ends."""
        try:
            yield from self._frames()
        except KeyboardInterrupt:
            # At its end a film is complete, however the window is closed.
            if not self.at_the_end:
                raise

    def _frames(self) -> Iterator[Frame]:
        while not self._done:
            for event in self._display.events():
                if self._last is not None and (position := click_of(event)):
                    self._view.choose_at(self._last[1], position)
                self._do(action_of(event))
            if self._done:
                return
            if self._paused and not self._steps and not self._skipping:
                time.sleep(IDLE_S)
                self._redraw()
            elif self._replay is not None and self._replay.running:
                self._show_again(self._replay)
            elif (frame := self._feed.next()) is not None:
                yield frame
            elif not self._feed.over:
                self._redraw()
            elif self._replay is None:
                self._done = True
            else:
                self._paused, self._steps, self._skip_until_s = True, 0, -1.0

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Show a new frame when it is due, and record it where the user wants that."""
        if self._replay is not None:
            self._replay.remember(result)
        self._end_s = max(self._end_s, frame.time_s + frame.duration_s)
        self._show(frame, result)

    @property
    def _skipping(self) -> bool:
        return self._skip_until_s >= 0

    def _show(self, frame: Frame, result: FrameResult) -> None:
        if self._recording is not None:
            try:
                self._recording.write(frame, result)
            except OutputError as error:
                self._stop_recording()
                self._view.say(str(error))
        self._last = (frame, result)
        if frame.time_s < self._skip_until_s - SAME_S:
            return
        self._skip_until_s = -1.0
        self._steps = max(0, self._steps - 1)
        if self._paused or self._feed.shown_in_time(frame):
            self._view.count()
            self._redraw()

    def _show_again(self, replay: Replay) -> None:
        if (seen := replay.next()) is not None:
            self._show(*seen)
        else:
            self._feed.restart()

    def _go_to(self, time_s: float) -> None:
        """Go elsewhere in a film: what was seen is shown again, what was not is seen quickly."""
        if self._replay is None:
            return
        self._stop_recording()
        self._feed.restart()
        if self._feed.over:
            time_s = min(time_s, self._replay.seen_until_s)
        if time_s > self._replay.seen_until_s:
            self._replay.close()
            self._skip_until_s = time_s
            return
        try:
            self._replay.start(time_s)
        except MimikaError as error:
            self._view.say(str(error))
            return
        self._skip_until_s, self._steps = max(0.0, time_s), 1

    @property
    def _now_s(self) -> float:
        return self._last[0].time_s if self._last is not None else 0.0

    def close(self) -> None:
        """Finish a recording, free the source, close the window."""
        with ExitStack() as stack:
            stack.callback(self._display.close)
            stack.callback(self._source.close)
            if self._replay is not None:
                stack.callback(self._replay.close)
            if self._recording is not None:
                stack.callback(self._recording.close)

    def _redraw(self) -> None:
        if self._last is None:
            return
        timings = self._recognizer.timings
        parts = [f"{timings.total_ms:.1f} ms", self._recognizer.engine]
        if self._replay is not None:
            parts.insert(0, self._clock())
        if self._paused:
            # Not across the picture, which is looked at now.
            parts.insert(0, self._view.word("ended" if self._ended else "paused"))
        if self._recording is not None:
            parts.insert(0, f"● {self._view.word('recording')}")
        self._view.show(*self._last, parts, self._feed.state)

    def _clock(self) -> str:
        """Where in the film this is, such as "1:05 / 3:20"."""
        total = self._source.info.duration_s or 0.0
        # A film that breaks off is shorter than it declares.
        if self._feed.over and abs(total - self._end_s) >= BROKEN_OFF_S:
            total = self._end_s
        now = total if self._ended else self._now_s
        # Timestamps are rounded: four seconds may be 3.9997.
        times = [int(round(s, 2)) for s in (now, total) if s or s is now]
        return " / ".join(f"{s // 60}:{s % 60:02}" for s in times)

    @property
    def _ended(self) -> bool:
        """Whether a film's last frame is shown."""
        last_s = self._replay.seen_until_s if self._replay is not None else 0.0
        return self._feed.over and self._now_s >= last_s

    def _do(self, action: Action | None) -> None:
        done: dict[Action, Callable[[], None]] = {
            Action.QUIT: self._quit,
            Action.SNAPSHOT: self._snapshot,
            Action.RECORD: self._toggle_recording,
            Action.BARS: self._view.toggle_bars,
            Action.CHOOSE: self._choose,
            Action.MIRROR: self._view.toggle_mirror,
            Action.LANGUAGE: self._view.toggle_language,
            Action.PAUSE: self._pause,
            Action.BACK: lambda: self._go_to(max(0.0, self._now_s - JUMP_S)),
            Action.FORWARD: lambda: self._go_to(self._now_s + JUMP_S),
            Action.STEP: self._step,
            Action.STEP_BACK: self._step_back,
            Action.CAMERA: self._next_camera,
            Action.FULL_SCREEN: self._display.toggle_full_screen,
            Action.HELP: self._view.toggle_help,
        }
        if action is not None:
            done[action]()

    def _quit(self) -> None:
        self._done = True

    def _pause(self) -> None:
        if self._paused and self._ended:
            self._go_to(0.0)
        self._paused = not self._paused
        self._feed.restart()

    def _choose(self) -> None:
        if self._last is not None:
            self._view.choose_next(self._last[1])

    def _step(self) -> None:
        self._paused, self._steps = True, 1

    def _step_back(self) -> None:
        self._paused = True
        if self._replay is not None:
            self._go_to(self._replay.time_before(self._now_s))

    def _snapshot(self) -> None:
        if self._last is None:
            return
        frame, result = self._last
        try:
            path = save_snapshot(self._view.overlay.draw(frame.image, result))
        except OutputError as error:
            self._view.say(str(error))
        else:
            self._view.say(f"{self._view.word('saved')}: {path}")

    def _toggle_recording(self) -> None:
        if self._recording is not None:
            path = self._recording.path
            self._stop_recording()
            self._view.say(f"{self._view.word('saved')}: {path}")
            return
        try:
            schema = self._recognizer.schema
            self._recording = Recording(
                self._source.info, schema, self._view.overlay, self._view.say
            )
        except OutputError as error:
            self._view.say(str(error))

    def _stop_recording(self) -> None:
        recording, self._recording = self._recording, None
        if recording is not None:
            try:
                recording.close()
            except OutputError as error:
                self._view.say(str(error))

    def _next_camera(self) -> None:
        from mimika.sources.camera import Camera
        from mimika.sources.cameras import list_cameras

        others = [
            c.number for c in list_cameras() if c.number != getattr(self._source, "number", None)
        ]
        present = getattr(self._source, "number", -1)
        if self._source.info.kind != "camera" or not others:
            self._view.say(self._view.word("one_camera"))
            return
        following = min((n for n in others if n > present), default=min(others))
        try:
            source = Camera(following)
        except DeviceError as error:
            self._view.say(str(error))
            return
        self._stop_recording()
        self._source.close()
        self._source, self._feed = source, feed_of(source)
        self._recognizer.reset()
