"""The process that reads a stranger's film, or makes a result of it; see `films.py`.

It sends what the film is, then each frame, then what was wrong with it; or a refusal. Words are
JSON behind WORDS, a frame is its numbers behind FRAME and then its pixels.
"""

from __future__ import annotations

import gc
import json
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.apps.server.containers import check_decodes, declared, open_container, open_video
from mimika.apps.server.decoder import arm, limit_process
from mimika.apps.server.film_work import frame_work
from mimika.apps.server.process import give_back_memory
from mimika.base.errors import InputError, MimikaError
from mimika.base.scaling import shrunk
from mimika.sinks.sound import Excerpt, find_tracks, lay_beside
from mimika.sources.frame import Frame
from mimika.sources.gif import lacks_control
from mimika.sources.orientation import LOOKED_AT
from mimika.sources.rotation import TURNS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.schema.columns import ResultSchema
    from mimika.sources.rotation import Turn

WORDS, FRAME = b"w", b"f"
# The answer to a frame by which the other side finds the turn: another, or the turn's place in
# `TURNS`.
MORE = b"more"
# Time, duration, number, height and width as sent, height and width of the film.
NUMBERS = "!ddQIIII"
MOST_TRACKS = 8
COSTLY = (
    "The video takes more time or memory to decode than a video is given: export it again as a "
    "plain MP4 (H.264)."
)
NO_TIMES = (
    "The GIF does not say how long its pictures are shown, and only the first would be seen: "
    "export it as MP4."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmBudget:
    """What one film may take.

    Attributes:
        pixels: most pixels of a frame.
        longest: larger frames are reduced until their longer side is this long.
        cpu_s: seconds of a processor until the next frame, and for its sound.
        slowest_hz: pixels a second of a processor below which, after `cpu_s`, it takes too long.
        memory_bytes: beside what the process takes at rest.
    """

    pixels: int
    longest: int
    cpu_s: float
    slowest_hz: float
    memory_bytes: int

    def left_s(self, done: int, used_s: float) -> float:
        """Seconds of a processor until the next frame, or the film has taken too long.

        A film may have many frames that are decoded and never shown, before each that is.

        Args:
            done: pixels of the frames so far.
            used_s: seconds of a processor that they took.

        Raises:
            InputError: it has taken too long.
        """
        left_s = min(self.cpu_s, self.cpu_s + done / self.slowest_hz - used_s)
        if left_s <= 0:
            raise InputError(COSTLY)
        return left_s


def probe(pipe: Connection, budget: FilmBudget, path: Path) -> None:
    """Send how long a film is by its header, in seconds, and the pixels of all its frames."""
    with _guarded(pipe, budget):
        # It may be long until its first pictures, so that is found out here and not by the server.
        if lacks_control(path):
            raise InputError(NO_TIMES)
        with open_container(path, budget.pixels) as container:
            duration_s, work = declared(container)
        check_decodes(path, budget.pixels)
        _say(pipe, {"duration_s": duration_s, "work": work})


def read(pipe: Connection, budget: FilmBudget, path: Path) -> None:
    """Send a film: what it is, its frames, what was wrong with it.

    Which way up it is is found by the other side, which has the networks for that: frames are sent
    to it until it says.
    """
    find = partial(_ask_for_turn, pipe)
    with _guarded(pipe, budget), open_video(path, budget.pixels, budget.longest, find) as film:
        # Frames from all over the film were looked at.
        gc.collect()
        give_back_memory()
        info = film.info
        _say(
            pipe,
            {
                "rate_hz": info.rate_hz,
                "frames": info.frames,
                "duration_s": info.duration_s,
                "begins_s": info.begins_s,
                "stream": info.stream,
            },
        )
        done = 0
        for frame in film:
            _send(pipe, frame, film.whole_size)
            # Not kept beside the next one.
            del frame
            done += frame_work(*film.whole_size)
            arm(budget.left_s(done, time.process_time()))
        _say(pipe, {"warnings": list(film.warnings), "dropped": film.dropped})


def add_sound(
    pipe: Connection, budget: FilmBudget, path: Path, excerpt: Excerpt, joined: Path
) -> None:
    """Write `joined`: the pictures of `path` with a film's sound; says how many of its tracks."""
    with _guarded(pipe, budget):
        try:
            tracks = find_tracks(excerpt.original, excerpt.stream)[:MOST_TRACKS]
        except (OSError, ValueError) as error:
            raise InputError(str(error)) from error
        laid, _ = lay_beside(path, excerpt, tracks, joined) if tracks else (0, "")
        _say(pipe, {"tracks": laid, "of": len(tracks)})


def write_parquet(
    pipe: Connection, budget: FilmBudget, rows: Path, path: Path, schema: ResultSchema
) -> None:
    """Write the rows of a CSV file of results as Parquet; says nothing but that it is done."""
    with _guarded(pipe, budget):
        import pyarrow

        from mimika.sinks.parquet import parquet_of_csv

        pyarrow.set_cpu_count(1)
        # Arrow's own take room for a gigabyte, which the process has not.
        pyarrow.set_memory_pool(pyarrow.system_memory_pool())
        parquet_of_csv(rows, path, schema)
        _say(pipe, {})


class _guarded(suppress):  # noqa: N801 - reads as a statement
    """The process' limits; what is wrong with the film is said, and a closed pipe ends quietly."""

    def __init__(self, pipe: Connection, budget: FilmBudget) -> None:
        super().__init__(BrokenPipeError, ConnectionResetError)
        self._pipe = pipe
        limit_process(budget.memory_bytes)
        arm(budget.cpu_s)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if isinstance(error, (MimikaError, MemoryError)):
            words = COSTLY if isinstance(error, MemoryError) else str(error)
            with suppress(OSError):
                _say(self._pipe, {"refused": words})
            return True
        return bool(super().__exit__(kind, error, trace))


def _ask_for_turn(pipe: Connection, images: Iterable[NDArray[np.uint8]]) -> Turn:
    answer = MORE
    for image in images:
        height, width = image.shape[:2]
        scale = min(1.0, LOOKED_AT / max(height, width))
        small = shrunk(image, max(1, round(width * scale)), max(1, round(height * scale)))
        _send(pipe, Frame(np.ascontiguousarray(small)), (width, height))
        del image, small
        if (answer := pipe.recv_bytes()) != MORE:
            break
    if answer == MORE:
        _say(pipe, {})
        answer = pipe.recv_bytes()
    return TURNS[int(answer)]


def _say(pipe: Connection, words: dict[str, Any]) -> None:
    pipe.send_bytes(WORDS + json.dumps(words).encode())


def _send(pipe: Connection, frame: Frame, whole_size: tuple[int, int]) -> None:
    sizes = (*frame.image.shape[:2], *reversed(whole_size))
    pipe.send_bytes(
        FRAME + struct.pack(NUMBERS, frame.time_s, frame.duration_s, frame.index, *sizes)
    )
    pipe.send_bytes(frame.image.reshape(-1).data)
