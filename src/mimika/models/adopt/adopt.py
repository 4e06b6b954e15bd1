"""Other people's classifiers, made into model files that are whole.

The wrapped graph takes uint8 crops and gives probabilities: scaling, mean and deviation, the order
of axes and channels, and the softmax where the network gives logits, are inside. The weights stay
as they are. Before the file takes its name it must give on real faces what the network gives on the
same faces prepared by hand. Needs the package `onnx`.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimika.base.errors import MissingExtra, ModelError, UsageError
from mimika.base.files import check_writable, replacing
from mimika.engines.agreement import probe
from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.engines.onnxruntime_session import reason_of
from mimika.models.adopt.batch import freed
from mimika.models.adopt.formats import require_onnx
from mimika.models.adopt.graph import wrap
from mimika.models.adopt.parts import Values, make_parts, split_labels
from mimika.models.card import CARD_KEY, Card
from mimika.models.model import OnnxModel
from mimika.schema.outputs import MAIN_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mimika.models.adopt.preparation import Preparation
    from mimika.models.card import InputSpec

Activation = Literal["auto", "softmax", "none"]

TOLERANCE = 1e-4
"""Greatest difference of a probability or value from the network fed by hand."""

TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of adopting.

    Attributes:
        card: of the new model file.
        logits: a softmax was put behind the network.
        looped: the network takes one picture at a time, and others go through it in a loop.
        difference: greatest difference of a probability or value from the network fed by hand.
        predicted: the label that it gives each of eight sample faces.
        values: smallest and largest value for those faces, by the axis's name.
        renamed: labels that got Mimika's own word for the same emotion, old to new.
    """

    card: Card
    logits: bool
    looped: bool
    difference: float
    predicted: tuple[str, ...]
    values: Mapping[str, tuple[float, float]]
    renamed: Mapping[str, str]


