"""From what the user calls a model to its file."""

from __future__ import annotations

from pathlib import Path

from mimika.base.errors import ModelError
from mimika.base.names import path_of

ASSETS = Path(__file__).parent.parent / "assets"
BUNDLED = {name: ASSETS / f"{name}.onnx" for name in ("default", "fast", "accurate")}
IN_A_RUN = "model.onnx"


def model_path(name: str) -> Path:
    """Return the model file that `name` means.

    Args:
        name: a bundled model's name, a model file, or the folder of a training run.

    Raises:
        ModelError: there is no such model.
    """
    if name in BUNDLED:
        return BUNDLED[name]
    path = path_of(name)
    if path.is_dir():
        path = path / IN_A_RUN
        if not path.is_file():
            raise ModelError(
                f"The folder {name} holds no {IN_A_RUN}: give the folder of a finished "
                "`mimika train` run, or a model file."
            )
    if not path.is_file():
        raise ModelError(
            f"There is no model {name!r}: give one of {', '.join(BUNDLED)} (see `mimika models`), "
            "an .onnx file, or the folder of a training run."
        )
    return path
