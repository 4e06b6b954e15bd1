"""The settings of recognition, once: options, their help and docs/settings.md come from here.

The table is the docstring of `Settings`; a program that is packed keeps docstrings, so `--help`
reads the same there. Which detectors there are says their own table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mimika.base.durations import seconds_of
from mimika.base.errors import UsageError
from mimika.detection.table import choices
from mimika.pipeline.wanted import read_region

MOST_THREADS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How faces are found and judged.

    Attributes:
        model: The classifier: a name from `mimika models`, an ONNX file with a card, or the folder
            of a training run.
        detector: The face detector.
        engine: What runs the networks: auto, cpu, openvino, cuda, tensorrt, tensorrt-rtx, coreml or
            directml.
        min_face: Shortest side of a face in pixels; smaller ones are left out.
        min_confidence: A face whose leading emotion is less probable than this (0 to 1) is called
            uncertain.
        min_presence: A box that holds a face with less probability than this (0 to 1) is left out;
            0 keeps all. Only models with an output "presence" say how probable that is.
        largest: Analyze only the largest face of each frame.
        people: How many people there are at most, 0 for any number. Who looks away keeps the number
            for a minute; with this given for good, and further faces are left out.
        region: Analyze only faces whose center lies in this part of the frame: X,Y,WIDTH,HEIGHT
            in pixels.
        every: Analyze every n-th frame (such as 3), or one frame in this much time (such as 0.1s or
            250ms), and carry faces over the frames between.
        raw: Show each frame's bare probabilities, without smoothing over time.
        mesh: Read the mesh of each face as well: how the head is turned, where the eyes look,
            whether they are shut, mouth and smile.
        threads: Processor threads for the networks; 0 takes what suits the machine.
    """

    model: str = "default"
    detector: str = "yunet"
    engine: str = "auto"
    min_face: int = 16
    min_confidence: float = 0.0
    min_presence: float = 0.2
    largest: bool = False
    people: int = 0
    region: str = ""
    every: int | str = 1
    raw: bool = False
    mesh: bool = False
    threads: int = 0

    def __post_init__(self) -> None:
        """Refuse values that no face could satisfy.

        Raises:
            UsageError: a value is out of its range.
        """
        for option, given, such in (
            ("--min-confidence", self.min_confidence, 0.4),
            ("--min-presence", self.min_presence, 0.2),
        ):
            if not 0.0 <= given <= 1.0:
                raise UsageError(
                    f"{option} is a probability from 0 to 1, and {given:g} is not: give a value "
                    f"such as {such:g}."
                )
        if self.min_face < 1:
            raise UsageError(f"--min-face is in pixels, from 1; {self.min_face} is not.")
        if self.people < 0:
            raise UsageError(f"--people counts people, from 1, or is 0; {self.people} is neither.")
        read_region(self.region)
        self.interval  # noqa: B018 - refuses what is none
        if not 0 <= self.threads <= MOST_THREADS:
            raise UsageError(
                f"--threads is 0 (choose for me) or a number up to {MOST_THREADS}; {self.threads} "
                "is neither."
            )

    @property
    def interval(self) -> tuple[int, float]:
        """How often frames are analyzed: every n-th, and at most one in so many seconds.

        Raises:
            UsageError: `every` says neither.
        """
        written, frames, seconds = str(self.every).strip(), 0, 0.0
        if re.fullmatch(r"[+-]?\d+", written):
            frames = int(written)
        elif written[-1:].isalpha():
            frames, seconds = 1, seconds_of(written)
        if frames < 1 or (seconds <= 0 and not written[-1].isdigit()):
            raise UsageError(
                f"--every counts frames, from 1, or gives a time such as 0.1s; {self.every} does "
                "neither."
            )
        return frames, seconds


Settings.__doc__ = (Settings.__doc__ or "").replace(
    "The face detector.", f"The face detector: {choices()}."
)
