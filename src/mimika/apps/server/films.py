"""Films of strangers are read in a process that can be ended, as pictures are; see `decoding.py`.

FFmpeg knows hundreds of kinds and reads what strangers wrote. What breaks it, takes it too long or
fills its memory costs that process, and the film is refused; the server goes on.
"""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.apps.server import film_decoder
from mimika.apps.server.analysis import at_full_size
from mimika.apps.server.containers import too_large
from mimika.apps.server.film_decoder import COSTLY
from mimika.apps.server.lanes import forking
from mimika.apps.server.patience import Patience
from mimika.apps.server.process import give_back_all_memory
from mimika.base.closing import Closing
from mimika.base.errors import InputError
from mimika.sinks.sound import Excerpt
from mimika.sources._base import BaseSource
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.orientation import turn_to_upright
from mimika.sources.rotation import TURNS
from mimika.sources.video import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.apps.server.film_decoder import FilmBudget
    from mimika.apps.server.options import Limits
    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.sinks.sink import Sink

PROBE_CPU_S = 5.0
# For the rows of two million faces, with room.
TABLE_CPU_S = 120.0
MOST_WORDS = 1 << 20
# The first frame, those from all over the film, and the words that there are no more.
MOST_SAMPLES = SAMPLES + 2


def film_budget(limits: Limits) -> FilmBudget:
    """What a film may take by a server's limits."""
    return film_decoder.FilmBudget(
        pixels=limits.video_pixels,
        longest=limits.video_longest,
        cpu_s=limits.video_cpu_s,
        slowest_hz=limits.video_slowest_hz,
        memory_bytes=limits.video_memory,
    )


