"""A rough cut as a film: the pieces one after another, faded into each other."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.audience.dissolve import dissolved
from mimika.base.errors import InputError
from mimika.base.files import replacing
from mimika.sources.film import open_container
from mimika.sources.streams import film_of, sounds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.audience.cuts import Clip
    from mimika.audience.edit import FilmFrames

SOUND_HZ = 48_000
FADE_S = 0.24
"""How long pictures dissolve into each other around a cut."""

SOUND_FADE_S = 0.08
"""Sound fades faster: it comes from beyond the piece, where somebody else may speak."""

QUALITY = "20"
BLOCK = 1024
PIXELS = "yuv420p"
STUDIO = 1  # FFmpeg's AVCOL_RANGE_MPEG: black is 16, white 235, as all players take it.


def write_trailer(
    path: Path,
    film: FilmFrames,
    clips: Sequence[Clip],
    on_progress: Callable[[str, int, int], None] | None = None,
    *,
    fade_s: float = FADE_S,
) -> None:
    """Write the pieces as one film, H.264 and AAC, frame by frame as they are in the film.

    Around a cut pictures dissolve into each other (`mimika.audience.dissolve`) and sound fades; the
    film is as long as its pieces are.

    Args:
        path: the file.
        film: how the film's frames are counted.
        clips: the pieces, in the order of the trailer, their ends on whole frames.
        on_progress: told what is done, how much of it and of how much.
        fade_s: how long a dissolve is; 0 cuts hard.

    Raises:
        InputError: the film cannot be read.
        OutputError: the file cannot be written.
    """
    import av

    def pieces() -> Iterator[Iterator[NDArray[np.uint8]]]:
        for number, clip in enumerate(clips, 1):
            yield _pictures(film, clip, size)
            if on_progress is not None:
                on_progress(path.name, number, len(clips))

    half = min(
        round(fade_s / 2 * film.rate), *(round(c.duration_s * film.rate) // 2 for c in clips)
    )
    try:
        with replacing(path) as part, av.open(str(part), "w") as target:
            stream, sound = _streams(target, film)
            size = (stream.width, stream.height)
            for number, pixels in enumerate(dissolved(pieces(), half)):
                picture = av.VideoFrame.from_ndarray(pixels, format=PIXELS)
                picture.pts, picture.time_base = number, 1 / film.rate
                target.mux(stream.encode(picture))
            target.mux(stream.encode(None))
            if sound is not None:
                _encode_sound(target, sound, mixed(film, clips))
    except av.FFmpegError as error:
        raise InputError(f"{film.path} cannot be cut ({error}): check that it plays.") from error


def mixed(film: FilmFrames, clips: Sequence[Clip]) -> NDArray[np.float32]:
    """The pieces' sound, (2, N) float32 at `SOUND_HZ`, each faded into the next."""
    half = int(SOUND_FADE_S * SOUND_HZ / 2)
    total = sum(_samples(clip) for clip in clips)
    whole = np.zeros((2, total + 2 * half), np.float32)
    at = 0
    for clip in clips:
        count = _samples(clip) + 2 * half
        piece = _sound(film.path, clip.begin_s - half / SOUND_HZ, count)
        # Of equal power: what is heard before and after a cut has nothing in common.
        ramp = np.sin(np.linspace(0, np.pi / 2, 2 * half, dtype=np.float32))
        piece[:, : 2 * half] *= ramp
        piece[:, -2 * half :] *= ramp[::-1]
        whole[:, at : at + count] += piece
        at += _samples(clip)
    return whole[:, half : half + total]


def _samples(clip: Clip) -> int:
    return round(clip.duration_s * SOUND_HZ)


def _streams(target: Any, film: FilmFrames) -> tuple[Any, Any]:
    stream = target.add_stream("libx264", rate=film.rate)
    with open_container(str(film.path), film.path.name) as source:
        like, made = film_of(source, film.path.name).codec_context, stream.codec_context
        stream.width, stream.height = like.width - like.width % 2, like.height - like.height % 2
        # The same colors and the same shape of the pixels.
        made.colorspace, made.color_primaries = like.colorspace, like.color_primaries
        made.color_trc, made.color_range = like.color_trc, STUDIO
        if like.sample_aspect_ratio:
            made.sample_aspect_ratio = like.sample_aspect_ratio
    stream.pix_fmt = PIXELS
    stream.options = {"crf": QUALITY, "preset": "fast"}
    stream.codec_context.time_base = 1 / film.rate
    sound = target.add_stream("aac", rate=SOUND_HZ, layout="stereo") if film.sound else None
    return stream, sound


def _pictures(film: FilmFrames, clip: Clip, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """The piece's pictures as `PIXELS`, (1.5 H, W) uint8, of a width and height."""
    for picture in _frames(film, clip):
        exact = picture.reformat(*size, format=PIXELS, dst_color_range=STUDIO)
        yield exact.to_ndarray()


def _frames(film: FilmFrames, clip: Clip) -> Iterator[Any]:
    """The frames whose times lie in the piece; the nearest one where the film lacks one."""
    begin, end = (round(t * film.rate) for t in (clip.begin_s, clip.end_s))
    with open_container(str(film.path), film.path.name) as container:
        stream = film_of(container, film.path.name)
        stream.thread_type = "AUTO"
        first_s = float((stream.start_time or 0) * (stream.time_base or Fraction(1)))
        container.seek(int((first_s + clip.begin_s) * 1e6) - 1, backward=True)
        wanted, last = begin, None
        for picture in container.decode(stream):
            number = round((float(picture.time or 0.0) - first_s) * film.rate)
            if number >= begin and last is None:
                last = picture
            while last is not None and wanted < min(number, end):
                yield last
                wanted += 1
            if number >= begin:
                last = picture
            if number >= end:
                return
        while last is not None and wanted < end:
            yield last
            wanted += 1


def _sound(path: Path, begin_s: float, count: int) -> NDArray[np.float32]:
    """(2, count) samples from an instant of the film; silence where it has none."""
    from av.audio.resampler import AudioResampler

    found = np.zeros((2, count), np.float32)
    with open_container(str(path), path.name) as container:
        video = film_of(container, path.name)
        stream = sounds_of(container, video)[0]
        first_s = float((video.start_time or 0) * (video.time_base or Fraction(1)))
        container.seek(int(max(0.0, first_s + begin_s - 0.5) * 1e6), backward=True)
        resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_HZ)
        at: int | None = None
        for frame in container.decode(stream):
            if at is None:
                at = round((float(frame.time or 0.0) - first_s - begin_s) * SOUND_HZ)
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray()
                begin, end = max(0, at), min(count, at + samples.shape[1])
                if end > begin:
                    found[:, begin:end] = samples[:, begin - at : end - at]
                at += samples.shape[1]
            if at >= count:
                break
    return found


def _encode_sound(target: Any, stream: Any, samples: NDArray[np.float32]) -> None:
    import av

    for at in range(0, samples.shape[1], BLOCK):
        block = np.ascontiguousarray(samples[:, at : at + BLOCK].clip(-1, 1))
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = SOUND_HZ, at
        frame.time_base = Fraction(1, SOUND_HZ)
        target.mux(stream.encode(frame))
    target.mux(stream.encode(None))
