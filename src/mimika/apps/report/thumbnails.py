"""Small pictures of faces at the moments, only where they are asked for."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from mimika.timeline.measure import Measured
    from mimika.timeline.moments import Moment

SIDE = 160
AROUND = 1.5
QUALITY = 80


def thumbnails(film: str, measured: Measured, moments: Iterable[Moment]) -> list[str | None]:
    """Cut the faces at the moments' peaks out of the film.

    Args:
        film: the recording.
        measured: what was measured of it.
        moments: the moments, ascending by their peaks.

    Returns:
        JPEG pictures as data addresses, None where the face cannot be cut out.

    Raises:
        InputError: the film cannot be read.
    """
    from mimika.sources.open import open_source

    found: list[str | None] = []
    # The same way up as when its faces were seen.
    with open_source(film, rotate="auto") as video:
        frames = iter(video)
        frame = next(frames, None)
        for moment in moments:
            while frame is not None and frame.time_s < moment.peak_s - 0.02:
                frame = next(frames, None)
            found.append(None if frame is None else _cut(frame.image, measured, moment))
    return found


def _cut(image: NDArray[np.uint8], measured: Measured, moment: Moment) -> str | None:
    reaction = next(r for r in measured.reactions if r.person.number == moment.person)
    person = reaction.person
    x, y, side = person.place[round(moment.peak_s * 10) - person.begin] * image.shape[1]
    half = side * AROUND / 2
    left, top = max(0, int(x - half)), max(0, int(y - half))
    crop = image[top : int(y + half), left : int(x + half)]
    if not crop.size:
        return None
    scale = SIDE / max(crop.shape[:2])
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    written, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not written:
        return None
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii")
