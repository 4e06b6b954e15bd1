"""From a trained network to a model file that is whole.

The graph takes uint8 crops and gives probabilities: normalization, folding, temperature and prior
correction are inside; labels, input and figures are in the card. Before the file takes its name it
must give the same as PyTorch.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from mimika.base.errors import MimikaError, ModelError
from mimika.base.files import replacing
from mimika.models.calibration import Calibration
from mimika.models.card import CARD_KEY, INPUT_NAME, Card
from mimika.models.model import OnnxModel
from mimika.training.networks import MAIN_HEAD
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.repvgg import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from mimika.training.networks import FaceNetwork
    from mimika.training.networks.ensemble import Ensemble

    Exportable = FaceNetwork | Ensemble

OPSET = 18
"""ONNX operator set; ONNX Runtime 1.20, the oldest supported, runs up to 21."""

TOLERANCE = 1e-4
"""Greatest difference of a probability or value between PyTorch and ONNX Runtime."""


class _Whole(nn.Module):
    """uint8 (N, H, W, C) in, probabilities or values of each head out."""

    def __init__(self, network: Exportable, calibration: Calibration) -> None:
        super().__init__()
        self.network = network
        self.temperature = calibration.temperature
        self.offset: Tensor
        self.register_buffer("offset", torch.from_numpy(calibration.offset))

    def forward(self, faces: Tensor) -> tuple[Tensor, ...]:
        found = self.network(to_pixels(faces))
        found[MAIN_HEAD] = found[MAIN_HEAD] / self.temperature - self.offset
        classes = self.network.classes
        return tuple(z.softmax(1) if head in classes else z for head, z in found.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a model comes from, for its card; see `mimika.models.card.Card`."""

    name: str
    version: str = "1"
    crop_margin: float = 0.0
    training_data: str = ""
    license: str = ""
    notes: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)


def make_card(network: Exportable, origin: Origin, calibration: Calibration) -> Card:
    """Describe a network as its model file will."""
    return Card(
        name=origin.name,
        version=origin.version,
        outputs=network.outputs,
        input=network.spec,
        crop_margin=origin.crop_margin,
        training_data=origin.training_data,
        calibration=calibration,
        metrics=origin.metrics,
        license=origin.license,
        created=date.today().isoformat(),
        notes=origin.notes,
    )


def export(
    network: Exportable,
    path: Path,
    origin: Origin,
    *,
    calibration: Calibration | None = None,
    faces: NDArray[np.uint8] | None = None,
) -> tuple[Card, float]:
    """Write a network as a model file.

    Args:
        network: the trained network, on any device; it is not changed.
        path: the .onnx file to write.
        origin: what the card says of the model.
        calibration: temperature and prior correction of the main head.
        faces: (N, H, W, C) uint8 to compare PyTorch and ONNX Runtime on; noise is used besides.

    Returns:
        The card that was written, and the greatest difference of a probability from PyTorch's.

    Raises:
        ModelError: ONNX Runtime gives other probabilities than PyTorch; nothing is written.
        OutputError: the file cannot be written.
    """
    import onnx

    calibration = calibration or Calibration()
    card = make_card(network, origin, calibration)
    whole = _Whole(fold(network).cpu(), calibration).eval()
    spec = network.spec
    # Two faces, as a batch of one would be taken for a fixed size.
    example = torch.zeros(2, spec.height, spec.width, spec.channels, dtype=torch.uint8)
    with _quiet():
        program = torch.onnx.export(
            whole,
            (example,),
            input_names=[INPUT_NAME],
            output_names=[output.tensor for output in network.outputs.values()],
            opset_version=OPSET,
            dynamic_shapes={INPUT_NAME: {0: torch.export.Dim("N", min=1)}},
            dynamo=True,
            external_data=False,
        )
    assert program is not None
    model = program.model_proto
    onnx.helper.set_model_props(model, {CARD_KEY: card.to_json()})
    with replacing(path) as beside:
        beside.write_bytes(model.SerializeToString())
        worst = check_parity(network, beside, calibration, faces)
    return card, worst


def require_exportable(network: FaceNetwork) -> None:
    """Export a network for trial, before hours are spent on it.

    Raises:
        ModelError: it cannot be exported, or gives something else then.
    """
    with tempfile.TemporaryDirectory(prefix="mimika-export-") as folder:
        try:
            export(network, Path(folder) / "trial.onnx", Origin(name="trial"))
        except MimikaError:
            raise
        except Exception as error:  # PyTorch's exporter raises a dozen unrelated kinds
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            raise ModelError(
                f"{network.name} cannot be exported to ONNX ({reason}), so nothing was trained: "
                "choose another network."
            ) from error


def check_parity(
    network: Exportable,
    path: Path,
    calibration: Calibration,
    faces: NDArray[np.uint8] | None = None,
) -> float:
    """Compare a model file with the network that it was made of.

    Args:
        network: the network as trained, not folded.
        path: the model file.
        calibration: what the file was made with.
        faces: (N, H, W, C) uint8 to compare on, besides noise.

    Returns:
        The greatest difference of a probability.

    Raises:
        ModelError: it is above `TOLERANCE`.
    """
    spec = network.spec
    shape = (3, spec.height, spec.width, spec.channels)
    sample = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    if faces is not None:
        sample = np.concatenate([sample, np.asarray(faces[:64])])
    model = OnnxModel(path, engine="cpu")
    found = model.predict(sample, tuple(network.outputs))
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    whole = _Whole(network, calibration).to(device)
    with torch.no_grad():
        expected = whole(torch.from_numpy(sample).to(device))
    network.train(was_training)
    worst = max(
        float(np.abs(a - b.float().cpu().numpy()).max())
        for a, b in zip(found.values(), expected, strict=True)
    )
    if not worst <= TOLERANCE:
        raise ModelError(
            f"The exported network differs from PyTorch's by {worst:.2g} in a probability (at most "
            f"{TOLERANCE:g} is allowed), so no file was written: please report this network."
        )
    return worst


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's progress and deprecation notices off the terminal."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
