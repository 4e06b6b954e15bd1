"""Where the film itself is cut, by PySceneDetect.

Its package asks for another build of OpenCV than Mimika's; pip would write one over the other, and
the Haar cascade would be gone. So it is installed without what it asks for, which is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import MissingPackage

if TYPE_CHECKING:
    from pathlib import Path

THRESHOLD = 27.0
LONGEST_SIDE = 256
"""Pixels of the longer side at which frames are compared."""


class ShotFinder:
    """Finds the cuts in stretches of a film; only those that are asked for are decoded."""

    def __init__(self, film: Path) -> None:
        """Check that shots can be found.

        Raises:
            MissingPackage: PySceneDetect is not installed.
        """
        from importlib.util import find_spec

        if find_spec("scenedetect") is None:
            raise MissingPackage(
                "Cuts at the film's own shots need", "scenedetect", "or use --no-shots"
            )
        self._film = film

    def __call__(self, begin_s: float, end_s: float) -> list[float]:
        """Times of the first frames of shots that begin in a stretch, in seconds.

        Raises:
            InputError: the film cannot be read, or has no frame there.
        """
        from scenedetect import ContentDetector, FrameTimecode

        from mimika.sources.video import Video

        detector = ContentDetector(threshold=THRESHOLD, min_scene_len=1)
        times_s: list[float] = []
        cuts: list[int] = []
        # Its own reader takes the file's first video stream, and times from counting frames.
        with Video(
            self._film, start_s=max(0.0, begin_s), end_s=end_s, longest=LONGEST_SIDE
        ) as film:
            for frame in film:
                times_s.append(frame.time_s)
                # What it tells of is a number of these frames; the rate means nothing.
                number = FrameTimecode(frame.index, fps=25.0)
                cuts += [cut.frame_num for cut in detector.process_frame(number, frame.image)]
        return [times_s[cut] for cut in cuts]
