"""A recording's place in the film: by a table, by the recorder's clock, by the film's sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.audience.alignment import Alignment, align
from mimika.audience.clock import recorded_at
from mimika.audience.sound import has_sound, read_sound
from mimika.base.errors import InputError, MimikaError

if TYPE_CHECKING:
    from pathlib import Path

    from mimika.audience.cache import Cache
    from mimika.audience.collect import Film
    from mimika.audience.viewers import Recording

DISAGREE_S = 0.5
"""An offset of the table that differs from the sound by more is told."""

CLOCK_S = 1.5
"""Clocks of containers count whole seconds; where the sound is this near, its place is finer."""


def place(
    recording: Recording, film: Film, cache: Cache, notes: list[str], *, heard: Path | None
) -> Alignment:
    """Find a recording's place in the film.

    The table counts, else the recorder's clock where the film's beginning is known, else the sound.
    Within a clock's own error the sound tells it finer.

    Args:
        recording: the recording.
        film: the film.
        cache: what is known already.
        notes: takes sentences on what disagrees.
        heard: the file whose sound and clock tell; None where there is none.

    Raises:
        InputError: it cannot be told surely.
    """
    name = recording.title
    found = None if heard is None else cache.place(film.path, heard, lambda: _by_sound(heard, film))
    if recording.offset_s is not None:
        if found is not None and abs(found.offset_s - recording.offset_s) > DISAGREE_S:
            notes.append(
                f"{name}: the table says that it begins at {recording.offset_s:.2f} s of the film, "
                f"and its sound says {found.offset_s:.2f} s; the table counts."
            )
        return Alignment(recording.offset_s, recording.drift, 1.0, "table")
    offset_s = _by_clock(recording, heard)
    if offset_s is None:
        if found is None:
            raise InputError(f"{name} cannot be aligned: {_why_unheard(film, heard)}")
        return found
    if found is None:
        return Alignment(offset_s, 0.0, 1.0, "start")
    if abs(found.offset_s - offset_s) <= CLOCK_S:
        return found
    notes.append(
        f"{name}: its clock says that it begins at {offset_s:.0f} s of the film, and its sound "
        f"says {found.offset_s:.2f} s; the clock counts. Some telephones write when a recording "
        "ended: where that is so, leave out when the film started."
    )
    return Alignment(offset_s, 0.0, 1.0, "start")


def _by_clock(recording: Recording, file: Path | None) -> float | None:
    """The film's time at the recording's first instant, where both beginnings are known."""
    if recording.film_started is None or file is None:
        return None
    began = recorded_at(file)
    return None if began is None else (began - recording.film_started).total_seconds()


def _by_sound(recording: Path, film: Film) -> Alignment | None:
    try:
        sound = read_sound(recording)
    except MimikaError:
        return None  # Reading its pictures says what is wrong with it.
    if sound is None or film.sound is None:
        return None
    return align(film.sound, sound)


def _why_unheard(film: Film, heard: Path | None) -> str:
    if heard is None:
        why = "a table has no sound"
    elif not has_sound(film.path):
        why = "the film has no sound"
    elif not has_sound(heard):
        why = "it has no sound"
    else:
        why = "the film is not surely heard in it"
    return (
        f"{why}. Name its offset_s in a table of viewers, or say when the film started "
        "(--film-started)."
    )
