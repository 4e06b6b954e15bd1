"""What a run left behind: its network, its figures, and model files made of it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError, ModelError, UsageError
from mimika.base.files import replacing
from mimika.models.card import CARD_KEY, InputSpec, card_from_metadata
from mimika.training.config import CONFIG_FILE, read_config
from mimika.training.export import Calibration, Origin, export
from mimika.training.figures import METRICS_FILE
from mimika.training.networks import MAIN_HEAD, FaceNetwork, build
from mimika.training.networks.weights import WEIGHTS_FILE, read_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mimika.models.card import Card

SAMPLE_FILE = "sample_faces.png"
SAMPLE = 16


def load_network(source: Path | str) -> tuple[FaceNetwork, dict[str, Any]]:
    """Load the network of a run.

    Args:
        source: the run's folder (its best weights), or a checkpoint (its moving average).

    Returns:
        The network on the processor, in evaluation mode, and the run's notes: `network`,
        `classes`, `input`, `standardizes`, `shares`, `logit_adjustment`, `data`, `epoch`.

    Raises:
        ModelError: no such file, or not one that `mimika train` wrote.
    """
    source = Path(source)
    if source.is_dir() and not (source / WEIGHTS_FILE).is_file():
        raise ModelError(
            f"The folder {source} holds no {WEIGHTS_FILE}: give the folder of a `mimika train` run."
        )
    tensors, notes = read_tensors(source)
    if "about" in notes:
        mark = "average.module."
        tensors = {k.removeprefix(mark): t for k, t in tensors.items() if k.startswith(mark)}
        notes = {**notes["about"], "epoch": notes["epoch"]}
    if "network" not in notes or "input" not in notes:
        raise ModelError(
            f"{source} was not written by `mimika train`: to use an ONNX file of your own, wrap "
            "it with `mimika adopt`."
        )
    network = build(notes["network"], notes["classes"], InputSpec(*notes["input"]))
    network.load_state_dict(tensors)
    network.standardizes = notes.get("standardizes", False)
    return network.eval(), notes


def read_metrics(folder: Path | str) -> dict[str, Any]:
    """Read a finished run's figures.

    Raises:
        InputError: the run is not finished.
    """
    path = Path(folder) / METRICS_FILE
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The run {folder} is not finished: go on with `mimika train -o {folder} --resume`."
        ) from error


def read_data_path(folder: Path | str) -> str:
    """Return which data set a run was started with.

    Raises:
        InputError: the folder holds no run.
    """
    read_config(Path(folder))
    raw = json.loads((Path(folder) / CONFIG_FILE).read_text(encoding="utf-8"))
    return str(raw.get("data", ""))


def export_run(
    source: Path | str,
    out: Path | str,
    *,
    name: str = "",
    temperature: float = 0.0,
    prior_power: float = 0.0,
    license: str = "",
    notes: str = "",
) -> tuple[Card, float]:
    """Write the model file of a run anew.

    Args:
        source: a run's folder, or a checkpoint.
        out: the .onnx file to write.
        name: of the model; the run's own where empty.
        temperature: divides the logits; 0 takes the run's own, or 1 where it has none yet.
        prior_power: see `mimika.training.export.Calibration`.
        license: of the weights.
        notes: what else the card should say.

    Returns:
        The card, and the greatest difference of a probability from PyTorch's.

    Raises:
        UsageError: a temperature or power below 0.
        ModelError: the source holds no network of Mimika's.
        OutputError: the file cannot be written.
    """
    if temperature < 0 or prior_power < 0:
        raise UsageError("--temperature and --prior-power are 0 or more.")
    source, out = Path(source), Path(out)
    network, known = load_network(source)
    folder = source if source.is_dir() else source.parent
    own: dict[str, Any] = {}
    if (folder / METRICS_FILE).is_file():
        own = read_metrics(folder)
    changed = prior_power or (temperature and temperature != own.get("temperature"))
    # Figures belong to the very file that they were taken from.
    metrics = {} if changed or not source.is_dir() or not own else _metrics(own)
    calibration = Calibration(
        temperature=temperature or own.get("temperature", 1.0),
        prior_power=prior_power,
        shares=tuple(known["shares"][MAIN_HEAD]),
    )
    origin = Origin(
        name=name or folder.resolve().name,
        training_data=known["data"],
        license=license,
        notes=f"Network {network.name}, trained by `mimika train`. {notes}".strip(),
        crop_margin=known["crop_margin"],
        metrics=metrics,
    )
    sample = read_sample(folder / SAMPLE_FILE, network.spec)
    return export(network, out, origin, calibration=calibration, faces=sample)


def write_sample(path: Path, faces: NDArray[np.uint8]) -> None:
    """Keep a few validation faces, one below the other, to compare model files on.

    Args:
        path: the PNG to write.
        faces: (N, H, W, C) uint8, gray or RGB.

    Raises:
        OutputError: no space, no permission.
    """
    from PIL import Image

    column = np.concatenate(list(faces))
    with replacing(path) as beside:
        Image.fromarray(column.squeeze(-1) if column.shape[-1] == 1 else column).save(beside, "PNG")


def read_sample(path: Path, spec: InputSpec) -> NDArray[np.uint8] | None:
    """Read what `write_sample` wrote; None where there is none."""
    from PIL import Image

    if not path.is_file():
        return None
    column = np.asarray(Image.open(path))
    return column.reshape(-1, spec.height, spec.width, spec.channels)


def rewrite_metrics(path: Path, figures: Mapping[str, Any]) -> None:
    """Put the figures of the validation into a model file's card."""
    import onnx

    model = onnx.load(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    raw = json.loads(card_from_metadata(metadata, str(path)).to_json())
    raw["metrics"] = _metrics(figures)
    metadata[CARD_KEY] = json.dumps(raw, ensure_ascii=False, indent=1)
    onnx.helper.set_model_props(model, metadata)
    with replacing(path) as beside:
        beside.write_bytes(model.SerializeToString())


def _metrics(figures: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: round(figures[key], 4) for key in ("accuracy", "balanced_accuracy", "ece")}
    return {figures["split"]: {**kept, "n": figures["n"]}}
