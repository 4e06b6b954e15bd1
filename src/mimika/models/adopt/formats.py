"""Files of other frameworks: each says in a sentence how it becomes ONNX, with one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

SAVED_MODEL = "saved_model.pb"

_KERAS = (
    "a Keras file: convert it with Keras, "
    "`python -c \"import keras; m = keras.models.load_model('{path}'); "
    "m(keras.ops.zeros((1, *m.input_shape[1:]))); m.export('{name}.onnx', format='onnx')\"`"
)
_PYTORCH = (
    "PyTorch weights without their network: export it with PyTorch, in the program that builds it, "
    "`torch.onnx.export(model.eval(), (example,), '{name}.onnx', dynamo=True)`"
)
HOW: dict[str, str] = {
    ".h5": _KERAS,
    ".hdf5": _KERAS,
    ".keras": _KERAS,
    ".tflite": "a LiteRT file: convert it with tf2onnx, "
    "`python -m tf2onnx.convert --tflite {path} --opset 18 --output {name}.onnx`",
    ".pb": "a TensorFlow graph: convert its SavedModel folder with tf2onnx, "
    "`python -m tf2onnx.convert --saved-model FOLDER --opset 18 --output {name}.onnx`",
    ".pth": _PYTORCH,
    ".pt": _PYTORCH,
    ".ckpt": _PYTORCH,
    ".safetensors": _PYTORCH,
}
"""How a file becomes ONNX, by its ending; {path} is the file, {name} its name without ending."""

_FOLDER = (
    "a TensorFlow SavedModel: convert it with tf2onnx, "
    "`python -m tf2onnx.convert --saved-model {path} --opset 18 --output {name}.onnx`"
)


def require_onnx(path: Path) -> None:
    """Refuse what is a model of another framework.

    Raises:
        ModelError: it is; the message has the command that converts it.
    """
    how = HOW.get(path.suffix.lower())
    if path.is_dir():
        if not (path / SAVED_MODEL).is_file():
            raise ModelError(
                f"{path} is a folder without {SAVED_MODEL}: give the ONNX file of the network."
            )
        how = _FOLDER
    if how is not None:
        name = path.stem if path.suffix else path.name
        raise ModelError(f"{path} is {how.format(path=path, name=name)} (docs/adopt.md).")
