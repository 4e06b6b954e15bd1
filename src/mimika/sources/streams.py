"""Which of a file's streams is the film, and which are its sound."""

from __future__ import annotations

from typing import Any

from mimika.base.errors import InputError, UsageError

STILL_CODECS = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff", "jpeg2000", "jpegls"})


def choose_video(container: Any, wanted: int | None, name: str) -> tuple[Any, str]:
    """Choose the video stream: no cover picture; the default one, else the largest.

    Args:
        container: PyAV's input container.
        wanted: number of the stream in the file, as ffprobe counts; None chooses.
        name: what to call the file in messages.

    Returns:
        PyAV's stream, and a sentence for the user where there were several, else "".

    Raises:
        InputError: there is no film in it.
        UsageError: the wanted stream is not a video stream.
    """
    # A stream of a codec that FFmpeg does not know has no decoder.
    known = [stream for stream in container.streams.video if stream.codec_context is not None]
    moving = [stream for stream in known if not _is_cover(stream)]
    if wanted is not None:
        for stream in known:
            if stream.index == wanted:
                return stream, ""
        there = _listed(known) or "none at all"
        raise UsageError(f"{name} has no video stream {wanted}: --stream takes one of {there}.")
    if not moving:
        only = "only a cover picture" if known else "only sound, or a codec that is not known?"
        raise InputError(f"{name} has no video track ({only}): give a film with pictures.")
    # Covers that are not marked as such are still pictures beside a film.
    films = [s for s in moving if s.codec_context.name not in STILL_CODECS] or moving
    best = max(films, key=lambda s: (_is_default(s), _pixels(s), -s.index))
    if len(films) == 1:
        return best, ""
    return best, (
        f"{name} has {len(films)} video streams: number {best.index} is read; "
        f"--stream chooses another of {_listed(films)}."
    )


def film_of(container: Any, name: str) -> Any:
    """The video stream that `choose_video` chooses by itself.

    Raises:
        InputError: there is no film in it.
    """
    return choose_video(container, None, name)[0]


def sounds_of(container: Any, film: Any | None) -> list[Any]:
    """The sound tracks of a film, in the file's order.

    A transport stream may hold several programs, as broadcasters send them; the sound of another
    program belongs to another film.

    Args:
        container: PyAV's input container.
        film: the video stream, None where the file has only sound.
    """
    streams = container.streams
    if film is None:
        return list(streams.audio)

    def program(stream: Any) -> tuple[int, ...]:
        # FFmpeg's best streams beside one are those of its program.
        best = (streams.best(kind, related=stream) for kind in ("video", "audio"))
        return tuple(-1 if each is None else each.index for each in best)

    return [sound for sound in streams.audio if program(sound) == program(film)]


def _pixels(stream: Any) -> int:
    return int(stream.codec_context.width * stream.codec_context.height)


def _listed(streams: Any) -> str:
    return ", ".join(
        f"{s.index} ({s.codec_context.name} {s.codec_context.width}x{s.codec_context.height})"
        for s in streams
    )


def _is_default(stream: Any) -> bool:
    return bool(stream.disposition & type(stream.disposition).default)


def _is_cover(stream: Any) -> bool:
    kinds = type(stream.disposition)
    return bool(stream.disposition & (kinds.attached_pic | kinds.still_image))
