"""Small pictures of faces at the moments, only where they are asked for."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.timeline.moments import LEAST_STRENGTH
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.audience.collect import Collected
    from mimika.audience.moments import FilmMoment
    from mimika.audience.study import Study
    from mimika.timeline.measure import Measured
    from mimika.timeline.moments import Moment
    from mimika.timeline.people import Person

SIDE = 160
AROUND = 1.5
QUALITY = 80
MOST_FACES = 4


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A viewer's face: the viewer's number, and the picture as a data address."""

    viewer: int
    picture: str


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
            reaction = next(r for r in measured.reactions if r.person.number == moment.person)
            found.append(
                None if frame is None else _cut(frame.image, reaction.person, moment.peak_s)
            )
    return found


def audience_thumbnails(
    study: Study, collected: Collected, is_film: Callable[[Path], bool]
) -> list[list[Thumbnail]]:
    """Cut out, for each moment of the film, the faces of those viewers whom it moved the most.

    Args:
        study: the audience, measured.
        collected: its viewers and their recordings.
        is_film: whether a recording is a film; a table has no pictures.

    Returns:
        For each moment up to `MOST_FACES`, the strongest first; none where there is no film, or the
        moment may be chance.

    Raises:
        InputError: a recording cannot be read.
    """
    return [
        [
            Thumbnail(collected.viewers[row].number, picture)
            for row, time_s in _most_moved(study, moment)
            if (picture := _of_viewer(collected, row, time_s, is_film)) is not None
        ]
        for moment in study.moments
    ]


def _most_moved(study: Study, moment: FilmMoment) -> list[tuple[int, float]]:
    """Viewers whom a moment moved, the strongest first, and the film's time at which it did."""
    if moment.by_chance:
        return []
    stack, lag_s = study.stack, study.lag.seconds
    first = max(0, round((moment.onset_s + lag_s) * RATE_HZ))
    shown = stack.departures[:, first : round((moment.end_s + lag_s) * RATE_HZ) + 1]
    own = np.nan_to_num(shown[:, :, stack.emotions.index(moment.emotion)])
    order = np.argsort(-own.max(axis=1), kind="stable")[:MOST_FACES]
    return [
        (int(row), float(stack.times_s[first + own[row].argmax()]))
        for row in order
        if own[row].max() >= LEAST_STRENGTH
    ]


def _of_viewer(
    collected: Collected, row: int, time_s: float, is_film: Callable[[Path], bool]
) -> str | None:
    """A viewer's face at an instant of the film."""
    from mimika.sources.open import open_source

    viewer, recording = collected.viewers[row], collected.recordings[row]
    film = recording.file if recording.film is None else recording.film
    if not is_film(film):
        return None
    own_s = (time_s - viewer.alignment.offset_s) / (1 + viewer.alignment.drift)
    with open_source(film, rotate="auto", start_s=max(0.0, own_s - 0.02)) as video:
        frame = next(iter(video), None)
    return None if frame is None else _cut(frame.image, viewer.reaction.person, own_s)


def _cut(image: NDArray[np.uint8], person: Person, time_s: float) -> str | None:
    place = round(time_s * RATE_HZ) - person.begin
    if not 0 <= place < len(person.place) or not np.isfinite(person.place[place]).all():
        return None
    x, y, side = person.place[place] * image.shape[1]
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
