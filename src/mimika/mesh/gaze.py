"""Where the eyes look: a ball with an iris on it, behind the corners of each eye.

The geometry of Ishikawa, Baker, Matthews & Kanade 2004 ("Passive Driver Gaze Tracking with Active
Appearance Models"): from the corners of an eye and the head's pose follows the middle of the
eyeball, and from where the iris is seen the direction. The radius is anatomy: an eyeball of 12 mm
beside an iris of 11.7 mm across, which measures 1.3 units of the canonical face. Where the iris
lies in faces that look straight ahead was measured on the 102 frontal faces of the London set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.mesh.pose import TO_CAMERA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.mesh.pose import HeadPose

RADIUS = 1.33
"""Of an eyeball, in units of the canonical face."""
IRIS_AHEAD = 0.30
"""How far a straight iris lies before the middle of the eye's corners, likewise."""


@dataclass(frozen=True, slots=True)
class _Eye:
    """Numbers of an eye's points, and where a straight iris lies from the middle of its corners."""

    iris: int
    corners: tuple[int, int]
    straight: tuple[float, float, float]


EYES = (
    _Eye(468, (33, 133), (-0.175, 0.235, 0.0)),  # the person's right
    _Eye(473, (263, 362), (0.175, 0.235, 0.0)),
)


def gaze_angles(points: NDArray[np.float32], pose: HeadPose) -> tuple[float, float]:
    """Yaw and pitch of the gaze in degrees, relative to the line from the camera to the face.

    Signs as of `HeadPose`; (0, 0) looks into the camera. The mean of both eyes, the one that is
    seen wider counting more.

    Args:
        points: (478, 3) as `MeshPrediction.points`, in any picture.
        pose: the head's, from the same points.
    """
    ahead = pose.rotation[:, 2]
    directions, widths = [], []
    for eye in EYES:
        corners = points[list(eye.corners)] * TO_CAMERA
        seen = points[eye.iris] * TO_CAMERA - corners.mean(0)
        offset = seen / pose.scale - pose.rotation @ np.array(eye.straight)
        directions.append((offset + (RADIUS - IRIS_AHEAD) * ahead)[:2] / RADIUS)
        widths.append(float(np.linalg.norm(corners[0, :2] - corners[1, :2])))
    x, y = np.average(directions, axis=0, weights=np.maximum(widths, 1e-6))
    z = np.sqrt(max(1.0 - x * x - y * y, 0.0))
    return float(np.degrees(np.arctan2(x, z))), float(np.degrees(np.arcsin(np.clip(y, -1, 1))))
