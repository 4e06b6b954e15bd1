"""The cut list for editors: OpenTimelineIO, CMX 3600 EDL, CSV."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mimika.audience.files import write_rows
from mimika.base.errors import InputError, MissingExtra
from mimika.base.files import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mimika.audience.cuts import Clip

CUT_FILES = ("cut.otio", "cut.edl", "cuts.csv")
CLIP_COLUMNS = ("begin_s", "end_s", "duration_s", "emotion", "effect", "source_in", "source_out")
DROP_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
REEL = re.compile(r"[^A-Za-z0-9]+")
CHANNEL = re.compile(r"^(\d+ +\S+ +)V     C", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FilmFrames:
    """How a film's frames are counted.

    Attributes:
        path: the film.
        rate: frames a second, exactly, as timecodes count them; of a film of another rate, or of a
            varying one, the nearest that fits.
        start: number of its first frame on its own timecode.
        duration: frames in all.
        sound: it has sound.
    """

    path: Path
    rate: Fraction
    start: int
    duration: int
    sound: bool

    @property
    def drop_frame(self) -> bool:
        """Timecodes leave out numbers, so that they keep to the clock (29.97 and 59.94)."""
        return self.rate in DROP_RATES

    @classmethod
    def of(cls, path: Path) -> FilmFrames:
        """Read a film's header.

        Raises:
            InputError: it is no film that can be read.
        """
        import av

        from mimika.sources.film import open_container
        from mimika.sources.streams import film_of, sounds_of

        try:
            with open_container(str(path), path.name) as container:
                stream = film_of(container, path.name)
                rate = _standard(Fraction(stream.average_rate or stream.guessed_rate or 25))
                length = container.duration / 1e6 if container.duration else 0.0
                code = stream.metadata.get("timecode") or container.metadata.get("timecode")
                sound = bool(sounds_of(container, stream))
        except (av.FFmpegError, OSError) as error:
            raise InputError(f"{path} cannot be read: check that it plays elsewhere.") from error
        return cls(path, rate, _frames(code, rate), round(length * float(rate)), sound)


STANDARD = tuple(
    Fraction(n, d)
    for n, d in (
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    )
)
"""Rates that timecodes know."""

NEAR = 0.02


def _standard(rate: Fraction) -> Fraction:
    """The rate of `STANDARD` that is near to a film's, else the one that repeats or leaves out
    frames evenly: 30 for 15, 25 for 5, 60 for 120.
    """
    nearest = min(STANDARD, key=lambda each: abs(each - rate))
    if abs(nearest / rate - 1) <= NEAR:
        return nearest

    def unevenness(each: Fraction) -> tuple[float, float]:
        ratio = float(max(each / rate, rate / each))
        return round(abs(ratio / round(ratio) - 1), 3), float(abs(each - rate))

    return min(STANDARD, key=unevenness)


def timeline_of(film: FilmFrames, clips: Sequence[Clip], name: str) -> Any:
    """The cut list as a timeline of OpenTimelineIO, one track of pictures and one of sound.

    Raises:
        MissingExtra: OpenTimelineIO is not installed.
    """
    try:
        import opentimelineio as otio
    except ImportError as error:
        raise MissingExtra("A cut list", "audience") from error
    schema, time = otio.schema, otio.opentime
    rate = float(film.rate)

    def span(begin: int, count: int) -> Any:
        return time.TimeRange(time.RationalTime(begin, rate), time.RationalTime(count, rate))

    whole = span(film.start, film.duration)
    hour = time.from_timecode("01:00:00;00" if film.drop_frame else "01:00:00:00", rate)
    timeline = schema.Timeline(name, global_start_time=hour)
    kinds = [schema.TrackKind.Video, *([schema.TrackKind.Audio] if film.sound else [])]
    for kind in kinds:
        track = schema.Track(kind, kind=kind)
        for clip in clips:
            begin, end = (round(t * film.rate) for t in (clip.begin_s, clip.end_s))
            reference = schema.ExternalReference(film.path.resolve().as_uri(), whole)
            reference.name = film.path.name
            track.append(
                schema.Clip(
                    film.path.name,  # By it editors find the film again.
                    reference,
                    span(film.start + begin, end - begin),
                    metadata={
                        "cmx_3600": {
                            "reel": reel(film.path.stem),
                            "comments": [f"{clip.emotion} {clip.effect:.1f}"],
                        },
                        "mimika": {"emotion": clip.emotion, "effect": round(clip.effect, 2)},
                    },
                )
            )
        timeline.tracks.append(track)
    return timeline


def write_edit(folder: Path, film: FilmFrames, clips: Sequence[Clip], name: str) -> list[Path]:
    """Write cut.otio, cut.edl and cuts.csv.

    Raises:
        MissingExtra: OpenTimelineIO or its EDL adapter is not installed.
        OutputError: a file cannot be written.
    """
    timeline = timeline_of(film, clips, name)
    import opentimelineio as otio

    if "cmx_3600" not in otio.adapters.available_adapter_names():
        raise MissingExtra("An EDL", "audience")
    paths = cut_files_in(folder)
    texts = {
        paths[0]: otio.adapters.write_to_string(timeline, "otio_json"),
        paths[1]: _edl(otio, timeline, film),
    }
    for path, text in texts.items():
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
    write_rows(paths[2], CLIP_COLUMNS, [_row(otio, film, clip) for clip in clips])
    return paths


def cut_files_in(folder: Path) -> list[Path]:
    """The files that a cut list has."""
    return [folder / name for name in CUT_FILES]


def reel(name: str) -> str:
    """A reel's name as CMX 3600 knows it: eight letters, digits or underscores."""
    return REEL.sub("_", name).strip("_")[:8].upper() or "FILM"


def _edl(otio: Any, timeline: Any, film: FilmFrames) -> str:
    """CMX 3600: its record timecode begins at one hour, as editors' timelines do."""
    rate = float(film.rate)
    pictures = otio.schema.Timeline(timeline.name)
    track = timeline.video_tracks()[0].deepcopy()
    hour = otio.opentime.TimeRange(duration=timeline.global_start_time)
    track.insert(0, otio.schema.Gap(source_range=hour))
    pictures.tracks.append(track)
    text: str = otio.adapters.write_to_string(pictures, "cmx_3600", rate=rate, style="avid")
    title, _, events = text.partition("\n")
    mode = "DROP FRAME" if film.drop_frame else "NON-DROP FRAME"
    if film.sound:
        # Each event takes the sound along.
        events = CHANNEL.sub(r"\1AA/V  C", events)
    return f"{title}\nFCM: {mode}\n{events}"


def _row(otio: Any, film: FilmFrames, clip: Clip) -> dict[str, Any]:
    def code(time_s: float) -> str:
        frames = film.start + round(time_s * film.rate)
        text: str = otio.opentime.to_timecode(
            otio.opentime.RationalTime(frames, float(film.rate)), float(film.rate), film.drop_frame
        )
        return text

    return {
        "begin_s": round(clip.begin_s, 3),
        "end_s": round(clip.end_s, 3),
        "duration_s": round(clip.duration_s, 3),
        "emotion": clip.emotion,
        "effect": round(clip.effect, 2),
        "source_in": code(clip.begin_s),
        "source_out": code(clip.end_s),
    }


def _frames(code: str | None, rate: Fraction) -> int:
    """The frame of a timecode, 0 where there is none."""
    if not code:
        return 0
    try:
        import opentimelineio as otio

        return int(otio.opentime.from_timecode(code, float(rate)).value)
    except (ImportError, ValueError):
        return 0
