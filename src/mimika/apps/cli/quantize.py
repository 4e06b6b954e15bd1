"""`mimika quantize`: the int8 form of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def quantize(
    model: str,
    data: Path,
    /,
    *,
    out: Annotated[Path, Parameter(alias="-o")],
    max_drop: float = 0.5,
    weight_bits: Literal[7, 8] = 7,
    labels: str = "auto",
    crop: str = "auto",
    skip_bad: bool = False,
    seed: int = 0,
) -> None:
    """Write the int8 form of a model file: smaller, and faster on processors.

    Ranges are taken from the data set's validation faces, and both forms are judged on them; test
    faces are never looked at. Layers that suffer most stay in float where that is needed.

    Args:
        model: A float model file or the folder of a training run.
        data: The data set: a folder with a folder per class, the competition's folder,
            fer2013.csv, or any CSV of path and label (docs/data.md).
        out: The .onnx file to write.
        max_drop: Greatest loss of accuracy in percentage points; above it nothing is written.
        weight_bits: 7 is fast on every processor; 8 is a little more exact, and as fast only with
            VNNI (Intel from about 2019, AMD from Zen 4).
        labels: Which labels to go by: nine, ferplus-8, fer2013, own or auto.
        crop: How faces are cut: face, none or auto.
        skip_bad: Leave out unusable pictures instead of refusing the data set.
        seed: Of the choice of faces.

    Examples:
        mimika quantize runs/first faces/ -o first-int8.onnx
        mimika quantize model.onnx fer2013.csv -o model-int8.onnx --max-drop 0.3
    """
    from mimika.apps.cli.console import notice
    from mimika.apps.cli.console import out as console
    from mimika.base.errors import UsageError
    from mimika.models.find import model_path
    from mimika.training.extra import require

    require("Quantizing")
    if not 0 <= max_drop <= 100:
        raise UsageError(f"--max-drop is in percentage points, from 0 to 100; {max_drop:g} is not.")
    from mimika.training.data.dataset import open_data
    from mimika.training.quantization.checked import quantize_checked

    source = model_path(model)
    if out.resolve() == source.resolve():
        raise UsageError("-o names the float model itself: give another file, both are of use.")
    faces = open_data(data, labels=labels, crop=crop, skip_bad=skip_bad, seed=seed, to_train=False)
    done = quantize_checked(
        source, faces, out, max_drop=max_drop, weight_bits=weight_bits, seed=seed, say=notice
    )
    before, after = done.before, done.after
    kept = f" Left in float: {', '.join(done.kept_float)}." if done.kept_float else ""
    console.print(
        f"{out}: {after.accuracy:.2%} of {done.faces} validation faces right, "
        f"{before.accuracy:.2%} before; {done.agreement:.1%} of the answers are the same. "
        f"{after.face_ms:.2f} ms a face, {before.face_ms:.2f} before; {after.size_mb:.1f} MB, "
        f"{before.size_mb:.1f} before.{kept}",
        soft_wrap=True,
        markup=False,
    )
