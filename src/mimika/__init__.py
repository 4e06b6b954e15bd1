"""Mimika reads emotions from faces, live.

    import mimika

    for face in mimika.analyze("photo.jpg"):                # one picture
        print(face.emotion, face.confidence, face.box)

    summary = mimika.process("film.mp4", sinks=["faces.csv", "annotated.mp4"])   # a film, to files
    print(summary.moments)

    with mimika.Recognizer() as recognizer, mimika.open_source(0) as camera:     # frame by frame
        for frame in camera:
            print([face.emotion for face in recognizer(frame).faces])

    mimika.analyze_many("photos/").to_pandas()              # many pictures, as a table
    mimika.read_results("faces.csv")                        # what was written before

How faces are found and judged: `mimika.Settings`. What can go wrong: `mimika.MimikaError` and its
kinds. The command line: `python -m mimika --help`.

Importing loads nothing heavy; each name below is loaded when first used. Its one side effect keeps
Mimika quiet on the network: ONNX Runtime's telemetry is off unless you have set its variable.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from mimika.base.version import __version__

if TYPE_CHECKING:
    from mimika.base.errors import (
        CameraBusy,
        CameraNotFound,
        DeviceError,
        IncompleteInput,
        InputError,
        MimikaError,
        MissingExtra,
        ModelError,
        NoDisplay,
        OutputError,
        UsageError,
    )
    from mimika.client import Client
    from mimika.drawing.overlay import Overlay
    from mimika.labels.emotions import EMOTIONS
    from mimika.pipeline.analyze import analyze
    from mimika.pipeline.analyze_many import analyze_many
    from mimika.pipeline.process import Progress, process
    from mimika.pipeline.recognizer import Recognizer
    from mimika.pipeline.settings import Settings
    from mimika.schema.columns import ResultSchema
    from mimika.schema.geometry import Box
    from mimika.schema.results import Face, FrameResult
    from mimika.schema.tables import Results
    from mimika.sinks.open import open_sink
    from mimika.sources.frame import Frame
    from mimika.sources.open import open_source
    from mimika.timeline.read import read_results
    from mimika.timeline.summary import Summary

# ONNX Runtime reads it when it is imported, by whichever library does so first; its own function
# that turns telemetry off comes too late, as files are written and a host looked up before.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

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
    "IncompleteInput",
    "InputError",
    "MimikaError",
    "MissingExtra",
    "ModelError",
    "NoDisplay",
    "OutputError",
    "Overlay",
    "Progress",
    "Recognizer",
    "ResultSchema",
    "Results",
    "Settings",
    "Summary",
    "UsageError",
    "__version__",
    "analyze",
    "analyze_many",
    "open_sink",
    "open_source",
    "process",
    "read_results",
]

_HOME = {
    "Client": "mimika.client",
    "EMOTIONS": "mimika.labels.emotions",
    "Frame": "mimika.sources.frame",
    "open_source": "mimika.sources.open",
    "Recognizer": "mimika.pipeline.recognizer",
    "analyze": "mimika.pipeline.analyze",
    "analyze_many": "mimika.pipeline.analyze_many",
    "Box": "mimika.schema.geometry",
    "Face": "mimika.schema.results",
    "FrameResult": "mimika.schema.results",
    "Overlay": "mimika.drawing.overlay",
    "Progress": "mimika.pipeline.process",
    "ResultSchema": "mimika.schema.columns",
    "Results": "mimika.schema.tables",
    "Settings": "mimika.pipeline.settings",
    "Summary": "mimika.timeline.summary",
    "open_sink": "mimika.sinks.open",
    "process": "mimika.pipeline.process",
    "read_results": "mimika.timeline.read",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'mimika' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME.get(name, "mimika.base.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
