"""`mimika adopt`: a classifier from elsewhere becomes a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import (
    CardLicense,
    CardName,
    CardNotes,
    Overwrite,
    Quiet,
    Size,
    Target,
)

if TYPE_CHECKING:
    from mimika.models.adopt.parts import Values


def adopt(
    model: Path,
    /,
    *,
    classes: str,
    size: Size,
    output: Target,
    layout: Literal["nhwc", "nchw"] = "nhwc",
    color: Literal["rgb", "bgr", "gray"] = "rgb",
    divide: Annotated[float, Parameter(validator=Number(gt=0))] = 255.0,
    mean: str = "0",
    std: str = "1",
    activation: Literal["auto", "softmax", "none"] = "auto",
    output_name: str = "",
    values: str = "",
    values_output: str = "",
    values_name: str = "affect",
    values_range: str = "-1,1",
    crop_margin: Annotated[float, Parameter(validator=Number(gte=0, lte=4))] = 0.0,
    name: CardName = "",
    license: CardLicense = "",
    notes: CardNotes = "",
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Wrap a classifier that was exported elsewhere (Keras, PyTorch) into a model file.

    The file runs like Mimika's own models: in every verb, on every engine. docs/adopt.md walks from
    a Keras SavedModel to the webcam.

    Args:
        model: The ONNX file.
        classes: The class names in the network's order, separated by commas, or a text file with
            one a line.
        size: Size of its pictures in pixels.
        layout: nhwc (Keras) or nchw (PyTorch).
        color: Its channels: rgb, bgr or gray.
        divide: Pixels 0-255 are divided by this first: 255 for networks that want 0 to 1, 1 for
            those that want 0 to 255.
        mean: Subtracted then; one number, or one a channel, separated by commas.
        std: Divided by then; likewise.
        activation: What its classes still need: softmax where it gives logits, none where it gives
            probabilities, or auto to see by real faces.
        output_name: Which of its outputs has the classes, where it has several.
        values: Names of the values that it gives beside the classes, such as valence,arousal: of
            the columns so named in --classes, or of --values-output.
        values_output: Its output that the values are, where that is not the one of the classes.
        values_name: What the values are called in the card.
        values_range: Their smallest and largest value; what is beyond is cut off.
        crop_margin: How much longer the side of the crop is than the face's box, as a share: 0 cuts
            tightly, 0.4 shows hair and chin.

    Examples:
        mimika adopt keras.onnx --classes labels.txt --size 128x128 -o mine.onnx
        mimika adopt net.onnx --classes anger,happy,sad --size 224x224 --layout nchw
            --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 -o mine.onnx
        mimika adopt ten.onnx --size 224x224 --layout nchw -o mine.onnx
            --classes anger,contempt,disgust,fear,happy,neutral,sad,surprise,valence,arousal
            --values valence,arousal
        mimika webcam --model mine.onnx
    """
    from collections import Counter

    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import as_typed, be_quiet, notice, out as console
    from mimika.models.adopt.adopt import adopt as wrap
    from mimika.models.adopt.preparation import Preparation

    be_quiet(quiet)
    width, height = size
    claim([output], inputs=[model, classes], overwrite=overwrite)
    preparation = Preparation(
        width=width,
        height=height,
        layout=layout,
        color=color,
        divide=divide,
        mean=_numbers("--mean", mean),
        std=_numbers("--std", std),
    )
    done = wrap(
        model,
        output,
        _labels(classes),
        preparation,
        values=_values(values, values_output, values_name, values_range),
        activation=activation,
        output_name=output_name,
        name=name,
        crop_margin=crop_margin,
        license=license,
        notes=notes,
    )
    seen = Counter(done.predicted).most_common()
    console.print(
        f"{output}: {done.card.name}, {len(done.card.labels)} classes, {width}x{height} {color}, "
        f"{'logits, a softmax was added' if done.logits else 'probabilities'}; differs from the "
        f"network by at most {done.difference:.1g}. Eight sample faces, crying and laughing: "
        f"{', '.join(f'{label} {count}' for label, count in seen)}.",
        soft_wrap=True,
    )
    if done.values:
        ranges = ", ".join(f"{axis} {a:.2f} to {b:.2f}" for axis, (a, b) in done.values.items())
        console.print(f"Of the same faces: {ranges}.", soft_wrap=True)
    if done.renamed:
        words = ", ".join(f"{old} is {new}" for old, new in done.renamed.items())
        notice(f"The card has Mimika's own words for the emotions: {words}.")
    if done.looped:
        notice(
            "It takes one face at a time, so several go through it in a loop: export it with a "
            "free first axis to make it faster."
        )
    if len(seen) == 1:
        notice(
            "It gives the same answer for all of them: check --divide, --mean, --std, --layout and "
            "--color before you rely on it."
        )
    console.print(as_typed(f"Try it: `mimika webcam --model {output}`"), soft_wrap=True)


def _values(text: str, output: str, name: str, limits: str) -> Values | None:
    from mimika.base.errors import UsageError
    from mimika.models.adopt.parts import Values

    if not text:
        if output:
            raise UsageError("--values-output needs --values: the names of what it gives.")
        return None
    ends = _numbers("--values-range", limits)
    if len(ends) != 2:
        raise UsageError("--values-range is the smallest value and the largest, such as -1,1.")
    axes = tuple(part.strip() for part in text.split(","))
    return Values(axes=axes, name=name, tensor=output, minimum=ends[0], maximum=ends[1])


def _numbers(option: str, text: str) -> tuple[float, ...]:
    from mimika.base.errors import UsageError

    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"{option} is one number, or one a channel separated by commas; {text!r} is not."
        ) from error


def _labels(text: str) -> list[str]:
    from mimika.base.errors import InputError

    path = Path(text)
    if "," in text or not (path.suffix or path.is_file()):
        return [part.strip() for part in text.split(",")]
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The labels cannot be read from {path}: give a text file with one a line, or names "
            "separated by commas."
        ) from error
    return [line.strip() for line in lines if line.strip()]
