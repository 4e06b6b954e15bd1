"""What a mesh says of a face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mimika.mesh.gaze import gaze_angles
from mimika.mesh.pose import CanonicalFace, HeadPose, fit_pose
from mimika.mesh.region import FaceRegion
from mimika.schema.mesh import BLENDSHAPES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CLOSED = 0.5
"""An eye that is closed as far as this has no gaze."""

MEASURES = {
    "eye_closed_left": "eyeBlinkLeft",
    "eye_closed_right": "eyeBlinkRight",
    "mouth_open": "jawOpen",
    "smile_left": "mouthSmileLeft",
    "smile_right": "mouthSmileRight",
}
"""Fields of a face to the blendshapes that they are."""


@dataclass(frozen=True, eq=False)
class MeshReading:
    """The mesh of one face in one picture.

    Attributes:
        points: (478, 3) float32: x and y in pixels of the picture, z away from the camera in the
            same unit, from the middle of the head.
        blendshapes: (52,) float32 in [0, 1].
        presence_logit: log-odds that this is a face and its points are right.
        face: what the pose is fitted to.
    """

    points: NDArray[np.float32]
    blendshapes: NDArray[np.float32]
    presence_logit: float
    face: CanonicalFace

    @cached_property
    def pose(self) -> HeadPose:
        """How the head is turned."""
        return fit_pose(self.points, self.face)

    @cached_property
    def region(self) -> FaceRegion:
        """Where the face is looked for in the next frame."""
        return FaceRegion.of_points(self.points)

    def values(self) -> dict[str, Any]:
        """What a face carries of it, by the field's name; no gaze where both eyes are shut."""
        shapes = dict(zip(BLENDSHAPES, self.blendshapes.tolist(), strict=True))
        pose = self.pose
        known: dict[str, Any] = {
            "head_yaw": pose.yaw,
            "head_pitch": pose.pitch,
            "head_roll": pose.roll,
        }
        if min(shapes["eyeBlinkLeft"], shapes["eyeBlinkRight"]) < CLOSED:
            known["gaze_yaw"], known["gaze_pitch"] = gaze_angles(self.points, pose)
        known |= {name: shapes[shape] for name, shape in MEASURES.items()}
        return known | {"blendshapes": shapes}
