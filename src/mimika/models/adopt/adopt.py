"""Other people's classifiers, made into model files that are whole.

The wrapped graph takes uint8 crops and gives probabilities: scaling, mean and deviation, the order
of axes and channels, and the softmax where the network gives logits, are inside. The weights stay
as they are. Before the file takes its name it must give on real faces what the network gives on the
same faces prepared by hand. Needs the package `onnx`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimika.base.errors import MissingExtra, ModelError, UsageError
from mimika.base.files import check_writable, replacing
from mimika.engines.agreement import probe
from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.engines.onnxruntime_session import reason_of
from mimika.models.card import CARD_KEY, Card, emotion_output
from mimika.models.model import OnnxModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.models.adopt.preparation import Preparation
    from mimika.models.card import InputSpec

Answers = Literal["auto", "logits", "probabilities"]

TOLERANCE = 1e-4
"""Greatest difference of a probability from the network fed by hand."""

TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of adopting.

    Attributes:
        card: of the new model file.
        logits: a softmax was put behind the network.
        difference: greatest difference of a probability from the network fed by hand.
        answers: the label that it gives each of eight sample faces.
    """

    card: Card
    logits: bool
    difference: float
    answers: tuple[str, ...]


def adopt(
    model: Path,
    output: Path,
    labels: Sequence[str],
    preparation: Preparation,
    *,
    answers: Answers = "auto",
    output_name: str = "",
    name: str = "",
    crop_margin: float = 0.0,
    license: str = "",
    notes: str = "",
) -> Adopted:
    """Wrap a classifier.

    Args:
        model: an ONNX file with one picture input.
        output: the model file to write.
        labels: the class names in the order of the network's output.
        preparation: what the network expects of a picture.
        answers: what it gives; "auto" looks at its answers for real faces.
        output_name: which of its outputs; needed where there are several.
        name: in the card; the file's name where empty.
        crop_margin: see `mimika.models.card.Card`.
        license: of the weights.
        notes: what else the card should say.

    Raises:
        ModelError: the file is unusable, or does not fit what was said of it.
        UsageError: the labels are not names, or there are several outputs and none was named.
        MissingExtra: the package `onnx` is not installed.
        OutputError: the file cannot be written.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtra("Adopting a model", "adopt") from error
    check_writable(output)
    session = CpuSession(model)
    if CARD_KEY in session.metadata:
        raise ModelError(f"{model} has a Mimika card already: use it as it is.")
    source, kind, result = _ends(session, model, preparation, output_name)
    faces = probe((8, *_shape(preparation.spec)), "tensor(uint8)", 8).astype(np.uint8)
    bare = _bare(session, source, result, preparation.by_hand(faces, TYPES[kind]), model)
    _check_labels(labels, bare.shape[1], model)
    logits = not _sums_to_one(bare) if answers == "auto" else answers == "logits"
    if not logits and not _sums_to_one(bare):
        raise ModelError(
            f"{model} does not give probabilities for real faces (they sum to "
            f"{bare.sum(1).mean():.3g}): use --answers logits."
        )
    card = Card(
        name=name or model.stem,
        version="1",
        outputs=emotion_output(labels),
        input=preparation.spec,
        crop_margin=crop_margin,
        license=license,
        created=date.today().isoformat(),
        notes=f"Adopted from {model.name}. {notes}".strip(),
    )
    from mimika.models.adopt.graph import wrap

    wrapped = wrap(onnx.load(model), source, result, preparation, card, softmax=logits)
    expected = _softmax(bare) if logits else bare
    with replacing(output) as part:
        part.write_bytes(wrapped.SerializeToString())
        found = OnnxModel(part, engine="cpu")(faces)
        worst = float(np.abs(found - expected).max())
        if not worst <= TOLERANCE * (100 if kind == "tensor(float16)" else 1):
            raise ModelError(
                f"The wrapped {model} differs from the network by {worst:.2g} in a probability, so "
                "no file was written: please report this network."
            )
    said = tuple(card.labels[k] for k in found.argmax(1))
    return Adopted(card, logits, worst, said)


def _shape(spec: InputSpec) -> tuple[int, int, int]:
    return spec.height, spec.width, spec.channels


def _ends(
    session: CpuSession, model: Path, preparation: Preparation, output_name: str
) -> tuple[str, str, str]:
    """Return the name and type of the network's input and the name of its output."""
    if len(session.inputs) != 1:
        raise ModelError(
            f"{model} has the inputs {', '.join(session.inputs)}, and a classifier of pictures has "
            "one: export it with the picture alone."
        )
    ((source, declared),) = session.inputs.items()
    kind = session.input_types[source]
    if kind not in TYPES:
        raise ModelError(
            f"{model} takes {kind} and Mimika feeds float, float16 or uint8: export it with one of "
            "these."
        )
    check_declared(declared, preparation, model)
    if output_name and output_name not in session.outputs:
        raise UsageError(
            f"{model} has no output {output_name!r}: choose {' or '.join(session.outputs)}."
        )
    if not output_name and len(session.outputs) > 1:
        raise UsageError(
            f"{model} has the outputs {', '.join(session.outputs)}: choose one with --output-name."
        )
    return source, kind, output_name or next(iter(session.outputs))


