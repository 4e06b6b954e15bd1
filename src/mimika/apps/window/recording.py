"""What the window stores when its user asks for it: snapshots and recordings."""

from __future__ import annotations

from contextlib import ExitStack
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
    import numpy as np
    from numpy.typing import NDArray

    from mimika.drawing.overlay import Overlay
    from mimika.schema.columns import ResultSchema
    from mimika.schema.results import FrameResult
    from mimika.sinks.sink import Sink
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
        folder: Path = FOLDER,
    ) -> None:
        """Begin.

        Raises:
            OutputError: the files cannot be written.
        """
        from dataclasses import replace

        self.path = _free(folder, "recording", ".mp4")
        # A recording begins in the middle, where the source's sound from its beginning is wrong.
        silent = replace(source, original=None)
        self._sinks: list[Sink] = [
            CsvSink(self.path.with_suffix(".csv"), schema),
            AnnotatedVideo(self.path, silent, overlay),
        ]
        self._began_s: float | None = None

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame; times count from the recording's first."""
        from dataclasses import replace

        if self._began_s is None:
            self._began_s = frame.time_s
        time_s = frame.time_s - self._began_s
        for sink in self._sinks:
            sink.write(replace(frame, time_s=time_s), replace(result, time_s=time_s))

    def close(self) -> None:
        """Finish both files, the second also when the first fails."""
        with ExitStack() as stack:
            for sink in self._sinks:
                stack.callback(sink.close)


def _free(folder: Path, kind: str, suffix: str) -> Path:
    """A name by the clock that is not taken."""
    now = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    path, number = folder / f"{kind}-{now}{suffix}", 2
    while path.exists():
        path = folder / f"{kind}-{now}-{number}{suffix}"
        number += 1
    return path
