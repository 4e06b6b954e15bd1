"""A training run: its folder, from the settings to the model file.

RUN/config.json             the settings, and the data set's place
RUN/log.csv                 one line an epoch
RUN/checkpoint.safetensors  what --resume needs
RUN/weights.safetensors     the best weights so far
RUN/model.onnx              the model file, with its card
RUN/metrics.json            what the model file makes of the validation faces
RUN/learning_curve.png, RUN/confusion.png
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mimika.base.errors import OutputError, UsageError
from mimika.base.files import replacing
from mimika.models.calibration import Calibration
from mimika.models.model import OnnxModel
from mimika.training.config import CONFIG_FILE, Config, read_config
from mimika.training.evaluation.charts import draw_confusion
from mimika.training.evaluation.metrics import (
    best_temperature,
    classification_metrics,
    output_metrics,
)
from mimika.training.evaluation.predictions import predict_outputs
from mimika.training.evaluation.speed import milliseconds_per_face
from mimika.training.export import Origin, export, require_exportable
from mimika.training.finished_run import (
    METRICS_FILE,
    SAMPLE,
    SAMPLE_FILE,
    read_metrics,
    rewrite_metrics,
    write_metrics,
    write_sample,
)
from mimika.training.networks import MAIN_HEAD, build, input_spec
from mimika.training.networks.pretrained import TIMM
from mimika.training.networks.slimming import MOST_FACES
from mimika.training.networks.weights import load_network, load_weights, notes_of
from mimika.training.no_faces import open_no_faces, with_no_faces
from mimika.training.trainer.accelerator import open_accelerator
from mimika.training.trainer.callbacks import Callback, CallbackList, TensorBoardCallback
from mimika.training.trainer.checkpoint import CHECKPOINT_FILE, read_checkpoint
from mimika.training.trainer.lock import LOCK_FILE, locked
from mimika.training.trainer.log import CURVE_FILE, draw_curve
from mimika.training.trainer.teacher_cache import cached_answers
from mimika.training.trainer.trainer import Trainer
from mimika.training.trainer.validate import outputs_of
from mimika.training.training_arrays import (
    class_heads,
    describe,
    heads_of,
    make_arrays,
    open_faces,
    open_unlabeled_faces,
    training_faces,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.models.card import InputSpec
    from mimika.training.data.dataset import LabeledFaces, Split
    from mimika.training.trainer.accelerator import Accelerator
    from mimika.training.training_arrays import TrainingArrays

MODEL_FILE = "model.onnx"
CONFUSION_FILE = "confusion.png"


def train(
    data: Path | str | LabeledFaces,
    folder: Path | str,
    config: Config | None = None,
    *,
    resume: bool = False,
    callback: Callback | None = None,
) -> dict[str, Any]:
    """Train a network on labeled faces and write its model file.

    Args:
        data: a data set on disk (docs/data.md), or one that is open already.
        folder: the run's folder; made where it is not there.
        config: the settings; with `resume` those of the run count.
        resume: continue the run in `folder`; it ends as if it had never been interrupted.
        callback: what follows the run.

    Returns:
        The metrics, as `metrics.json` holds them.

    Raises:
        UsageError: the folder holds a run already, or a run that is still running.
        InputError: the data set or the run to resume is unusable.
        ModelError: weights or a teacher cannot be loaded.
        OutputError: a file cannot be written.
    """
    folder = Path(folder)
    callback = callback or Callback()
    if resume:
        config = read_config(folder)
        if (folder / METRICS_FILE).is_file():
            callback.on_message(f"The run {folder} is finished already.")
            return read_metrics(folder)
    elif (folder / CONFIG_FILE).exists():
        raise UsageError(
            f"The folder {folder} holds a run already: continue it with --resume, or give another "
            "folder with -o."
        )
    config = config or Config()
    spec = input_spec(config.network, size=config.size, color=config.color)
    devices = range(torch.cuda.device_count())
    with torch.random.fork_rng(devices):
        accelerator = open_accelerator(config)
        with _hold(folder, accelerator):
            faces = open_faces(data, config)
            with accelerator.fabric.rank_zero_first():
                arrays = _arrays(faces, config, spec, accelerator, callback)
            if not accelerator.fabric.is_global_zero:
                callback = Callback()
            return _train(
                faces,
                arrays,
                place=str(Path(data).resolve()) if isinstance(data, (str, Path)) else "",
                folder=folder,
                config=config,
                accelerator=accelerator,
                spec=spec,
                callback=callback,
            )


def _arrays(
    data: LabeledFaces,
    config: Config,
    spec: InputSpec,
    accelerator: Accelerator,
    callback: Callback,
) -> TrainingArrays:
    """Lay out what is learnt, with the answers of teachers where the settings name their file."""
    unlabeled = open_unlabeled_faces(config, data)
    arrays = make_arrays(data, config, spec, unlabeled)
    boxes = open_no_faces(config)
    if config.teacher_cache:
        arrays = _taught(data, config, unlabeled, arrays, accelerator, callback)
    return arrays if boxes is None else with_no_faces(arrays, boxes, spec)


def _taught(
    data: LabeledFaces,
    config: Config,
    unlabeled: Split | None,
    arrays: TrainingArrays,
    accelerator: Accelerator,
    callback: Callback,
) -> TrainingArrays:
    taught = cached_answers(
        Path(config.teacher_cache),
        config.teacher,
        partial(training_faces, data, unlabeled),
        class_heads(heads_of(data, config)),
        accelerator.device,
        notice=callback.on_message,
    )
    return replace(arrays, taught=taught)


def _train(
    data: LabeledFaces,
    arrays: TrainingArrays,
    *,
    place: str,
    folder: Path,
    config: Config,
    accelerator: Accelerator,
    spec: InputSpec,
    callback: Callback,
) -> dict[str, Any]:
    torch.manual_seed(config.seed)
    network = build(config.network, heads_of(data, config), spec, dropout=config.dropout)
    network.standardizes = config.standardize
    checkpoint = None
    if (folder / CHECKPOINT_FILE).is_file():
        checkpoint = read_checkpoint(folder, config.network)
    else:
        for message in load_weights(
            network, config.weights, arrays.faces[arrays.rows[:MOST_FACES]]
        ):
            callback.on_message(message)
    notes = notes_of(network) | {
        "shares": {head: share.tolist() for head, share in arrays.shares.items()},
        "logit_adjustment": config.logit_adjustment,
        "crop_margin": data.crop_margin,
        "data": describe(data, arrays, Path(place).name or "faces"),
    }
    if checkpoint is None and network.name.startswith(TIMM):
        require_exportable(network)
    if config.tensorboard and accelerator.fabric.is_global_zero:
        callback = CallbackList(callback, TensorBoardCallback(folder / "tensorboard"))
    trainer = Trainer(
        network,
        arrays,
        config,
        folder,
        accelerator,
        callback=callback,
        notes=notes,
        checkpoint=checkpoint,
    )
    if accelerator.fabric.is_global_zero and not (folder / CONFIG_FILE).exists():
        # Only now, so that a refused start leaves no run behind.
        _write_config(folder, config, place)
    log = trainer.run()
    if accelerator.fabric.is_global_zero:
        _finish(folder, arrays, log, config)
    accelerator.fabric.barrier()
    return read_metrics(folder)


def _finish(
    folder: Path, arrays: TrainingArrays, log: list[dict[str, float]], config: Config
) -> None:
    """Write the model file, the metrics and the pictures of the best weights."""
    network, notes = load_network(folder)
    labels = arrays.valid_labels[MAIN_HEAD]
    logits = outputs_of(network, arrays.valid_faces, torch.device("cpu"))[MAIN_HEAD]
    calibration = Calibration(temperature=best_temperature(logits, labels))
    metrics: dict[str, Any] = {"epoch": notes["epoch"], "epochs": len(log)}
    origin = Origin(
        name=folder.resolve().name,
        training_data=notes["data"],
        notes=f"Network {network.name}, trained by `mimika train`.",
        crop_margin=notes["crop_margin"],
    )
    # The card carries metrics, and metrics come from the file: it is written twice.
    path = folder / MODEL_FILE
    sample = np.asarray(arrays.valid_faces[:SAMPLE])
    export(network, path, origin, calibration=calibration, faces=sample)
    write_sample(folder / SAMPLE_FILE, sample)
    model = OnnxModel(path, engine="cpu")
    classes = network.classes[MAIN_HEAD]
    predicted = predict_outputs(model, arrays.valid_faces, tuple(network.outputs))
    metrics |= classification_metrics(predicted[MAIN_HEAD], labels, classes)
    metrics["outputs"] = {
        head: output_metrics(output.kind, predicted[head], arrays.valid_labels[head])
        for head, output in network.outputs.items()
        if head != MAIN_HEAD
    }
    metrics |= {
        "split": "valid",
        "temperature": calibration.temperature,
        "parameters": network.parameter_count,
        "images_per_second": sum(row["images_per_second"] for row in log) / len(log),
        "train_seconds": read_checkpoint(folder, config.network).seconds,
        "ms_per_face": milliseconds_per_face(model),
        "classes": list(classes),
    }
    if busy := [row["gpu_busy"] for row in log if "gpu_busy" in row]:
        metrics["gpu_busy"] = sum(busy) / len(busy)
    rewrite_metrics(path, metrics)
    draw_curve(folder / CURVE_FILE, log, origin.name)
    draw_confusion(
        folder / CONFUSION_FILE,
        metrics["confusion"],
        classes,
        f"{origin.name}: {metrics['accuracy']:.1%} right",
    )
    write_metrics(folder, metrics)


def _write_config(folder: Path, config: Config, place: str) -> None:
    raw = {"data": place, **json.loads(config.to_json())}
    with replacing(folder / CONFIG_FILE) as beside:
        beside.write_text(json.dumps(raw, indent=1, ensure_ascii=False), encoding="utf-8")


@contextlib.contextmanager
def _hold(folder: Path, accelerator: Accelerator) -> Iterator[None]:
    """Make and lock the folder in the first process alone."""
    if not accelerator.fabric.is_global_zero:
        yield
        return
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be made ({error.strerror}): give another with -o."
        ) from error
    try:
        with locked(folder):
            yield
    finally:
        if new and not (folder / CONFIG_FILE).exists():
            # Refused before anything was done: nothing stays behind.
            with contextlib.suppress(OSError):
                (folder / LOCK_FILE).unlink(missing_ok=True)
                folder.rmdir()
