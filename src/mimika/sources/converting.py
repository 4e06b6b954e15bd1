"""From a decoded frame of a film to the picture that a viewer sees."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.sources.arrays import over_white
from mimika.sources.hdr import HLG, PQ, to_standard_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Shapes of pixels beyond these are damage.
FLATTEST, WIDEST = 0.125, 8.0
ONE_THREAD_PIXELS = 1920 * 1088
"""Pixels of a picture up to which one thread converts it."""


class FrameConverter:
    """Turns PyAV's frames into upright BGR pictures with square pixels.

    The film's rotation and mirroring are applied, its pixels are made square, transparency lies
    over white as in pictures, interlaced frames are smoothed over their lines, and high dynamic
    range is mapped to the standard one.

    Attributes:
        whole_size: width and height of the last picture, upright, before it was reduced.
    """

    def __init__(self, stream: Any, longest: int | None = None) -> None:
        """Begin.

        Args:
            stream: PyAV's video stream, which knows the shape of the pixels; it is not kept, and so
                its decoder is freed with it.
            longest: larger pictures are reduced until their longer side is so many pixels.
        """
        from av.video.reformatter import VideoReformatter

        ratio = float(stream.sample_aspect_ratio or 1)
        self._pixel_shape = ratio if FLATTEST <= ratio <= WIDEST else 1.0
        # One for all frames: a frame of its own accord prepares the conversion anew.
        self._reformatter = VideoReformatter()
        self._rotation: int | None = None
        self._matrix: NDArray[np.int32] | None = None
        self._longest = longest
        self.whole_size = (0, 0)

    def __call__(self, frame: Any) -> NDArray[np.uint8]:
        """Return (H, W, 3) uint8 BGR, C-contiguous, of PyAV's frame."""
        whole = self._square(frame.width, frame.height)
        width, height = self._reduced(*whole)
        transfer = frame.color_trc
        if transfer in (PQ, HLG):
            image = to_standard_range(self._as(frame, "rgb48le", width, height), transfer)
        elif _has_alpha(frame.format):
            image = over_white(self._as(frame, "bgra", width, height))
        else:
            image = self._as(frame, "bgr24", width, height)
        if frame.interlaced_frame:
            image = cv2.sepFilter2D(image, -1, np.ones(1), np.array([0.25, 0.5, 0.25]))
        shown = np.ascontiguousarray(_as_displayed(image, self._display_matrix(frame)))
        lies = shown.shape[:2] != image.shape[:2]
        self.whole_size = (whole[1], whole[0]) if lies else whole
        return shown

    def is_as_displayed(self, frame: Any) -> bool:
        """Whether a viewer sees PyAV's frame pixel by pixel, after a change of colors alone."""
        return (
            self._reduced(*self._square(frame.width, frame.height)) == (frame.width, frame.height)
            and frame.color_trc not in (PQ, HLG)
            and not frame.interlaced_frame
            and not _has_alpha(frame.format)
            and self._display_matrix(frame) is None
        )

    def _display_matrix(self, frame: Any) -> NDArray[np.int32] | None:
        """The film's display matrix; looked up in a frame only where its rotation is another.

        By `frame.side_data` a frame and its side data would hold each other, so that its picture
        would stay in memory until Python's collector comes.
        """
        if frame.rotation != self._rotation:
            from av.sidedata.sidedata import SideDataContainer

            self._rotation = frame.rotation
            # PyAV's type stubs leave its argument out.
            container: Any = SideDataContainer
            found = (each for each in container(frame) if each.type.name == "DISPLAYMATRIX")
            data = next(found, None)
            self._matrix = None if data is None else np.frombuffer(bytes(data), np.int32)
        return self._matrix

    def _as(self, frame: Any, kind: str, width: int, height: int) -> NDArray[Any]:
        # Waking a second thread takes longer than it saves.
        threads = 1 if width * height <= ONE_THREAD_PIXELS else 0
        return self._reformatter.reformat(frame, width, height, kind, threads=threads).to_ndarray()

    def _square(self, width: int, height: int) -> tuple[int, int]:
        """Size with square pixels; the side that is too short grows, so that nothing is lost."""
        if self._pixel_shape >= 1:
            return max(1, round(width * self._pixel_shape)), height
        return width, max(1, round(height / self._pixel_shape))

    def _reduced(self, width: int, height: int) -> tuple[int, int]:
        scale = (self._longest or max(width, height)) / max(width, height)
        if scale >= 1:
            return width, height
        return max(1, round(width * scale)), max(1, round(height * scale))


def _as_displayed(image: NDArray[np.uint8], matrix: NDArray[np.int32] | None) -> NDArray[np.uint8]:
    """Turn and mirror a picture as its display matrix says."""
    if matrix is None:
        return image
    across_x, across_y, down_x, down_y = (int(matrix[i]) for i in (0, 1, 3, 4))
    if abs(down_x) > abs(across_x):
        image = cv2.transpose(image)
        across_x, down_y = down_x, across_y
    if across_x < 0:
        image = cv2.flip(image, 1)
    if down_y < 0:
        image = cv2.flip(image, 0)
    return image


@lru_cache(maxsize=64)
def _has_alpha(pixel_format: Any) -> bool:
    return any(component.is_alpha for component in pixel_format.components)