def check_declared(declared: Sequence[Any], preparation: Preparation, model: Path) -> None:
    """Hold what was said of a network against the shape that its file declares.

    Raises:
        ModelError: they differ, or the network takes only one picture at a time.
    """
    if len(declared) != 4:
        raise ModelError(
            f"{model} takes an input of {len(declared)} axes, {_written(declared)}, and a picture "
            "has four (batch, height, width and channels): export the whole network."
        )
    h, w, c = _shape(preparation.spec)
    said = (h, w, c) if preparation.layout == "nhwc" else (c, h, w)
    if any(isinstance(is_, int) and is_ != s for is_, s in zip(declared[1:], said, strict=True)):
        other = (c, h, w) if preparation.layout == "nhwc" else (h, w, c)
        turned = "nchw" if preparation.layout == "nhwc" else "nhwc"
        fits = all(
            not isinstance(is_, int) or is_ == s for is_, s in zip(declared[1:], other, strict=True)
        )
        advice = f"use --layout {turned}" if fits else "give the --size and --color that it takes"
        raise ModelError(
            f"{model} takes {_written(declared)}, and what was said of it makes N x "
            f"{' x '.join(map(str, said))}: {advice}."
        )
    if isinstance(declared[0], int):
        raise ModelError(
            f"{model} takes exactly {declared[0]} picture at a time: export it with a free first "
            "axis (docs/adopt.md shows how)."
        )


def _written(shape: Sequence[Any]) -> str:
    return " x ".join("N" if not isinstance(axis, int) else str(axis) for axis in shape)


def _bare(
    session: CpuSession, source: str, result: str, fed: NDArray[Any], model: Path
) -> NDArray[np.float32]:
    """Run the network as it is: (N, K)."""
    try:
        (found,) = session.run([result], {source: fed})
    except Exception as error:  # ONNX Runtime raises a dozen unrelated kinds
        raise ModelError(
            f"{model} fails on {len(fed)} faces ({reason_of(error)}): check --size, --layout and "
            "--color, and that it was exported with a free first axis."
        ) from error
    if len(found) != len(fed):
        raise ModelError(
            f"{model} gives {len(found)} answers for {len(fed)} faces: export it with a free first "
            "axis."
        )
    flat: NDArray[np.float32] = found.reshape(len(fed), -1).astype(np.float32)
    if not np.isfinite(flat).all():
        raise ModelError(
            f"{model} gives answers that are no numbers for real faces: check --divide, --mean and "
            "--std."
        )
    return flat


def _check_labels(labels: Sequence[str], count: int, model: Path) -> None:
    if len(set(labels)) != len(labels) or not all(labels):
        raise UsageError("--classes are different names, separated by commas, none of them empty.")
    if len(labels) != count:
        raise ModelError(
            f"{model} gives {count} values a face, and --classes has {len(labels)} names: give one "
            "name for each, in the network's order."
        )
    if count < 2:
        raise ModelError(f"{model} gives one value a face, and a classifier gives two or more.")


def _sums_to_one(rows: NDArray[np.float32]) -> bool:
    return bool((rows >= -1e-4).all() and np.abs(rows.sum(1) - 1).max() < 1e-2)


def _softmax(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(rows - rows.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
