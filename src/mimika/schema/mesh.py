"""What a face mesh says of a face: the fields, and the names of their parts."""

from __future__ import annotations

from mimika.schema.field import Field

POINTS = 478

BLENDSHAPES = (
    "_neutral",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
)
"""ARKit's names of the 52 blendshapes, in the order of MediaPipe's network; left is the person's
left."""


def _angle(name: str, meaning: str, largest: float = 90) -> Field:
    return Field(
        name=name,
        type="number",
        meaning=f"Mesh: {meaning}",
        unit="degrees",
        minimum=-largest,
        maximum=largest,
        decimals=3,
        optional=True,
    )


def _extent(name: str, meaning: str) -> Field:
    return Field(
        name=name,
        type="number",
        meaning=f"Mesh: {meaning}",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
    )


MESH_FIELDS = (
    _angle(
        "head_yaw",
        "how far the head is turned to the picture's right (positive) or left; at 0 it faces the "
        "camera.",
        180,
    ),
    _angle("head_pitch", "how far the head is turned up (positive) or down."),
    _angle(
        "head_roll",
        "how far the head is tilted clockwise in the picture (positive) or the other way.",
        180,
    ),
    _angle(
        "gaze_yaw",
        "how far the eyes look to the picture's right (positive) or left; at 0 into the camera, "
        "however the head is turned. Missing where both eyes are shut.",
    ),
    _angle("gaze_pitch", "how far the eyes look up (positive) or down; likewise."),
    _extent("eye_closed_left", "how far the person's left eye is shut."),
    _extent("eye_closed_right", "how far the person's right eye is shut."),
    _extent("mouth_open", "how far the jaw is open."),
    _extent("smile_left", "how far the mouth's corner smiles on the person's left."),
    _extent("smile_right", "how far the mouth's corner smiles on the person's right."),
    Field(
        name="blendshapes",
        type="coefficients",
        meaning="Mesh: the 52 movements of the face by ARKit's names, from 0 (none) to 1 (full).",
        minimum=0,
        maximum=1,
        decimals=4,
        optional=True,
        parts=BLENDSHAPES,
        wide=True,
    ),
)
"""Fields of a face that the mesh fills."""
