"""Long recordings in segments, which are read side by side, and their results joined again.

A segment begins at a key frame, where decoding can begin. Its first seconds belong to the segment
before as well: in them its recognizer comes to the same state, and a face gets the number that it
has there. Who is out of sight for all of them gets a new number.
"""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.batch.dataset import RECORDING_KEY, about_of
from mimika.batch.task import SEGMENT_S, Segment
from mimika.schema.geometry import Box
from mimika.sources.ranges import SAME_S
from mimika.timeline.resample import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mimika.sources.video import Video

OVERLAP_S = 10.0
"""Some times `mimika.tracking.tracker.MAX_AGE_S` and the smoothing's time constant."""

SAME_FACE = 0.5
"""Least intersection over union of a face's boxes in two segments."""

BOX = ("x", "y", "width", "height")


def split(film: Video, segment_s: float = SEGMENT_S) -> tuple[Segment, ...]:
    """Divide a film into segments of about equal length that begin at key frames.

    Args:
        film: the film; it stands at its beginning again.
        segment_s: about how long they are; 0 leaves every film whole.

    Returns:
        One segment where it is short, does not say how long it is, or cannot be sought.
    """
    duration_s = film.info.duration_s or 0.0
    count = round(duration_s / segment_s) if segment_s > 0 else 1
    wanted = [duration_s * i / count for i in range(1, count)]
    begins: list[float] = []
    for key_s in film.key_frames([max(0.0, seam_s - OVERLAP_S) for seam_s in wanted]):
        if key_s > (begins[-1] + OVERLAP_S if begins else 0.0):
            begins.append(key_s)
    seams = [begin_s + OVERLAP_S for begin_s in begins]
    return tuple(
        Segment(number, *place)
        for number, place in enumerate(
            zip([0.0, *begins], [0.0, *seams], [*seams, None], strict=True)
        )
    )


def join(name: str, parts: Iterable[bytes], segments: tuple[Segment, ...]) -> bytes:
    """Join the results of a recording's segments to those of the recording.

    Faces that are at the same place in the seconds that two segments share are the same; those that
    appear later get the numbers after. Frames are counted on.

    Args:
        name: of the recording.
        parts: each segment's results, as a Parquet file.
        segments: the segments.

    Returns:
        A Parquet file.
    """
    from pyarrow import BufferReader, parquet

    target = io.BytesIO()
    writer: Any = None
    before = _Before()
    warnings: list[str] = []
    state = "done"
    took_s = 0.0
    for part, segment in zip(parts, segments, strict=True):
        table: Any = parquet.read_table(BufferReader(part))
        about = about_of(part)
        warnings += [about["why"]] if about["why"] not in ("", *warnings) else []
        took_s += about["took_s"]
        state = max(state, about.get("state", "done"), key=("done", "incomplete").index)
        if writer is None:
            writer = parquet.ParquetWriter(target, table.schema, compression="zstd")
        table = before.go_on(table, segment.seam_s)
        writer.write_table(table.cast(writer.schema))
    whole = {
        "file": name,
        "state": state,
        "why": " ".join(warnings),
        "frames": before.frames,
        "film_s": (int(before.end_s * RATE_HZ + 1e-6) + 1) / RATE_HZ,
        "took_s": round(took_s, 2),
    }
    writer.add_key_value_metadata({RECORDING_KEY: json.dumps(whole)})
    writer.close()
    return target.getvalue()


class _Before:
    """What is known of the segments that are joined already."""

    def __init__(self) -> None:
        self.frames, self.end_s = 0, 0.0
        self._last_id = 0
        self._tail: Any = None

    def go_on(self, table: Any, seam_s: float) -> Any:
        """Number a segment's rows on; return those from the seam."""
        if self._tail is not None:
            table = _renumbered(table, "frame_index", self._frames_on(table, seam_s))
        times_s = _column(table, "time_s")
        kept = table.filter(times_s >= seam_s - SAME_S)
        kept = _renumbered(kept, "track_id", self._faces_on(table, kept))
        kept = kept.sort_by([("frame_index", "ascending"), ("track_id", "ascending")])
        if len(kept):
            self.end_s = float(_column(kept, "time_s")[-1])
            self.frames = int(_column(kept, "frame_index")[-1]) + 1
            self._tail = kept.filter(_column(kept, "time_s") >= self.end_s - OVERLAP_S)
            self._last_id = max(self._last_id, *_known(kept, "track_id").tolist(), 0)
        return kept

    def _frames_on(self, table: Any, seam_s: float) -> dict[int, int]:
        """The segment's own frame numbers to the recording's."""
        own, times_s = _column(table, "frame_index"), _column(table, "time_s")
        place = int(np.searchsorted(times_s, self.end_s - SAME_S))
        if place < len(times_s) and abs(times_s[place] - self.end_s) <= SAME_S:
            step = self.frames - 1 - int(own[place])
        else:
            # The frame before the seam cannot be decoded here.
            after = int(np.searchsorted(times_s, seam_s - SAME_S))
            step = self.frames - int(own[min(after, len(own) - 1)])
        return {int(number): int(number) + step for number in np.unique(own)}

    def _faces_on(self, table: Any, kept: Any) -> dict[int, int]:
        """The segment's own face numbers to the recording's."""
        same = {} if self._tail is None else _same_faces(self._tail, table)
        last = self._last_id
        for number in np.unique(_known(kept, "track_id")).tolist():
            if number not in same:
                last += 1
                same[number] = last
        return same


def _same_faces(before: Any, after: Any) -> dict[int, int]:
    """Numbers in `after` to those in `before` of faces at the same places, most frames first."""
    theirs: defaultdict[int, list[tuple[int, Box]]] = defaultdict(list)
    for frame, number, box in _boxes(before):
        theirs[frame].append((number, box))
    votes = Counter(
        (number, other)
        for frame, number, box in _boxes(after)
        for other, place in theirs.get(frame, ())
        if box.iou(place) >= SAME_FACE
    )
    same: dict[int, int] = {}
    for (number, other), _ in votes.most_common():
        if number not in same and other not in same.values():
            same[number] = other
    return same


def _boxes(table: Any) -> Iterable[tuple[int, int, Box]]:
    columns = (table.column(name).to_pylist() for name in ("frame_index", "track_id", *BOX))
    for frame, number, *box in zip(*columns, strict=True):
        if number is not None:
            yield frame, number, Box(*box)


def _renumbered(table: Any, name: str, numbers: dict[int, int]) -> Any:
    from pyarrow import array, int64

    place = table.column_names.index(name)
    renumbered = [numbers.get(number) for number in table.column(name).to_pylist()]
    return table.set_column(place, table.schema.field(name), array(renumbered, int64()))


def _column(table: Any, name: str) -> NDArray[Any]:
    values: NDArray[Any] = table.column(name).to_numpy()
    return values


def _known(table: Any, name: str) -> NDArray[Any]:
    values: NDArray[Any] = table.column(name).drop_null().to_numpy()
    return values
