"""Films of any container and codec that FFmpeg reads, through PyAV: files, and files over HTTP."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError
from mimika.base.names import check_readable, path_of
from mimika.sources._base import BaseSource
from mimika.sources.addresses import without_password
from mimika.sources.converting import FrameConverter
from mimika.sources.film import Film
from mimika.sources.frame import Frame, SourceInfo
from mimika.sources.joined import unread_film_at
from mimika.sources.lengths import what_lacks
from mimika.sources.orientation import turn_to_upright, turned
from mimika.sources.ranges import SAME_S, TimeRange
from mimika.sources.sampled_film import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from os import PathLike
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.sources.rotation import FindTurn, Rotation, Turn
    from mimika.sources.sampling import Sampling

# Frames that are looked at to find which way up a film is; where it cannot be sought, this far
# apart in frames.
SAMPLES, SAMPLES_APART = 7, 12


class Video(BaseSource):
    """A video file; see `mimika.sources.frame.Source`.

    Times are the file's own timestamps, from 0 at its first frame; where it has none, or they begin
    anew in the middle, frames follow at the film's rate. Rotation, mirroring and the pixels' shape
    are applied. Broken frames are left out, counted in `dropped`, and named in a warning;
    `incomplete` says what was read of a film that breaks off.

    Attributes:
        before_picture: see `mimika.sources.frame.SampledSource`.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        stream: int | None = None,
        start_s: float = 0.0,
        end_s: float | None = None,
        rotate: Rotation | FindTurn = 0,
        longest: int | None = None,
        opener: Callable[[], Any] | None = None,
    ) -> None:
        """Open the film and decode its first frame.

        Args:
            path: a file, or an address with `opener`.
            stream: number of the video stream in the file, as ffprobe counts; None takes the best.
            start_s: frames before this time of the film are passed over, by seeking.
            end_s: frames from this time on are left; None reads to the end.
            rotate: degrees by which frames are turned clockwise, beyond what the file says; "auto"
                looks at the faces of several frames to find out, and a function is given them.
            longest: larger frames are reduced until their longer side is so many pixels.
            opener: opens PyAV's container, once for each reading; FFmpeg's usual way where None.

        Raises:
            InputError: missing, empty, not a video, or without a frame that can be decoded.
            UsageError: there is no such stream, or the range is none.
        """
        self._range = TimeRange(start_s, end_s)
        self._wanted, self._longest = stream, longest
        self._opener = opener
        self.before_picture: Callable[[int], None] | None = None
        self._path: Path | None = None
        name = self._original = str(path)
        if "://" in name:
            name = without_password(name)
        else:
            self._path = path = path_of(path)
            if not path.exists():
                raise InputError(f"There is no video {path}: check the name.")
            if path.is_dir():
                raise InputError(f"{path} is a folder: name a video in it.")
            if not path.is_file():
                raise InputError(
                    f"{path} is no ordinary file but a pipe or a device: save what comes from it "
                    "to a file first; cameras are opened by number, `mimika webcam 0`."
                )
            check_readable(path)
            # Absolute, it has nothing that FFmpeg takes for a protocol, as a file "data:a.mp4" has.
            name, self._original = str(path), str(path.absolute())
        super().__init__(SourceInfo(name, "video"))
        self._film: Film | None = None
        self._waiting: Iterator[tuple[Any, float, float]] | None = None
        try:
            first = self._open()
            find = turn_to_upright if rotate == "auto" else rotate
            self._turn: Turn = self._upright(first, find) if callable(find) else find
            height, width = self._converted(first[0]).shape[:2]
            self.info = self._describe(width, height)
        except BaseException:
            self._free()
            raise

    def key_frames(self, times_s: Sequence[float]) -> list[float]:
        """Find where reading can begin: the last key frame at or before each of some times.

        The film stands at its beginning again.

        Args:
            times_s: times of the film in seconds.

        Returns:
            Times of the key frames; none where the film cannot be sought to the frame.
        """
        film = self._opened
        if not times_s or not film.seekable:
            return []
        found: list[float] = []
        self._waiting = None
        for time_s in times_s:
            first = next(iter(film), None) if film.seek(time_s) else None
            if first is None or first[1] > time_s + SAME_S:
                found = []
                break
            found.append(first[1])
        self._open()
        return found

    def _open(self) -> tuple[Any, float, float]:
        """Open the film at its beginning and return its first frame, which is not used up."""
        decoded = iter(self._open_film())
        first = next(decoded, None)
        if first is None:
            raise InputError(
                f"{self.info.name} has no frame that can be decoded: it is empty or damaged."
            )
        self._waiting = chain([first], decoded)
        return first

    def _open_film(self) -> Film:
        """Open the film at its beginning, with nothing decoded."""
        self._free()
        container = self._opener() if self._opener else None
        film = self._film = Film(self._original, self.info.name, self._wanted, container)
        if film.note:
            self._note("streams", film.note)
        self._convert = FrameConverter(film.stream, self._longest)
        return film

    def _converted(self, picture: Any) -> NDArray[np.uint8]:
        return turned(self._convert(picture), self._turn)

    @property
    def whole_size(self) -> tuple[int, int]:
        """Width and height of the last frame before it was reduced to `longest`, upright."""
        width, height = self._convert.whole_size
        return (height, width) if self._turn in (90, 270) else (width, height)

    def _describe(self, width: int, height: int) -> SourceInfo:
        film = self._opened
        whole_s = film.declared_s
        duration_s, frames = whole_s, film.stream.frames or None
        if film.stream.average_rate and film.rate_hz != float(film.stream.average_rate):
            # Frames are counted at a rate that is none.
            frames = None
        if whole_s is not None and not self._range.whole:
            duration_s = max(0.0, min(whole_s, self._range.end_s) - self._range.start_s)
            frames = None
        if frames is None and duration_s and film.rate_hz:
            frames = round(duration_s * film.rate_hz)
        return SourceInfo(
            self.info.name,
            "video",
            width=width,
            height=height,
            rate_hz=film.rate_hz,
            frames=frames,
            duration_s=duration_s,
            original=self._original,
            stream=film.stream.index,
            begins_s=film.clock.begins_s,
            turn=self._turn,
        )

    @property
    def _opened(self) -> Film:
        if self._film is None:
            raise InputError(f"{self.info.name} is closed: open it again.")
        return self._film

    def _frames(self) -> Iterator[Frame]:
        if self.closed:
            return
        if self._waiting is None:
            self._open()
        yield from self._seen(self._from_start())

    def sampled(self, sampling: Sampling) -> Iterator[Frame]:
        """See `mimika.sources.frame.SampledSource`."""
        if not self.closed:
            # They go to sinks that look at no picture.
            yield from self._seen(self._sampled_from_start(sampling), keep_decoded=False)

    def _seen(
        self, pictures: Iterable[tuple[Any, float, float]], *, keep_decoded: bool = True
    ) -> Iterator[Frame]:
        """Turn the film's pictures into the frames of the range; None is one that was skipped."""
        black = np.broadcast_to(np.uint8(0), (self.info.height, self.info.width, 3))
        self.dropped, index = 0, 0
        for picture, time_s, duration_s in pictures:
            if self._range.after(time_s):
                break
            if self._range.before(time_s):
                continue
            if picture is None:
                yield Frame(black, time_s, index, duration_s=duration_s, skipped=True)
            else:
                same = self._turn == 0 and self._convert.is_as_displayed(picture)
                decoded = picture if same and keep_decoded else None
                if self.before_picture is not None:
                    self.before_picture(black.size)
                image = self._converted(picture)
                # Nothing here holds it longer than the frame does: in 4K it takes 12 MB.
                picture = None  # noqa: PLW2901
                yield Frame(image, time_s, index, duration_s=duration_s, decoded=decoded)
                del image, decoded
            index += 1
            if self.closed:
                return
            self.dropped = self._opened.broken
        else:
            self._say_what_lacks(index)
        self._say_what_was_mended()
        if index == 0:
            raise InputError(
                f"{self.info.name} has no frame from {self._range.start_s:g} s on: it ends at "
                f"{self._opened.clock.end_s:.2f} s."
            )

    def _from_start(self) -> Iterator[tuple[Any, float, float]]:
        """The frames from the start of the range on, or from one before it."""
        start_s = self._range.start_s
        if start_s > 0 and self._opened.seek(start_s):
            sought = iter(self._opened)
            first = next(sought, None)
            if first is not None and first[1] <= start_s + SAME_S:
                self._waiting = None
                return chain([first], sought)
        if start_s > 0:
            # It cannot be sought, or landed too late.
            if passed := self._passed_to(start_s):
                return iter(passed)
            self._open()
        waiting, self._waiting = self._waiting, None
        return waiting or iter(())

    def _passed_to(self, start_s: float) -> Film | None:
        """Open the film and pass over what lies before a time; None where that cannot be done."""
        self._waiting = None
        film = self._open_film()
        return film if film.pass_to(start_s, self.info.begins_s) else None

    def _sampled_from_start(self, sampling: Sampling) -> Iterator[tuple[Any, float, float]]:
        """As `_from_start`, with pictures only where they are looked at."""

        def wanted(time_s: float) -> bool:
            inside = not (self._range.before(time_s) or self._range.after(time_s))
            return inside and sampling.takes(time_s)

        start_s, begins_s = self._range.start_s, self.info.begins_s
        if self._waiting is None:
            self._open()
        self._waiting = None
        if start_s > 0 and self._opened.seek(start_s):
            sought = sampled(self._opened, wanted, None)
            first = next(sought, None)
            if first is not None and first[1] <= start_s + SAME_S:
                return chain([first], sought)
            sampling.reset()
        if start_s > 0 and (passed := self._passed_to(start_s)):
            return sampled(passed, wanted, -math.inf)
        return sampled(self._open_film(), wanted, begins_s)

    def _upright(self, first: tuple[Any, float, float], find: FindTurn) -> Turn:
        """Find by how much the film is to be turned; it stands at its beginning again."""
        self._turn = 0
        turn = find(self._samples(first))
        if self._waiting is None:
            self._open()
        if turn:
            self._note(
                "turned",
                f"{self.info.name}: the faces do not stand upright, so the film is turned by "
                f"{turn} degrees clockwise; --rotate 0 leaves it as it is.",
            )
        return turn

    def _samples(self, first: tuple[Any, float, float]) -> Iterator[NDArray[np.uint8]]:
        film = self._opened
        start_s, ends_s = self._range.start_s, min(film.declared_s or 0.0, self._range.end_s)
        if start_s == 0:
            yield self._converted(first[0])
        self._waiting = None
        step_s = max(0.0, ends_s - start_s) / SAMPLES
        for i in range(SAMPLES):
            if step_s and not film.seek(start_s + (i + 0.5) * step_s):
                step_s = 0.0
            apart = 1 if step_s else SAMPLES_APART
            found = next((each for i, each in enumerate(film, 1) if i == apart), None)
            if found is None:
                return
            yield self._converted(found[0])

    def _say_what_lacks(self, frames: int) -> None:
        """Compare what was read to the end with what the container declares."""
        read = frames if self._range.start_s == 0 else None
        film, path, name = self._opened, self._path, self.info.name
        place = unread_film_at(path, film.read_to) if path is not None else None
        if place is not None:
            self.incomplete = (
                f"{name} holds another film, from byte {place} on, which is not read whole: films "
                "of its kind cannot be put end to end; name each as a file of its own."
            )
        elif lacks := what_lacks(film, path, read):
            self.incomplete = f"{name} breaks off: {lacks}; copy or download it again for the rest."
        if self.incomplete:
            self._note("incomplete", self.incomplete)

    def _say_what_was_mended(self) -> None:
        film = self._opened
        self.dropped = film.broken
        if self.dropped:
            count = f"{self.dropped} broken frame{'s were' if self.dropped > 1 else ' was'}"
            self._note("broken", f"{self.info.name}: {count} left out.")
        if film.clock.jumps:
            times = f"{film.clock.jumps} time{'s' if film.clock.jumps > 1 else ''}"
            self._note(
                "jumps",
                f"{self.info.name}: the timestamps begin anew {times}, as where films were put "
                "end to end; times go on from there.",
            )

    def _free(self) -> None:
        film, self._film, self._waiting = self._film, None, None
        if film is not None:
            film.close()
