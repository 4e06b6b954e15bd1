"""Mimika reads emotions from faces, live.

    import mimika
    for face in mimika.analyze("photo.jpg"):
        print(face.emotion, face.confidence, face.box)

Importing has no side effects and loads nothing heavy; each name below is loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mimika.analysis import analyze
    from mimika.client import Client
    from mimika.emotions import EMOTIONS
    from mimika.errors import (
        CameraBusy,
        CameraNotFound,
        DeviceError,
        InputError,
        MimikaError,
        MissingExtra,
        ModelError,
        NoDisplay,
        OutputError,
        UsageError,
    )
    from mimika.media.frame import Frame
    from mimika.media.open import open_source
    from mimika.recognizer import Recognizer
    from mimika.results import Box, Face, FrameResult
    from mimika.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "EMOTIONS",
    "Box",
    "CameraBusy",
    "CameraNotFound",
    "Client",
    "DeviceError",
    "Face",
    "Frame",
    "FrameResult",
    "InputError",
    "MimikaError",
    "MissingExtra",
    "ModelError",
    "NoDisplay",
    "OutputError",
    "Recognizer",
    "Settings",
    "UsageError",
    "__version__",
    "analyze",
    "open_source",
]

_HOME = {
    "Client": "mimika.client",
    "EMOTIONS": "mimika.emotions",
    "Frame": "mimika.media.frame",
    "open_source": "mimika.media.open",
    "Recognizer": "mimika.recognizer",
    "analyze": "mimika.analysis",
    "Box": "mimika.results",
    "Face": "mimika.results",
    "FrameResult": "mimika.results",
    "Settings": "mimika.settings",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'mimika' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME.get(name, "mimika.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
