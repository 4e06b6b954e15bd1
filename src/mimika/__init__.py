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

How faces are found and judged: `help(mimika.Settings)`. What results hold: `help(mimika.Face)`,
`help(mimika.Results)`. What can go wrong: `help(mimika.MimikaError)`. All names: `dir(mimika)`. The
command line: `python -m mimika --help`.

Importing loads nothing heavy; each name below is loaded when first used. Its one side effect keeps
Mimika quiet on the network: ONNX Runtime's telemetry is off unless you have set its variable.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from mimika.base.version import __version__ as __version__

if TYPE_CHECKING:
    from mimika.base.errors import (
        CameraBusy as CameraBusy,
        CameraNotFound as CameraNotFound,
        DeviceError as DeviceError,
        IncompleteInput as IncompleteInput,
        InputError as InputError,
        MimikaError as MimikaError,
        MissingExtra as MissingExtra,
        ModelError as ModelError,
        NoDisplay as NoDisplay,
        OutputError as OutputError,
        UsageError as UsageError,
    )
    from mimika.client import Client as Client
    from mimika.drawing.overlay import Overlay as Overlay
    from mimika.labels.emotions import EMOTIONS as EMOTIONS
    from mimika.pipeline.analyze import analyze as analyze
    from mimika.pipeline.analyze_many import analyze_many as analyze_many
    from mimika.pipeline.process import Progress as Progress, process as process
    from mimika.pipeline.recognizer import Recognizer as Recognizer
    from mimika.pipeline.settings import Settings as Settings
    from mimika.schema.columns import ResultSchema as ResultSchema
    from mimika.schema.geometry import Box as Box
    from mimika.schema.results import Face as Face, FrameResult as FrameResult
    from mimika.schema.tables import Results as Results
    from mimika.sinks.open import open_sink as open_sink
    from mimika.sources.frame import Frame as Frame
    from mimika.sources.open import open_source as open_source
    from mimika.timeline.read import read_results as read_results
    from mimika.timeline.summary import Summary as Summary

# ONNX Runtime reads it when it is imported, by whichever library does so first; its own function
# that turns telemetry off comes too late, as files are written and a host looked up before.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# There is no `__all__`: help(mimika) would print each class whole, on two thousand lines.
_HOME = {
    "EMOTIONS": "mimika.labels.emotions",
    "Box": "mimika.schema.geometry",
    "CameraBusy": "mimika.base.errors",
    "CameraNotFound": "mimika.base.errors",
    "Client": "mimika.client",
    "DeviceError": "mimika.base.errors",
    "Face": "mimika.schema.results",
    "Frame": "mimika.sources.frame",
    "FrameResult": "mimika.schema.results",
    "IncompleteInput": "mimika.base.errors",
    "InputError": "mimika.base.errors",
    "MimikaError": "mimika.base.errors",
    "MissingExtra": "mimika.base.errors",
    "ModelError": "mimika.base.errors",
    "NoDisplay": "mimika.base.errors",
    "OutputError": "mimika.base.errors",
    "Overlay": "mimika.drawing.overlay",
    "Progress": "mimika.pipeline.process",
    "Recognizer": "mimika.pipeline.recognizer",
    "ResultSchema": "mimika.schema.columns",
    "Results": "mimika.schema.tables",
    "Settings": "mimika.pipeline.settings",
    "Summary": "mimika.timeline.summary",
    "UsageError": "mimika.base.errors",
    "analyze": "mimika.pipeline.analyze",
    "analyze_many": "mimika.pipeline.analyze_many",
    "open_sink": "mimika.sinks.open",
    "open_source": "mimika.sources.open",
    "process": "mimika.pipeline.process",
    "read_results": "mimika.timeline.read",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mimika' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted((*_HOME, "__version__"))
