"""Where the film itself is cut, by PySceneDetect.

Its package asks for another build of OpenCV than Mimika's; pip would write one over the other, and
the Haar cascade would be gone. So it is installed without what it asks for, which is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import InputError, MissingPackage

if TYPE_CHECKING:
    from pathlib import Path

THRESHOLD = 27.0


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
            InputError: the film cannot be read.
        """
        from scenedetect import ContentDetector, SceneManager, open_video

        try:
            video = open_video(str(self._film), backend="pyav", suppress_output=True)
            manager = SceneManager()
            manager.add_detector(ContentDetector(threshold=THRESHOLD, min_scene_len=1))
            video.seek(max(0.0, begin_s))
            manager.detect_scenes(video, end_time=float(end_s))
        except Exception as error:
            raise InputError(
                f"The shots of {self._film} cannot be found ({error}): try --no-shots."
            ) from error
        return [cut.seconds for cut, _ in manager.get_scene_list()[1:]]
