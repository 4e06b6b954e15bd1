"""When a recording began by its container's clock, and when the film did by its showing."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# With its zone, as telephones write it; else in UTC.
NAMES = ("com.apple.quicktime.creationdate", "creation_time")
EXAMPLE = "2026-11-26T20:15:00+01:00"
OLDEST = datetime(2000, 1, 1, tzinfo=timezone.utc)
"""Recorders whose clock was never set begin at 1904, 1970 or 1980."""


def recorded_at(path: Path) -> datetime | None:
    """When a recording began, as its container says; None where it does not say.

    Raises:
        InputError: the file cannot be read.
    """
    from mimika.sources.animation import is_animation
    from mimika.sources.film import open_container

    if is_animation(path):
        return None
    with open_container(str(path), path.name) as container:
        texts = [container.metadata.get(name) for name in NAMES]
        texts += [stream.metadata.get("creation_time") for stream in container.streams.video]
    times = (_utc(text) for text in texts if text)
    return next((time for time in times if time is not None and time >= OLDEST), None)


def read_time(text: str) -> datetime | None:
    """Read an instant such as `EXAMPLE`; without a zone it is this machine's time.

    Returns:
        The instant in UTC; None where the text is no date with a time.
    """
    text = text.strip()
    time = _parsed(text)
    if time is None or ":" not in text:
        return None
    return time.astimezone(timezone.utc)


def _utc(text: str) -> datetime | None:
    time = _parsed(text.strip())
    if time is None:
        return None
    return time.replace(tzinfo=time.tzinfo or timezone.utc).astimezone(timezone.utc)


def _parsed(text: str) -> datetime | None:
    # Python 3.10 knows no Z, and no zone without a colon.
    text = re.sub(r"[Zz]$", "+00:00", text)
    try:
        return datetime.fromisoformat(re.sub(r"(:\d.*[+-]\d\d)(\d\d)$", r"\1:\2", text))
    except ValueError:
        return None
