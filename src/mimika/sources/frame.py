"""What every source yields."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from mimika.base.errors import InputError
from mimika.base.names import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from numpy.typing import NDArray
    from typing_extensions import Self

    from mimika.sources.rotation import Turn
    from mimika.sources.sampling import Sampling


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture at a time.

    Attributes:
        image: (H, W, 3) uint8, BGR, 0-255, C-contiguous, upright (rotation metadata applied).
        time_s: seconds since the film's first frame, by the file's timestamps (also where only a
            range of the film is read), or since the camera was opened, by its clock; it never
            goes back within a source. 0.0 for still images.
        index: number of the frame in its source, from 0; dropped frames leave gaps.
        name: what the picture is called where it is one of several (a file's path), else "".
        duration_s: how long the frame is shown, in seconds; 0.0 where that is not known.
        skipped: nobody wanted to look at it, so it was not decoded, and its image is black
            (`SampledSource.sampled`).
        decoded: PyAV's frame with the same picture, pixel by pixel, where there is one: an encoder
            can take it without a conversion.
    """

    image: NDArray[np.uint8]
    time_s: float = 0.0
    index: int = 0
    name: str = ""
    duration_s: float = 0.0
    skipped: bool = False
    decoded: Any = field(default=None, repr=False)

    def __repr__(self) -> str:
        """On one line: the number or name, the time and the size."""
        height, width = self.image.shape[:2]
        what = shortened(self.name) if self.name else f"{self.index} at {self.time_s:.2f} s"
        return f"<Frame {what}: {width}x{height}{', skipped' if self.skipped else ''}>"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source knows of itself before its first frame.

    Attributes:
        name: a file's path, a URL without its password, or "camera 0".
        kind: "images", "video", "stream" or "camera".
        live: frames come at their own pace and cannot be asked for again.
        width: width of the frames in pixels, 0 where pictures differ or it is not known yet.
        height: likewise.
        rate_hz: nominal frames a second, 0.0 where there is none.
        frames: number of frames where known without decoding, else None.
        duration_s: length in seconds where known, else None.
        original: what FFmpeg opens to read the film's sound again, a path or URL (with its
            password, so it is not shown); None where there is none to be had.
        stream: number of the video stream in `original`.
        begins_s: timestamp in `original`, in seconds, of the frame whose `time_s` is 0.
        turn: degrees by which the frames are turned clockwise, beyond what the file says: 0, 90,
            180 or 270.
    """

    name: str
    kind: str
    live: bool = False
    width: int = 0
    height: int = 0
    rate_hz: float = 0.0
    frames: int | None = None
    duration_s: float | None = None
    original: str | None = field(default=None, repr=False)
    stream: int = 0
    begins_s: float = 0.0
    turn: Turn = 0


@runtime_checkable
class Source(Protocol):
    """An iterable context manager over frames.

    `for frame in source` ends at the end of the source; leaving the `with` block frees the file or
    camera and joins its threads, also when the body raises. Opening happens in the constructor or
    in `mimika.open_source`, so that a source that cannot be used is known at once. Iterating a
    closed source yields nothing.
    """

    @property
    def info(self) -> SourceInfo:
        """What is known beforehand."""

    @property
    def warnings(self) -> list[str]:
        """Sentences for the user, gathered so far: what was dropped, skipped, repaired."""

    @property
    def incomplete(self) -> str:
        """What could not be read though the source declares it, a sentence; "" where all was."""

    @property
    def dropped(self) -> int:
        """Frames that a live source left out to stay current, or a file's broken ones."""

    def __iter__(self) -> Iterator[Frame]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def close(self) -> None:
        """Free what the source holds; more than once does no harm."""


@runtime_checkable
class SampledSource(Source, Protocol):
    """A source that need not decode what is not looked at.

    Attributes:
        before_picture: called, where there is one, before a frame's picture is made of what was
            decoded, with its size in bytes; it may wait until there is room for it.
    """

    before_picture: Callable[[int], None] | None

    def sampled(self, sampling: Sampling) -> Iterator[Frame]:
        """Yield the frames as iterating does; those that are not looked at may be `skipped`.

        Args:
            sampling: tells which frames are looked at; it stands at its beginning.
        """


def checked_image(image: object) -> NDArray[np.uint8]:
    """Return an array that is a frame's picture.

    Raises:
        InputError: it is not (H, W, 3) uint8.
    """
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or image.size == 0
    ):
        found = (
            f"{image.dtype} {image.shape}"
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise InputError(
            f"A picture is an array (height, width, 3) of uint8 in BGR order, and this is {found}: "
            "convert it first, or use mimika.analyze for files, bytes and PIL images."
        )
    return image


def checked_times(frame: Frame) -> Frame:
    """Return a frame whose time and number are Python's own, also where they were NumPy's.

    Raises:
        InputError: its time is not a finite number, or its number not a whole one.
    """
    try:
        time_s, index = float(frame.time_s), operator.index(frame.index)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"A frame's time is in seconds and its index a whole number; {frame.time_s!r} and "
            f"{frame.index!r} are not."
        ) from error
    if not math.isfinite(time_s):
        raise InputError(
            f"A frame's time is a finite number of seconds, and {time_s} is not: give the time "
            "since the stream began."
        )
    if type(frame.time_s) is float and type(frame.index) is int:
        return frame
    return replace(frame, time_s=time_s, index=index)
