"""What a report says of where its values come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimika.pipeline.recognizer import Recognizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where a recording's values come from.

    Attributes:
        source: name of the recording's file, without its folder.
        model: name and version of the model, "" where a table does not say.
        model_license: license of its weights.
        detector: what found the faces.
        engine: what ran the model.
        settings: options of the recognition that are not the defaults, by name.
    """

    source: str
    model: str = ""
    model_license: str = ""
    detector: str = ""
    engine: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str, recognizer: Recognizer) -> Facts:
        """The facts of a recording that a recognizer read."""
        from mimika.pipeline.settings import Settings

        card, settings = recognizer.card, asdict(recognizer.settings)
        usual = asdict(Settings())
        shown = {"every", "raw", "min_face", "min_confidence", "min_presence"}
        return cls(
            source=source,
            model=f"{card.name} {card.version}",
            model_license=card.license,
            detector=recognizer.settings.detector,
            engine=recognizer.engine,
            settings={k: v for k, v in settings.items() if k in shown and v != usual[k]},
        )

    @classmethod
    def stored(cls, source: str, about: Mapping[str, Any]) -> Facts:
        """The facts that a timeline holds; those that another version wrote beside are left out."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{"source": source} | {k: v for k, v in about.items() if k in known})

    def to_dict(self) -> dict[str, Any]:
        """The facts as JSON-ready values."""
        return asdict(self)
