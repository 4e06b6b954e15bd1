"""The sound of a film or a recording: one channel at 8 kHz, filtered to where speech and music
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError
from mimika.sources.streams import film_of, sounds_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 8000


def read_sound(path: Path) -> NDArray[np.float32] | None:
    """Decode a file's first sound track.

    Args:
        path: a film or recording of any kind that FFmpeg reads.

    Returns:
        (N,) float32 in [-1, 1] at `RATE_HZ`, from the time 0 of the file's pictures; None where it
        has no sound.

    Raises:
        InputError: the file cannot be read.
    """
    import av

    from mimika.sources.animation import is_animation
    from mimika.sources.film import open_container

    if is_animation(path):
        return None
    try:
        with open_container(str(path), path.name) as container:
            film = _pictures(container, path.name)
            sounds = sounds_of(container, film)
            return _decoded(container, film, sounds[0]) if sounds else None
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: check that it plays elsewhere.") from error


def has_sound(path: Path) -> bool:
    """Whether a film or recording has a sound track.

    Raises:
        InputError: the file cannot be read.
    """
    from mimika.sources.animation import is_animation
    from mimika.sources.film import open_container

    if is_animation(path):
        return False
    with open_container(str(path), path.name) as container:
        return bool(sounds_of(container, _pictures(container, path.name)))


def loudness(sound: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """Level in decibels of full scale, `rate_hz` values a second, at least -80."""
    step = RATE_HZ // rate_hz
    count = len(sound) // step
    parts = sound[: count * step].reshape(count, step)
    # Summed in place: squares of an hour would take another hour's memory.
    power = np.einsum("ij,ij->i", parts, parts).astype(np.float64) / step
    level: NDArray[np.float64] = 10 * np.log10(np.maximum(power, 1e-8))
    return level


def _pictures(container: Any, name: str) -> Any | None:
    """The video stream; None where there is only sound, or a cover beside it."""
    try:
        return film_of(container, name)
    except InputError:
        return None


def _decoded(container: Any, film: Any | None, stream: Any) -> NDArray[np.float32]:
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="fltp", layout="mono", rate=RATE_HZ)
    parts: list[NDArray[np.float32]] = []
    begin_s: float | None = None
    for frame in container.decode(stream):
        if begin_s is None:
            begin_s = float(frame.time or 0.0)
        parts += [each.to_ndarray()[0] for each in resampler.resample(frame)]
    parts += [each.to_ndarray()[0] for each in resampler.resample(None)]
    sound = np.concatenate(parts) if parts else np.empty(0, np.float32)
    # Sound that begins later than the pictures is late by that much; what begins earlier is cut.
    late = round(((begin_s or 0.0) - _begins_s(film)) * RATE_HZ)
    return np.concatenate([np.zeros(late, np.float32), sound]) if late > 0 else sound[-late:]


def _begins_s(film: Any | None) -> float:
    return 0.0 if film is None else float((film.start_time or 0) * film.time_base)
