"""What workers are given and give back; it travels between processes and machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimika.sources.rotation import Turn

SEGMENT_S = 300.0
"""How long segments are about. It does not depend on the machine, as results must not."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording.

    Attributes:
        number: from 0.
        begin_s: where it is begun to be read.
        seam_s: from where on its results count.
        end_s: where the next one's count, None for the last.
    """

    number: int = 0
    begin_s: float = 0.0
    seam_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A recording, or a segment of one.

    Attributes:
        file: the recording, a path or an address.
        key: what it is known by.
        segment: what of it is to be read.
        turn: degrees by which it is turned clockwise, so that its faces stand upright.
    """

    file: str
    key: str
    segment: Segment = field(default_factory=Segment)
    turn: Turn = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What a worker gives back.

    Attributes:
        failed: why the recording cannot be read, "" where it can.
        segments: of what it is made up, where that was asked.
        turn: by how much it is to be turned, likewise.
        part: what was seen, as a Parquet file.
    """

    failed: str = ""
    segments: tuple[Segment, ...] = ()
    turn: Turn = 0
    part: bytes = b""
