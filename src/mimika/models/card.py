"""What a model file says of itself: the JSON in its ONNX metadata under `mimika.card`.

Nothing is guessed from a file's name; a file without a card is refused.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mimika.base.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

CARD_KEY = "mimika.card"
INPUT_NAME = "faces"
OUTPUT_NAME = "probabilities"

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
        labels: the K class names in the order of the output `probabilities`.
        input: the crops that it takes.
        crop_margin: how much longer the side of the square crop is than the longer side of the
            detector's box, as a share: 0.0 cuts the box itself (see `preprocessing.square_crop`).
        training_data: what it was trained on, in a sentence.
        metrics: measured figures by name, as `mimika evaluate` printed them.
        license: license of the weights.
        created: date, ISO 8601.
        outputs: labels of further outputs by the output's name, such as
            `probabilities_fer2013`.
        notes: what else a user should know: prior correction, precision, origin.
    """

    name: str
    version: str
    labels: tuple[str, ...]
    input: InputSpec
    crop_margin: float = 0.0
    training_data: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    license: str = ""
    created: str = ""
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: str = ""

    def to_json(self) -> str:
        """The card as the JSON text that goes into the file's metadata."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

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
            spec = raw["input"]
            return cls(
                name=str(raw["name"]),
                version=str(raw["version"]),
                labels=_labels(raw["labels"]),
                input=InputSpec(
                    int(spec["height"]), int(spec["width"]), int(spec["channels"]), spec["color"]
                ),
                crop_margin=float(raw.get("crop_margin", 0.0)),
                training_data=str(raw.get("training_data", "")),
                metrics=dict(raw.get("metrics", {})),
                license=str(raw.get("license", "")),
                created=str(raw.get("created", "")),
                outputs={k: _labels(v) for k, v in dict(raw.get("outputs", {})).items()},
                notes=str(raw.get("notes", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{where}: its card cannot be read ({type(error).__name__}: {error}); "
                "make the file again with `mimika adopt` or `mimika export`."
            ) from error


def _labels(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(label, str) and label for label in raw):
        raise ValueError("labels must be a list of names")
    if len(set(raw)) != len(raw) or len(raw) < 2:
        raise ValueError("labels must be two or more different names")
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
            "`mimika adopt MODEL.onnx --labels ... --size ... -o OUT.onnx` and use the result."
        )
    return Card.from_json(text, where)