def adopt(
    model: Path,
    output: Path,
    labels: Sequence[str],
    preparation: Preparation,
    *,
    values: Values | None = None,
    activation: Activation = "auto",
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
        labels: names of the columns of the network's output in their order; where all those of
            classes name emotions, the card has Mimika's own words for them.
        preparation: what the network expects of a picture.
        values: what it gives besides, such as valence and arousal.
        activation: what the columns of the classes still need: "softmax" where they are logits,
            "none" where they are probabilities; "auto" looks at what it gives for real faces.
        output_name: which of its outputs has the classes; needed where there are several.
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
    require_onnx(model)
    check_writable(output)
    split_labels(labels, values)  # what is wrong with the names is found before the work
    session = CpuSession(model)
    if CARD_KEY in session.metadata:
        raise ModelError(f"{model} has a Mimika card already: use it as it is.")
    source, kind = _source(session, model, preparation)
    tensor = _tensor_of_classes(session, model, output_name, values)
    faces = probe((8, *_shape(preparation.spec)), "tensor(uint8)", 8).astype(np.uint8)
    fed = preparation.by_hand(faces, TYPES[kind])
    wanted = list(dict.fromkeys([tensor, values.tensor if values and values.tensor else tensor]))
    network = onnx.load(model)
    looped = False
    if isinstance(session.inputs[source][0], int):
        network, looped = freed(network, model, source, wanted, fed)
    found = _run(network, source, wanted, fed, model)
    parts = make_parts(found, tensor, labels, values, activation, model)
    card = Card(
        name=name or model.stem,
        version="1",
        outputs={part.output.name: part.output for part in parts},
        input=preparation.spec,
        crop_margin=crop_margin,
        license=license,
        created=date.today().isoformat(),
        notes=f"Adopted from {model.name}. {notes}".strip(),
    )
    whole = wrap(network, source, parts, preparation, card)
    with replacing(output) as part_file:
        part_file.write_bytes(whole.SerializeToString())
        seen = OnnxModel(part_file, engine="cpu").predict(faces, tuple(card.outputs))
        worst = max(
            float(np.abs(seen[part.output.name] - part.apply(found[part.tensor])).max())
            for part in parts
        )
        if not worst <= TOLERANCE * (100 if kind == "tensor(float16)" else 1):
            raise ModelError(
                f"The wrapped {model} differs from the network by {worst:.2g}, so no file was "
                "written: please report this network."
            )
    names, _, _ = split_labels(labels, values)
    return Adopted(
        card=card,
        logits=parts[0].activation == "softmax",
        looped=looped,
        difference=worst,
        predicted=tuple(card.labels[k] for k in seen[MAIN_OUTPUT].argmax(1)),
        values={
            axis: (float(column.min()), float(column.max()))
            for part in parts[1:]
            for axis, column in zip(part.output.labels, seen[part.output.name].T, strict=True)
        },
        renamed={old: new for old, new in zip(names, card.labels, strict=True) if old != new},
    )


def _shape(spec: InputSpec) -> tuple[int, int, int]:
    return spec.height, spec.width, spec.channels


def _source(session: CpuSession, model: Path, preparation: Preparation) -> tuple[str, str]:
    """Return the name and type of the network's input."""
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
    return source, kind


def _tensor_of_classes(
    session: CpuSession, model: Path, output_name: str, values: Values | None
) -> str:
    """Return the name of the output that has the classes."""
    own = values.tensor if values is not None else ""
    for option in (output_name, own):
        if option and option not in session.outputs:
            raise UsageError(
                f"{model} has no output {option!r}: choose {' or '.join(session.outputs)}."
            )
    left = [name for name in session.outputs if name != own]
    if not output_name and len(left) > 1:
        raise UsageError(
            f"{model} has the outputs {', '.join(left)}: choose that of the classes with "
            "--output-name."
        )
    return output_name or left[0]


def check_declared(declared: Sequence[Any], preparation: Preparation, model: Path) -> None:
    """Hold what was said of a network against the shape that its file declares.

    Raises:
        ModelError: they differ.
    """
    if len(declared) != 4:
        raise ModelError(
            f"{model} takes an input of {len(declared)} axes, {_written(declared)}, and a picture "
            "has four (batch, height, width and channels): export the whole network."
        )
    h, w, c = _shape(preparation.spec)
    expected = (h, w, c) if preparation.layout == "nhwc" else (c, h, w)
    if any(
        isinstance(is_, int) and is_ != s for is_, s in zip(declared[1:], expected, strict=True)
    ):
        other = (c, h, w) if preparation.layout == "nhwc" else (h, w, c)
        turned = "nchw" if preparation.layout == "nhwc" else "nhwc"
        fits = all(
            not isinstance(is_, int) or is_ == s for is_, s in zip(declared[1:], other, strict=True)
        )
        advice = f"use --layout {turned}" if fits else "give the --size and --color that it takes"
        raise ModelError(
            f"{model} takes {_written(declared)}, and what was said of it makes N x "
            f"{' x '.join(map(str, expected))}: {advice}."
        )


def _written(shape: Sequence[Any]) -> str:
    return " x ".join("N" if not isinstance(axis, int) else str(axis) for axis in shape)


def _run(
    network: Any, source: str, wanted: Sequence[str], fed: NDArray[Any], model: Path
) -> dict[str, NDArray[np.float32]]:
    """Run the network as it is: (N, K) by the output's name."""
    try:
        with tempfile.TemporaryDirectory(prefix="mimika-adopt-") as folder:
            file = Path(folder) / "network.onnx"
            file.write_bytes(network.SerializeToString())
            rows = CpuSession(file).run(list(wanted), {source: fed})
    except Exception as error:  # ONNX Runtime raises a dozen unrelated kinds
        raise ModelError(
            f"{model} fails on {len(fed)} faces ({reason_of(error)}): check --size, --layout and "
            "--color, and that it was exported with a free first axis."
        ) from error
    found = {}
    for name, row in zip(wanted, rows, strict=True):
        if len(row) != len(fed):
            raise ModelError(
                f"{model} gives {len(row)} rows for {len(fed)} faces: export it with a free "
                "first axis."
            )
        found[name] = row.reshape(len(fed), -1).astype(np.float32)
        if not np.isfinite(found[name]).all():
            raise ModelError(
                f"{model} gives what is no number for real faces: check --divide, --mean and --std."
            )
    return found