class _Process(Closing):
    """A process that works on one film."""

    def __init__(self, work: Callable[..., None], budget: FilmBudget, *rest: Any) -> None:
        self._cpu_s = budget.cpu_s
        context = forking()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(  # type: ignore[attr-defined]
            target=work, args=(theirs, budget, *rest), name="film", daemon=True
        )
        self._process.start()
        theirs.close()

    def words(self) -> dict[str, Any]:
        """The next words.

        Raises:
            InputError: the film was refused, or broke its budget.
        """
        answer = self.next()
        assert isinstance(answer, dict)
        return answer

    def next(self) -> dict[str, Any] | tuple[Any, ...]:
        """The next words, or the numbers of a frame."""
        try:
            data = self._receive()
        except (EOFError, OSError) as error:
            raise InputError(COSTLY) from error
        if data[:1] == film_decoder.FRAME:
            return struct.unpack(film_decoder.NUMBERS, data[1:])
        words: dict[str, Any] = json.loads(data[1:])
        if "refused" in words:
            raise InputError(words["refused"])
        return words

    def answer(self, data: bytes) -> None:
        """Send bytes to the process.

        Raises:
            InputError: it has ended.
        """
        try:
            self._pipe.send_bytes(data)
        except OSError as error:
            raise InputError(COSTLY) from error

    def pixels(self, height: int, width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """The pixels of the frame whose numbers came last."""
        image = np.empty((height, width, 3), np.uint8)
        try:
            self._pipe.recv_bytes_into(image.reshape(-1).data)
        except (EOFError, OSError) as error:
            raise InputError(COSTLY) from error
        return image

    def kill(self) -> None:
        """End the process; who waits for it is told that its film was refused."""
        self._process.kill()

    def close(self) -> None:
        """End the process and free the pipe."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _receive(self) -> bytes:
        try:
            Patience(self._process.pid or 0, self._cpu_s).wait(self._pipe)
        except TimeoutError:
            raise InputError(COSTLY) from None
        return bytes(self._pipe.recv_bytes(MOST_WORDS))


def probe(path: Path, budget: FilmBudget) -> tuple[float, int]:
    """How long a film is by its header, in seconds, and the pixels of all its frames together.

    Raises:
        InputError: it is no film of a kind that is taken, or has no frame.
    """
    soon = replace(budget, cpu_s=min(budget.cpu_s, PROBE_CPU_S))
    with _Process(film_decoder.probe, soon, path) as process:
        words = process.words()
        return float(words["duration_s"]), int(words["work"])


def add_sound(film: Path, source: FilmReader, budget: FilmBudget, joined: Path) -> tuple[int, int]:
    """Write `joined`: an annotated film with the sound of the original.

    Returns:
        How many sound tracks it has, 0 where it was not written, and how many there are.

    Raises:
        InputError: the sound cannot be read.
    """
    info = source.info
    excerpt = Excerpt(str(source.path), info.begins_s, source.ends_s, info.stream)
    with _Process(film_decoder.add_sound, budget, film, excerpt, joined) as process:
        words = process.words()
        return int(words["tracks"]), int(words["of"])


def write_parquet(rows: Path, path: Path, schema: ResultSchema, budget: FilmBudget) -> None:
    """Write the rows of a CSV file of results as Parquet.

    Raises:
        InputError: it cannot be written.
    """
    own = replace(budget, cpu_s=TABLE_CPU_S)
    with _Process(film_decoder.write_parquet, own, rows, path, schema) as process:
        process.words()


class FilmReader(BaseSource):
    """A film that another process reads; see `mimika.sources.frame.Source`.

    Attributes:
        path: the film.
        size: width and height of the last frame before it was reduced, upright.
        ends_s: when the last frame ends, in seconds.
    """

    def __init__(
        self, path: Path, budget: FilmBudget, pause: Callable[[], None] = lambda: None
    ) -> None:
        """Open the film; one that lies on its side is turned by its faces.

        Args:
            path: the film.
            budget: what it may take.
            pause: called after each look for its faces.

        Raises:
            InputError: it is no film of a kind that is taken, or has no frame.
        """
        super().__init__(SourceInfo(str(path), "video"))
        self.path, self.size, self.ends_s = path, (0, 0), 0.0
        self._budget = budget
        self._process = _Process(film_decoder.read, budget, path)
        try:
            turn = turn_to_upright(self._samples(), pause)
            # What the networks keep for that is not needed while the film is analyzed.
            give_back_all_memory()
            self._process.answer(str(TURNS.index(turn)).encode())
            self.info = replace(self.info, **self._process.words())
        except BaseException:
            self._process.close()
            raise

    def _frames(self) -> Iterator[Frame]:
        while isinstance(answer := self._process.next(), tuple):
            yield self._frame(answer)
        self.dropped = answer["dropped"]
        self.warnings[:] = answer["warnings"]

    def _samples(self) -> Iterator[NDArray[np.uint8]]:
        """Frames from all over the film, small, as long as they are asked for."""
        for _ in range(MOST_SAMPLES):
            answer = self._process.next()
            if not isinstance(answer, tuple):
                return
            yield self._frame(answer).image
            self._process.answer(film_decoder.MORE)
        # The other process may have been taken over by the film.
        raise InputError(COSTLY)

    def _frame(self, numbers: tuple[Any, ...]) -> Frame:
        time_s, duration_s, index, height, width, whole_height, whole_width = numbers
        # Likewise.
        if whole_height * whole_width > self._budget.pixels:
            raise too_large(whole_width, whole_height)
        if max(height, width) > self._budget.longest:
            raise InputError(COSTLY)
        image = self._process.pixels(height, width)
        self.size, self.ends_s = (whole_width, whole_height), time_s + duration_s
        return Frame(image, time_s, index, duration_s=duration_s)

    def kill(self) -> None:
        """End the reading from another thread; the film is then refused."""
        self._process.kill()

    def _free(self) -> None:
        self._process.close()


class AtFullSize(Closing):
    """A sink whose results are in the pixels of the film, though its frames were reduced."""

    def __init__(self, sink: Sink, source: FilmReader) -> None:
        self._sink, self._source = sink, source

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame; see `mimika.sinks.sink.Sink`."""
        self._sink.write(frame, at_full_size(result, *self._source.size))

    def close(self) -> None:
        """Finish what is being written."""
        self._sink.close()
