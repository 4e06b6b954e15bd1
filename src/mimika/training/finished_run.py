"""What a run left behind: its metrics, sample faces, and model files made of it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import InputError, UsageError
from mimika.base.files import replacing
from mimika.models.calibration import Calibration
from mimika.models.card import CARD_KEY, card_from_metadata
from mimika.training.config import CONFIG_FILE, read_config
from mimika.training.export import Origin, export
from mimika.training.networks import MAIN_HEAD
from mimika.training.networks.ensemble import described, load_ensemble
from mimika.training.networks.weights import load_network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mimika.models.card import Card, InputSpec
    from mimika.training.networks import FaceNetwork
    from mimika.training.networks.ensemble import Ensemble

SAMPLE_FILE = "sample_faces.png"
SAMPLE = 16


METRICS_FILE = "metrics.json"


def write_metrics(folder: Path, metrics: dict[str, Any]) -> None:
    """Write the metrics of a run.

    Raises:
        OutputError: no space, no permission.
    """
    with replacing(folder / METRICS_FILE) as beside:
        beside.write_text(json.dumps(metrics, indent=1, ensure_ascii=False), encoding="utf-8")


def read_metrics(folder: Path | str) -> dict[str, Any]:
    """Read a finished run's metrics.

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
    further: Sequence[Path] = (),
    shares: Sequence[float] = (),
    name: str = "",
    temperature: float = 0.0,
    prior_power: float = 0.0,
    license: str = "",
    notes: str = "",
) -> tuple[Card, float]:
    """Write the model file of a run anew, or one of several runs.

    Args:
        source: a run's folder, or a checkpoint.
        out: the .onnx file to write.
        further: others, whose probabilities are averaged with those of the first; see
            `mimika.training.networks.ensemble`.
        shares: of each further one in the mean; the first has the rest. Alike where empty.
        name: of the model; the run's own where empty, or those of all, with + between.
        temperature: divides the logits; 0 takes the run's own, or 1 where it has none yet or
            there are several.
        prior_power: see `mimika.training.export.Calibration`.
        license: of the weights.
        notes: what else the card should say.

    Returns:
        The card, and the greatest difference of a probability from PyTorch's.

    Raises:
        UsageError: a temperature or power below 0, or shares that are none.
        ModelError: the source holds no network of Mimika's, or several do not fit together.
        OutputError: the file cannot be written.
    """
    if temperature < 0 or prior_power < 0:
        raise UsageError("--temperature and --prior-power are 0 or more.")
    source, out = Path(source), Path(out)
    sources = [source, *further]
    network: FaceNetwork | Ensemble
    if further or shares:
        network, known = load_ensemble(sources, shares)
        made_of = described(network)
    else:
        network, known = load_network(source)
        made_of = f"Network {network.name}, trained by `mimika train`."
    own: dict[str, Any] = {}
    if not further and (_folder(source) / METRICS_FILE).is_file():
        own = read_metrics(_folder(source))
    changed = prior_power or (temperature and temperature != own.get("temperature"))
    # Figures belong to the very file that they were taken from.
    metrics = {} if changed or not source.is_dir() or not own else _metrics(own)
    calibration = Calibration(
        temperature=temperature or own.get("temperature", 1.0),
        prior_power=prior_power,
        shares=tuple(known["shares"][MAIN_HEAD]),
    )
    origin = Origin(
        name=name or "+".join(_folder(each).resolve().name for each in sources),
        training_data=known["data"],
        license=license,
        notes=f"{made_of} {notes}".strip(),
        crop_margin=known["crop_margin"],
        metrics=metrics,
    )
    samples = (read_sample(_folder(each) / SAMPLE_FILE, network.spec) for each in sources)
    sample = next((each for each in samples if each is not None), None)
    return export(network, out, origin, calibration=calibration, faces=sample)


def _folder(source: Path) -> Path:
    return source if source.is_dir() else source.parent


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
    """Read what `write_sample` wrote; None where there is none, or of another size or color."""
    from PIL import Image

    if not path.is_file():
        return None
    column = np.asarray(Image.open(path))
    if column.shape[1:] != (spec.width, *([3] if spec.color == "rgb" else [])):
        return None
    return column.reshape(-1, spec.height, spec.width, spec.channels)


def rewrite_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Put the metrics of the validation into a model file's card."""
    import onnx

    model = onnx.load(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    raw = json.loads(card_from_metadata(metadata, str(path)).to_json())
    raw["metrics"] = _metrics(metrics)
    metadata[CARD_KEY] = json.dumps(raw, ensure_ascii=False, indent=1)
    onnx.helper.set_model_props(model, metadata)
    with replacing(path) as beside:
        beside.write_bytes(model.SerializeToString())


def _metrics(metrics: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: round(metrics[key], 4) for key in ("accuracy", "balanced_accuracy", "ece")}
    return {metrics["split"]: {**kept, "n": metrics["n"]}}
