"""Key frames of the film, small, as data addresses."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FRAMES = 24
HEIGHT = 72
QUALITY = 70


@dataclass(frozen=True, slots=True)
class StripFrame:
    """One key frame: its time in seconds, its picture as a data address, and that one's width in
    pixels; it is `HEIGHT` high.
    """

    time_s: float
    picture: str
    width: int


def film_strip(film: Path, duration_s: float) -> list[StripFrame]:
    """Take key frames at even distances; fewer where the film has fewer.

    Raises:
        InputError: the film cannot be read.
    """
    import av

    from mimika.base.errors import InputError
    from mimika.sources.converting import FrameConverter
    from mimika.sources.film import open_container
    from mimika.sources.streams import film_of

    found: dict[float, StripFrame] = {}
    try:
        with open_container(str(film), film.name) as container:
            stream = film_of(container, film.name)
            stream.codec_context.skip_frame = "NONKEY"
            convert = FrameConverter(stream)
            begin_s = float((stream.start_time or 0) * (stream.time_base or 0))
            for number in range(FRAMES):
                wanted_s = begin_s + duration_s * (number + 0.5) / FRAMES
                container.seek(int(wanted_s * 1e6))
                picture = next(iter(container.decode(stream)), None)
                if picture is not None:
                    time_s = max(0.0, float(picture.time or 0.0) - begin_s)
                    found.setdefault(
                        time_s, StripFrame(round(time_s, 2), *_small(convert(picture)))
                    )
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{film} cannot be read: check that it plays elsewhere.") from error
    return [found[time_s] for time_s in sorted(found)]


def _small(image: NDArray[np.uint8]) -> tuple[str, int]:
    """A picture as a data address, and its width."""
    width = max(1, round(image.shape[1] * HEIGHT / image.shape[0]))
    small = cv2.resize(image, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii"), width
