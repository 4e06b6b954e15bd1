"""`mimika quantize`: the int8 form of a model file."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import (
    Crop,
    Data,
    Labels,
    Model,
    Overwrite,
    Quiet,
    Seed,
    SkipBad,
    Target,
)


def quantize(
    model: Model,
    data: Data,
    /,
    *,
    output: Target,
    max_drop: Annotated[float, Parameter(validator=Number(gte=0, lte=100))] = 0.5,
    weight_bits: Literal[7, 8] = 7,
    faces: Annotated[int, Parameter(validator=Number(gte=64))] = 512,
    float_layers: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    depthwise_in_float: Annotated[bool, Parameter(negative="")] = False,
    labels: Labels = "auto",
    crop: Crop = "auto",
    skip_bad: SkipBad = False,
    seed: Seed = 0,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Write the int8 form of a model file: smaller, and faster on processors.

    Ranges are taken from the data set's validation faces, and both forms are judged on them; test
    faces are never looked at. Layers that suffer most stay in float where that is needed.

    Args:
        max_drop: Greatest loss of accuracy in percentage points; above it nothing is written.
        weight_bits: 7 is fast on every processor; 8 is a little more exact, and as fast only with
            VNNI (Intel from about 2019, AMD from Zen 4).
        faces: How many validation faces the ranges are taken from, at most; 64 or more.
        float_layers: How many of the layers that suffer most stay in float in any case.
        depthwise_in_float: Of several networks in one file those with depthwise convolutions stay
            in float, as int8 makes them smaller, but no faster.

    Examples:
        mimika quantize runs/first faces/ -o first-int8.onnx
        mimika quantize model.onnx fer2013.csv -o model-int8.onnx --max-drop 0.3
    """
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, notice, out as console
    from mimika.models.find import model_path
    from mimika.training.extra import require

    be_quiet(quiet)
    require("Quantizing")
    from mimika.training.data.dataset import open_data
    from mimika.training.quantization.checked import quantize_checked

    source = model_path(model)
    claim([output], inputs=[source, data], overwrite=overwrite)
    labeled = open_data(
        data, labels=labels, crop=crop, skip_bad=skip_bad, seed=seed, to_train=False
    )
    done = quantize_checked(
        source,
        labeled,
        output,
        max_drop=max_drop,
        weight_bits=weight_bits,
        calibration_faces=faces,
        float_layers=float_layers,
        depthwise_in_float=depthwise_in_float,
        seed=seed,
        say=notice,
    )
    before, after = done.before, done.after
    kept = f" Left in float: {', '.join(done.kept_float)}." if done.kept_float else ""
    console.print(
        f"{output}: {after.accuracy:.2%} of {done.faces} validation faces right, "
        f"{before.accuracy:.2%} before; {done.agreement:.1%} of the answers are the same. "
        f"{after.face_ms:.2f} ms a face, {before.face_ms:.2f} before; {after.size_mb:.1f} MB, "
        f"{before.size_mb:.1f} before.{kept}",
        soft_wrap=True,
    )
