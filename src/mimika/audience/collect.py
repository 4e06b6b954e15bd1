"""From recordings to viewers on the film's clock; what cannot be used is named and left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mimika.audience.alignment import FilmSound
from mimika.audience.place import place
from mimika.audience.sound import loudness, read_sound
from mimika.audience.stack import Viewer
from mimika.base.errors import InputError
from mimika.timeline.measure import Measured, Rest, measure
from mimika.timeline.people import at_once
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mimika.audience.alignment import Alignment
    from mimika.audience.cache import Cache
    from mimika.audience.viewers import Recording
    from mimika.timeline.resample import Timeline

WORDS = {"table": "offset_s", "start": "clock", "sound": "sound"}
"""By what a recording was placed."""


class Film:
    """The film that was watched.

    Attributes:
        path: its file.
        duration_s: how long it is.
    """

    def __init__(self, path: Path) -> None:
        """Look at its header.

        Raises:
            InputError: it is no film that can be read, or does not say how long it is.
        """
        from mimika.sources.open import open_film

        self.path = path
        with open_film(path) as video:
            duration_s = video.info.duration_s
        if not duration_s:
            raise InputError(f"{path} does not say how long it is: convert it to MP4 first.")
        self.duration_s = duration_s

    @cached_property
    def samples(self) -> NDArray[np.float32] | None:
        """Its sound; None where it has none."""
        return read_sound(self.path)

    @cached_property
    def sound(self) -> FilmSound | None:
        """Its sound, ready to be looked into."""
        return None if self.samples is None else FilmSound(self.samples)

    @cached_property
    def loudness(self) -> NDArray[np.float64] | None:
        """Its loudness, ten values a second."""
        return None if self.samples is None else loudness(self.samples, RATE_HZ)


@dataclass(slots=True)
class Collected:
    """The viewers, and what was left out.

    Attributes:
        viewers: those who can be used.
        recordings: theirs, in the same order.
        left_out: recordings that cannot be used, and why; sentences.
        notes: what else should be known; sentences.
    """

    viewers: list[Viewer] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    left_out: list[tuple[Recording, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def collect(
    recordings: Sequence[Recording],
    film: Film,
    cache: Cache,
    read: Callable[[Path], Timeline],
    *,
    is_film: Callable[[Path], bool],
    most_people: int | None = None,
    rest: Rest | None = None,
) -> Collected:
    """Read all recordings and put them on the film's clock.

    Args:
        recordings: the recordings.
        film: the film.
        cache: what is known already.
        read: makes a recording's timeline.
        is_film: whether a recording is a film, and may have sound.
        most_people: how many people a recording shows at most; each is a viewer. As many as are
            seen at once where None.
        rest: where faces at rest are to be found; the calmest stretch where None.

    Raises:
        InputError: no recording can be used.
        OutputError: the cache cannot be written.
    """
    collected = Collected()
    labels: tuple[str, ...] = ()
    for recording in recordings:
        try:
            heard = recording.file if is_film(recording.file) else recording.film
            alignment = place(recording, film, cache, collected.notes, heard=heard)
            timeline = cache.timeline(recording.file, read)
            if labels and timeline.labels != labels:
                raise InputError(f"{recording.title} was read by a model with other emotions.")
            people = most_people or at_once(timeline)
            measured = measure(timeline, most_people=people, rest=rest)
            _check_overlap(recording, alignment, measured, film)
        except InputError as error:
            collected.left_out.append((recording, str(error)))
            continue
        labels = timeline.labels
        if not most_people and people > 1:
            collected.notes.append(
                f"{recording.title} shows {people} people at once: each is a viewer. Use --people "
                "1 where only one of them is."
            )
        if alignment.offset_s + measured.end_s > film.duration_s + 1:
            collected.notes.append(f"{recording.title} goes on after the film: that is left out.")
        for reaction in measured.reactions:
            number = len(collected.viewers) + 1
            collected.viewers.append(Viewer(number, reaction, alignment, recording.group))
            collected.recordings.append(recording)
    cache.save()
    if not collected.viewers:
        why = collected.left_out[0][1] if collected.left_out else "They show no face."
        raise InputError(f"No recording can be used. The first: {why}")
    return collected


def _check_overlap(
    recording: Recording, alignment: Alignment, measured: Measured, film: Film
) -> None:
    """Refuse a recording that lies beside the film.

    Raises:
        InputError: it does.
    """
    begin_s, end_s = alignment.offset_s + measured.begin_s, alignment.offset_s + measured.end_s
    if end_s <= 0 or begin_s >= film.duration_s:
        side = "before the film begins" if end_s <= 0 else "after the film's end"
        raise InputError(
            f"By its {WORDS[alignment.source]} {recording.title} lies {side} "
            f"({begin_s:.0f} to {end_s:.0f} s of the film): correct it in the table of viewers."
        )
