"""Which of the faces that were found are wanted: `--region` and `--largest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import UsageError
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Collection

    from mimika.detection.detector import Detections

SAME_FACE = 0.3
"""Least overlap (intersection over union) of a face with itself one frame before."""
MUCH_LARGER = 1.5
"""Times the area that makes another face the main one, so that two of one size do not alternate."""


class WantedFaces:
    """Leaves out the faces that are not wanted; of a stream it remembers which is the main one."""

    def __init__(self, region: str, *, largest: bool) -> None:
        """Begin.

        Args:
            region: only faces whose middle lies in this part of the frame; see `read_region`.
            largest: only the largest face.

        Raises:
            UsageError: `region` is none.
        """
        self._written, self._region, self._largest = region, read_region(region), largest
        self._main: Box | None = None
        self._begun = False

    def __call__(
        self, found: Detections, size: tuple[int, int], no_faces: Collection[Box] = ()
    ) -> Detections:
        """Return those that are wanted, in their order.

        Args:
            found: in a frame.
            size: height and width of the frame in pixels.
            no_faces: boxes that hold no face, as they were a frame before: none is the largest
                face, and all are returned, as they may hold one now.

        Raises:
            UsageError: the region lies outside of the stream's first frame.
        """
        if self._region is not None:
            region = self._region
            if not self._begun and (region.x >= size[1] or region.y >= size[0]):
                raise UsageError(
                    f"--region {self._written} lies outside of the frame, which is "
                    f"{size[1]}x{size[0]} pixels."
                )
            self._begun = True
            found = found.kept([i for i, box in enumerate(found.boxes) if _inside(box, region)])
        hidden = [
            i
            for i, box in enumerate(found.boxes)
            if any(box.iou(other) >= SAME_FACE for other in no_faces)
        ]
        candidates = [i for i in range(len(found)) if i not in hidden]
        if not self._largest or not candidates:
            return found
        largest = max(candidates, key=lambda i: found.boxes[i].area)
        if self._main is not None:
            main = self._main
            before = max(candidates, key=lambda i: found.boxes[i].iou(main))
            same, area = found.boxes[before], found.boxes[largest].area
            if same.iou(main) >= SAME_FACE and area < MUCH_LARGER * same.area:
                largest = before
        self._main = found.boxes[largest]
        return found.kept(sorted([largest, *hidden]))

    def reset(self) -> None:
        """Forget the stream: which face was the main one."""
        self._main, self._begun = None, False


def read_region(text: str) -> Box | None:
    """Read a part of the frame, "X,Y,WIDTH,HEIGHT" in pixels; None for "", the whole frame.

    Raises:
        UsageError: it is none.
    """
    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
    numbers = [int(part) for part in parts if part.isdecimal()]
    if len(parts) != 4 or len(numbers) != 4 or not (numbers[2] and numbers[3]):
        raise UsageError(
            "--region is X,Y,WIDTH,HEIGHT in pixels from the upper left corner, such as "
            f"0,0,640,720, and {text!r} is not."
        )
    return Box(*numbers)


def _inside(box: Box, region: Box) -> bool:
    x, y = box.center
    return region.x <= x < region.x + region.width and region.y <= y < region.y + region.height
