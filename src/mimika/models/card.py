"""What a model file says of itself: the JSON in its ONNX metadata under `mimika.card`.

Nothing is guessed from a file's name; a file without a card is refused.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mimika.base.errors import ModelError
from mimika.models.calibration import Calibration, calibration_from_dict
from mimika.schema.outputs import MAIN_OUTPUT, OUTPUT_KINDS, TILT_OUTPUT, Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.schema.field import Field

CARD_KEY = "mimika.card"
CARD_FORMAT = 2
INPUT_NAME = "faces"
MAIN_TENSOR = "probabilities"

Color = Literal["gray", "rgb"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The crops that a model takes: uint8 (N, height, width, channels), 0-255.

    Attributes:
        height: in pixels.
        width: in pixels.
        channels: 1 for gray, 3 for RGB.
        color: "gray" or "rgb" (the order of the channels).
    """

    height: int
    width: int
    channels: int
    color: Color

    def __post_init__(self) -> None:
        """Refuse a description that contradicts itself.

        Raises:
            ModelError: sizes below 1, or channels that do not fit the color.
        """
        if self.height < 1 or self.width < 1:
            raise ModelError(f"The card's input size {self.width}x{self.height} is not a size.")
        if {"gray": 1, "rgb": 3}.get(self.color) != self.channels:
            raise ModelError(
                f"The card says color {self.color!r} with {self.channels} channels; "
                "it is 'gray' with 1 or 'rgb' with 3."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model's description of itself.

    Attributes:
        name: short name, as `mimika models` lists it.
        version: the model's own version.
        outputs: what it says of a face, by the output's name; "emotion" is categorical and always
            there.
        input: the crops that it takes.
        crop_margin: how much longer the side of the square crop is than the longer side of the
            detector's box, as a share: 0.0 cuts the box itself (see `preprocessing.square_crop`).
        training_data: what it was trained on, in a sentence.
        calibration: temperature and prior power that are inside the graph.
        metrics: measured figures by name, as `mimika evaluate` printed them.
        audit: what `mimika audit` found, in short, by what it looked at; see
            `mimika.training.audit.summary`.
        license: license of the weights.
        created: date, ISO 8601.
        notes: what else a user should know: precision, origin.
    """

    name: str
    version: str
    outputs: Mapping[str, Output]
    input: InputSpec
    crop_margin: float = 0.0
    training_data: str = ""
    calibration: Calibration = field(default_factory=Calibration)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    audit: Mapping[str, Any] = field(default_factory=dict)
    license: str = ""
    created: str = ""
    notes: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The K class names in the order of the main output's probabilities."""
        return self.outputs[MAIN_OUTPUT].labels

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of the outputs that a face carries: the main one, and all that are no classes."""
        rest = (
            each.name
            for each in self.outputs.values()
            if each.kind != "categorical" and each.name != TILT_OUTPUT
        )
        return (MAIN_OUTPUT, *rest)

    @property
    def judged(self) -> tuple[str, ...]:
        """Names of the outputs that a picture by itself is judged by: those shown, and the tilt."""
        return (*self.shown, *(name for name in self.outputs if name == TILT_OUTPUT))

    @property
    def fields(self) -> tuple[Field, ...]:
        """Fields of a face that the model fills beside those that every model does."""
        return tuple(field for name in self.shown for field in self.outputs[name].fields)

    def to_dict(self) -> dict[str, Any]:
        """The card as JSON-ready values."""
        outputs = {name: output_to_dict(output) for name, output in self.outputs.items()}
        own = {"outputs": outputs, "calibration": self.calibration.to_dict()}
        return {"format": CARD_FORMAT} | asdict(self) | own

    def to_json(self) -> str:
        """The card as the JSON text that goes into the file's metadata."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str, where: str) -> Card:
        """Read a card.

        Args:
            text: the JSON text.
            where: the file's name, for messages.

        Raises:
            ModelError: it is not JSON, or lacks or misuses an entry.
        """
        try:
            raw = json.loads(text)
            written = raw.get("format", 1)
            if written != CARD_FORMAT:
                raise ModelError(
                    f"{where}: its card has format {written}, and this version of Mimika reads "
                    f"format {CARD_FORMAT}: make the file again with `mimika adopt` or "
                    "`mimika export`."
                )
            spec = raw["input"]
            return cls(
                name=str(raw["name"]),
                version=str(raw["version"]),
                outputs=_outputs(raw["outputs"]),
                input=InputSpec(
                    int(spec["height"]), int(spec["width"]), int(spec["channels"]), spec["color"]
                ),
                crop_margin=float(raw.get("crop_margin", 0.0)),
                training_data=str(raw.get("training_data", "")),
                calibration=calibration_from_dict(raw.get("calibration", {})),
                metrics=dict(raw.get("metrics", {})),
                audit=dict(raw.get("audit", {})),
                license=str(raw.get("license", "")),
                created=str(raw.get("created", "")),
                notes=str(raw.get("notes", "")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                f"{where}: its card cannot be read ({type(error).__name__}: {error}); "
                "make the file again with `mimika adopt` or `mimika export`."
            ) from error


def categorical(name: str, labels: Sequence[str], tensor: str) -> Output:
    """Describe an output of probabilities."""
    return Output(name=name, kind="categorical", labels=tuple(labels), tensor=tensor)


def output_to_dict(output: Output) -> dict[str, Any]:
    """An output as in the file: its name is its key, and a range is a matter of axes."""
    plain: dict[str, Any] = {
        "kind": output.kind,
        "tensor": output.tensor,
        "labels": list(output.labels),
    }
    if output.kind != "categorical":
        plain |= {"minimum": output.minimum, "maximum": output.maximum}
    return plain | ({"meaning": output.meaning} if output.meaning else {})


def _outputs(raw: Mapping[str, Any]) -> dict[str, Output]:
    outputs = {str(name): output_from_dict(str(name), each) for name, each in raw.items()}
    if MAIN_OUTPUT not in outputs or outputs[MAIN_OUTPUT].kind != "categorical":
        raise ValueError(f"there must be a categorical output named {MAIN_OUTPUT!r}")
    return outputs


def output_from_dict(name: str, raw: Mapping[str, Any]) -> Output:
    """Read `output_to_dict` back.

    Raises:
        ValueError: an unknown kind, or labels that are none.
        KeyError: an entry is missing.
    """
    if raw["kind"] not in OUTPUT_KINDS:
        raise ValueError(
            f"the output {name!r} is called {raw['kind']!r}, and the kinds are "
            f"{', '.join(OUTPUT_KINDS)}"
        )
    return Output(
        name=name,
        kind=raw["kind"],
        labels=_labels(raw["labels"], 2 if raw["kind"] == "categorical" else 1),
        tensor=str(raw["tensor"]),
        minimum=float(raw.get("minimum", 0.0)),
        maximum=float(raw.get("maximum", 1.0)),
        meaning=str(raw.get("meaning", "")),
    )


def _labels(raw: object, least: int) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(label, str) and label for label in raw):
        raise ValueError("labels must be a list of names")
    if len(set(raw)) != len(raw) or len(raw) < least:
        raise ValueError(f"labels must be {least} or more different names")
    return tuple(raw)


def card_from_metadata(metadata: Mapping[str, str], where: str) -> Card:
    """Take the card out of an ONNX file's custom metadata.

    Raises:
        ModelError: there is no card; the message says how to make one.
    """
    text = metadata.get(CARD_KEY)
    if text is None:
        raise ModelError(
            f"{where} has no Mimika card, so its labels and input are unknown: wrap it once with "
            "`mimika adopt MODEL.onnx --classes ... --size ... -o OUT.onnx` and use the result."
        )
    return Card.from_json(text, where)
