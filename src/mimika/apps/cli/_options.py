"""The options that several verbs share: each means one thing, and its help stands here, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.base.errors import UsageError
from mimika.pipeline.settings import MOST_THREADS

Language = Literal["en", "ru"]

AT_LEAST_0 = Number(gte=0)
AT_LEAST_1 = Number(gte=1)
SHARE = Number(gte=0, lte=1)
SECONDS = Number(gt=0, lte=86_400)


def size_of(text: str) -> tuple[int, int]:
    """Read a size such as "1280x720", or "96" for a square, as (width, height) in pixels.

    Raises:
        UsageError: it is no such size.
    """
    width, cross, height = text.strip().lower().replace("×", "x").partition("x")
    height = height if cross else width
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise UsageError(
            "--size is a width and a height in pixels such as 1280x720, or one number for a "
            f"square, and {text!r} is not."
        )
    return int(width), int(height)


def _read_size(kind: Any, tokens: Any) -> tuple[int, int]:
    del kind
    return size_of(tokens[0].value)


Size = Annotated[
    tuple[int, int],
    Parameter(
        name="--size",
        converter=_read_size,
        n_tokens=1,
        metavar="WIDTHxHEIGHT",
        accepts_keys=False,
    ),
]
"""A picture's size; the verb says which picture's."""

Model = Annotated[
    str,
    Parameter(
        help="The classifier: a name from `mimika models`, an ONNX file with a card, or the "
        "folder of a training run."
    ),
]
Data = Annotated[
    Path,
    Parameter(
        help="The data set: a folder with a folder per class, the competition's folder, "
        "fer2013.csv, or any CSV of path and label (docs/data.md)."
    ),
]
Engine = Annotated[
    str, Parameter(help="What runs the networks: a name from `mimika engines`, or auto.")
]
Threads = Annotated[
    int,
    Parameter(
        validator=Number(gte=0, lte=MOST_THREADS),
        help="Processor threads for the networks; 0 takes what suits the machine.",
    ),
]
# For a verb whose --output is optional or an address; its docstring says what is written.
OUTPUT_NAMES = Parameter(name=["--output", "-o"])
Target = Annotated[
    Path, Parameter(name=OUTPUT_NAMES.name, help="Where to write: a file, or a folder for many.")
]


def _read_json_file(kind: Any, tokens: Any) -> Path:
    del kind
    name = tokens[0].value
    if name.startswith("-") and name != "-":
        raise UsageError(f"--json needs the name of a file, or - to print, before {name}.")
    return Path(name)


JsonFile = Annotated[
    Path | None,
    Parameter(
        name="--json",
        converter=_read_json_file,
        allow_leading_hyphen=True,
        help="Write what was found as JSON to this file; - prints it.",
    ),
]
Charts = Annotated[
    Path | None,
    Parameter(help="Draw the figures as pictures into this folder (needs the train extra)."),
]
Labels = Annotated[
    Literal["auto", "nine", "ferplus-8", "fer2013", "own"],
    Parameter(
        help="Which labels of the data set count: nine, ferplus-8, fer2013 or own (docs/data.md); "
        "auto takes nine where annotators voted, else own."
    ),
]
Crop = Annotated[
    Literal["auto", "face", "none"],
    Parameter(help="How faces are cut out of the pictures: auto, face or none."),
]
SkipBad = Annotated[
    bool, Parameter(help="Leave out files that cannot be used instead of refusing the data set.")
]
Seed = Annotated[
    int, Parameter(validator=AT_LEAST_0, help="Of what is chosen by chance, such as a split.")
]
Mirror = Annotated[bool, Parameter(help="Average each face with its mirror image; twice the time.")]
CardName = Annotated[
    str, Parameter(name="--name", help="Name in the card; the model's own where not given.")
]
CardLicense = Annotated[str, Parameter(name="--license", help="License, for the card.")]
CardNotes = Annotated[str, Parameter(name="--notes", help="What else the card should say.")]
Several = Parameter(consume_multiple=True, negative="")
"""For options that take one value or more: `--engines cpu openvino`."""
Resume = Annotated[bool, Parameter(help="Go on with what an interrupted run left.")]
Overwrite = Annotated[
    bool, Parameter(help="Replace files that are there already; otherwise they are left alone.")
]
Quiet = Annotated[bool, Parameter(help="Print nothing but errors.")]

SHARED: dict[str, Any] = {
    "model": Model,
    "engine": Engine,
    "threads": Threads,
    "output": Target,
    "json": JsonFile,
    "charts": Charts,
    "labels": Labels,
    "crop": Crop,
    "skip_bad": SkipBad,
    "seed": Seed,
    "mirror": Mirror,
    "name": CardName,
    "license": CardLicense,
    "notes": CardNotes,
    "resume": Resume,
    "overwrite": Overwrite,
    "quiet": Quiet,
}
"""The shared options by name, for docs/settings.md and the test that every verb keeps to them."""
