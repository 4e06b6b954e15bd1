"""From a picture and a face's place to its mesh, or to no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from mimika.mesh.network import SIDE, MeshNetwork
from mimika.mesh.reading import MeshReading
from mimika.mesh.region import LARGER, FaceRegion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.geometry import Box

MIN_FACE_PX = 32
"""Faces whose box has a shorter longer side get no answer. Shrunk to 32 pixels the angles of
frontal faces moved by 1.5 degrees in the median and 5 at most, to 20 by 3 and 92
(`python scripts/measure_mesh.py`, 68 faces of the London set)."""

LEAST_LOGIT = 5.0
"""Less presence is no answer. Boxes around things that are no faces had 1.4 at most, upright faces
of 32 pixels 12 and more."""
SURE_LOGIT = 12.0
SURE_RESIDUAL = 0.5
"""A face that settles with this presence and fit of its pose is taken at once; else other turns are
tried, and the one with the most presence is taken. Upright crops have 12 to 28, but wrongly turned
ones up to 24, with a fit that is worse. So 27 pictures in ten turns each, also by 60, 90 and 180
degrees, all had the right answer."""
STARTS = (0.0, 45.0, -45.0, 90.0, -90.0, 180.0)
"""Degrees at which a face is first cut, in their turn; the network follows about 40 to each
side."""
LOOKS = 4
"""Times that a face is cut anew, upright by the last points, until it stays."""
SAME_DEGREES = 4.0
SAME_PLACE = 0.04
"""Share of the region's side by which it may move to count as staying."""
SIZES = (0.6, 1.6)
"""Longer sides of the mesh in longer sides of the detector's box; it was 0.79 to 1.13 on the test
media. Another size is the mesh of something else, such as a face in the background."""


class FaceMesh:
    """Reads meshes with an opened network; safe to call from several threads.

    Attributes:
        network: the network.
    """

    def __init__(self, network: MeshNetwork) -> None:
        self.network = network

    def read(self, image: NDArray[np.uint8], box: Box) -> MeshReading | None:
        """Read the mesh of a face of which only the detector's box is known.

        The face is cut, found, and cut again upright by its own points until it stays; where that
        ends without certainty, other turns are tried. An upright face takes two runs of the
        network, a tilted one up to 24.

        Args:
            image: (H, W, 3) uint8 BGR.
            box: the face, in pixels of `image`.

        Returns:
            The mesh; None where the face is too small or its points are not certain.
        """
        if not large_enough(box):
            return None
        best: MeshReading | None = None
        for start in STARTS:
            reading = self._settle(image, FaceRegion.of_box(box, start))
            if reading is None or not _belongs(reading, box):
                continue
            if best is None or reading.presence_logit > best.presence_logit:
                best = reading
            if reading.presence_logit >= SURE_LOGIT and reading.pose.residual <= SURE_RESIDUAL:
                return reading
        return best

    def follow(self, image: NDArray[np.uint8], box: Box, region: FaceRegion) -> MeshReading | None:
        """Read the mesh of a face whose region was found in an earlier frame; one run.

        Args:
            image: (H, W, 3) uint8 BGR.
            box: the face, in pixels of `image`.
            region: where it is looked for.

        Returns:
            The mesh; None where it has to be read anew.
        """
        if not large_enough(box):
            return None
        reading = self._look(image, region)
        return reading if _belongs(reading, box) else None

    def _settle(self, image: NDArray[np.uint8], region: FaceRegion) -> MeshReading | None:
        """Look until the region stays; None where it does not."""
        for _ in range(LOOKS):
            reading = self._look(image, region)
            found = reading.region
            moved = max(abs(found.x - region.x), abs(found.y - region.y))
            if found.turn_from(region) < SAME_DEGREES and moved < SAME_PLACE * region.side:
                return reading
            region = found
        return None

    def _look(self, image: NDArray[np.uint8], region: FaceRegion) -> MeshReading:
        found = self.network(cv2.cvtColor(region.cut(image, SIDE), cv2.COLOR_BGR2RGB))
        points = region.to_picture(found.points, SIDE)
        return MeshReading(points, found.blendshapes, found.presence_logit, self.network.face)


def large_enough(box: Box) -> bool:
    """Whether a face is large enough for an answer."""
    return max(box.width, box.height) >= MIN_FACE_PX


def _belongs(reading: MeshReading, box: Box) -> bool:
    """Whether a mesh is certain, and of the face in the box: about as large, and in its place."""
    region = reading.region
    size = region.side / LARGER / max(box.width, box.height)
    return (
        reading.presence_logit >= LEAST_LOGIT
        and SIZES[0] <= size <= SIZES[1]
        and box.x <= region.x <= box.x + box.width
        and box.y <= region.y <= box.y + box.height
    )
