"""The rotated square that a face is cut from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.base.scaling import shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.schema.geometry import Box

LARGER = 1.5
"""The region's side in longer sides of the face, as MediaPipe's graph has it."""
BOX_TO_MESH = 0.93
"""The mesh's longer side in longer sides of the detector's box (YuNet): median of the faces of the
test media, within 0.87 and 1.0."""
OUTER_CORNERS = (33, 263)
"""Points of the mesh at the outer corners of the eyes: the person's right and left."""
OUTLINE = 468
"""Points before the irises, which lie within the others."""


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """A square of a picture, turned with the face.

    Attributes:
        x: of its middle, in pixels of the picture.
        y: likewise.
        side: in pixels of the picture.
        angle: degrees by which it is turned clockwise in the picture.
    """

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def of_box(cls, box: Box, angle: float = 0.0) -> FaceRegion:
        """The region of a face of which only the detector's box is known."""
        side = max(box.width, box.height) * BOX_TO_MESH * LARGER
        return cls(*box.center, max(side, 1.0), angle)

    @classmethod
    def of_points(cls, points: NDArray[np.float32]) -> FaceRegion:
        """The region around a mesh: along the line of its eyes, 1.5 times the longer side.

        MediaPipe's face_landmarks_detector_graph.cc does this for the next frame of a film, with
        the box of the points along the picture's axes; here it is along the eyes' line, so that
        the square of a tilted face is as large as that of an upright one.
        """
        begin, end = points[list(OUTER_CORNERS), :2]
        angle = np.arctan2(end[1] - begin[1], end[0] - begin[0])
        turned = points[:OUTLINE, :2] @ _rotation(angle).T
        low, high = turned.min(0), turned.max(0)
        x, y = _rotation(angle).T @ ((low + high) / 2)
        side = max(float((high - low).max()) * LARGER, 1.0)
        return cls(float(x), float(y), side, float(np.degrees(angle)))

    def moved(self, x: float, y: float, scale: float) -> FaceRegion:
        """The region moved by pixels of the picture, and grown."""
        return FaceRegion(self.x + x, self.y + y, self.side * scale, self.angle)

    def turn_from(self, other: FaceRegion) -> float:
        """Degrees in [0, 180] between two regions."""
        return abs((self.angle - other.angle + 180.0) % 360.0 - 180.0)

    def face(self) -> FaceRegion:
        """The square that a face of this region has as the detector's box, turned with the face."""
        return FaceRegion(self.x, self.y, self.side / LARGER / BOX_TO_MESH, self.angle)

    def cut(self, image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
        """Cut the region upright; what lies beyond the picture repeats its edge.

        Args:
            image: (H, W, 3) uint8 BGR.
            side: of the crop in pixels.

        Returns:
            (side, side, 3) uint8 BGR.
        """
        image, region = _reduced(image, self, side)
        return cv2.warpAffine(
            image,
            region.to_crop(side),
            (side, side),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def to_crop(self, side: int) -> NDArray[np.float64]:
        """(2, 3) matrix from the picture's pixels to those of a crop."""
        turn = _rotation(np.radians(self.angle)) * (side / self.side)
        shift = side / 2 - turn @ np.array([self.x, self.y])
        return np.hstack([turn, shift[:, np.newaxis]])

    def to_picture(self, points: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Points of a crop, (P, 3), as they lie in the picture; z is scaled with them."""
        scale = self.side / side
        turn = _rotation(np.radians(self.angle)).T * scale
        found = points * np.float32(scale)
        found[:, :2] = (points[:, :2] - side / 2) @ turn.T + (self.x, self.y)
        return found


def _rotation(angle: float) -> NDArray[np.float64]:
    """(2, 2) matrix that turns what lies `angle` radians clockwise upright; y is down."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, sin], [-sin, cos]])


def _reduced(
    image: NDArray[np.uint8], region: FaceRegion, side: int
) -> tuple[NDArray[np.uint8], FaceRegion]:
    """Shrink a region much larger than the crop first, so that nothing is skipped over."""
    if region.side < 2 * side:
        return image, region
    reach = region.side * 0.75
    height, width = image.shape[:2]
    left, right = max(int(region.x - reach), 0), min(int(region.x + reach) + 1, width)
    top, bottom = max(int(region.y - reach), 0), min(int(region.y + reach) + 1, height)
    if left >= right or top >= bottom:
        return image, region
    scale = 1.25 * side / region.side
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    part = shrunk(image[top:bottom, left:right], *size)
    across, down = size[0] / (right - left), size[1] / (bottom - top)
    middle = ((region.x - left) * across, (region.y - top) * down)
    return part, FaceRegion(*middle, region.side * (across + down) / 2, region.angle)
