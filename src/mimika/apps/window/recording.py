"""What the window stores when its user asks for it: snapshots and recordings."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from mimika.base.closing import Closing
from mimika.base.errors import OutputError
from mimika.base.files import replacing
from mimika.sinks.annotated_video import AnnotatedVideo
from mimika.sinks.csv import CsvSink

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mimika.drawing.overlay import Overlay
    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame, SourceInfo

FOLDER = Path("mimika-out")


def save_snapshot(picture: NDArray[np.uint8], folder: Path = FOLDER) -> Path:
    """Write a picture (H, W, 3) uint8 BGR as PNG and return its path.

    Raises:
        OutputError: it cannot be written.
    """
    path = _free(folder, "snapshot", ".png")
    good, data = cv2.imencode(".png", picture)
    if not good:
        raise OutputError(f"{path} cannot be encoded.")
    with replacing(path) as part:
        part.write_bytes(data.tobytes())
    return path


class Recording(Closing):
    """An annotated video and a CSV of what is seen from now on; a context like any sink.

    Attributes:
        path: the video.
    """

    def __init__(
        self,
        source: SourceInfo,
        schema: ResultSchema,
        overlay: Overlay,
        warn: Callable[[str], None],
        folder: Path = FOLDER,
    ) -> None:
        """Begin.

        Args:
            source: where the frames come from; of a film the sound goes along, from the first
                frame that is recorded.
            schema: which fields the results have.
            overlay: how faces are drawn.
            warn: told what could not be done.
            folder: where the files go.

        Raises:
            OutputError: the files cannot be written.
        """
        self.path = _free(folder, "recording", ".mp4")
        self._table = CsvSink(self.path.with_suffix(".csv"), schema)
        self._film = AnnotatedVideo(self.path, source, overlay, warn=warn)
        self._began_s: float | None = None

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame; in the table times count from the recording's first."""
        if self._began_s is None:
            self._began_s = frame.time_s
        # The film looks for its sound by the times of the original.
        self._film.write(frame, result)
        self._table.write(frame, replace(result, time_s=result.time_s - self._began_s))

    def close(self) -> None:
        """Finish both files, the second also when the first fails."""
        with ExitStack() as stack:
            stack.callback(self._film.close)
            stack.callback(self._table.close)


def _free(folder: Path, kind: str, suffix: str) -> Path:
    """A name by the clock that is not taken."""
    now = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    path, number = folder / f"{kind}-{now}{suffix}", 2
    while path.exists():
        path = folder / f"{kind}-{now}-{number}{suffix}"
        number += 1
    return path
