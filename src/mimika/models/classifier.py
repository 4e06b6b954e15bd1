"""Face crops in, probabilities out, in one batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mimika.base.errors import ModelError
from mimika.engines import open_session
from mimika.models.card import INPUT_NAME, OUTPUT_NAME, Card, card_from_metadata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.engines.session import Session


class Classifier(Protocol):
    """Anything that judges faces; safe to call from several threads.

    Attributes:
        card: labels, input and origin of the model.
        engine: what really runs it.
    """

    card: Card
    engine: str

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Judge faces.

        Args:
            faces: (N, H, W, C) uint8, 0-255, as `card.input` says; N may be 0.

        Returns:
            (N, K) float32 in [0, 1], rows summing to 1, columns in the order of `card.labels`.
        """


class OnnxClassifier:
    """A model file with a card. See `Classifier`."""

    def __init__(self, path: Path | str, *, engine: str = "auto", threads: int = 0) -> None:
        """Load a model file and hold it to its card's word.

        Args:
            path: an ONNX file with a card.
            engine: what is to run it.
            threads: processor threads; 0 takes what suits the machine.

        Raises:
            ModelError: no such file, not ONNX, no card, or the card and the network disagree.
        """
        path = Path(path)
        self._session = open_session(path, engine=engine, threads=threads)
        self.card = card_from_metadata(self._session.metadata, str(path))
        self.engine = self._session.engine
        self.notes = tuple(self._session.notes)
        _check(self._session, self.card, str(path))

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Judge faces; see `Classifier.__call__`."""
        return self.outputs(faces, (OUTPUT_NAME,))[0]

    def outputs(
        self, faces: NDArray[np.uint8], names: tuple[str, ...]
    ) -> list[NDArray[np.float32]]:
        """Run the network for named outputs, such as `probabilities_fer2013`.

        Args:
            faces: (N, H, W, C) uint8, 0-255.
            names: outputs that the card lists, or `probabilities`.

        Returns:
            One (N, K) float32 array for each name.
        """
        if len(faces) == 0:
            return [np.empty((0, len(self.labels(name))), np.float32) for name in names]
        return self._session.run(names, {INPUT_NAME: faces})

    def labels(self, output: str = OUTPUT_NAME) -> tuple[str, ...]:
        """Return the class names of an output, in its order."""
        return self.card.labels if output == OUTPUT_NAME else self.card.outputs[output]


def _check(session: Session, card: Card, where: str) -> None:
    spec = card.input
    expected = (spec.height, spec.width, spec.channels)
    shape = tuple(session.inputs.get(INPUT_NAME, ()))
    if len(shape) != 4 or any(
        isinstance(is_, int) and is_ != said for is_, said in zip(shape[1:], expected, strict=True)
    ):
        raise ModelError(
            f"{where}: the card promises an input `{INPUT_NAME}` of (N, {spec.height}, "
            f"{spec.width}, {spec.channels}), and the network has {dict(session.inputs)}; "
            "make the file again with `mimika adopt`."
        )
    for name, labels in {OUTPUT_NAME: card.labels, **card.outputs}.items():
        if name not in session.outputs:
            raise ModelError(
                f"{where}: the card promises an output `{name}`, and the network has only "
                f"{', '.join(session.outputs)}; make the file again with `mimika adopt`."
            )
        # A dry run, as an exported network's declared shapes may be free.
        blank = np.zeros((1, *expected), np.uint8)
        found = session.run([name], {INPUT_NAME: blank})[0]
        if found.shape != (1, len(labels)):
            raise ModelError(
                f"{where}: the card names {len(labels)} labels for `{name}`, and the network "
                f"gives {found.shape[-1]} values; make the file again with the right labels."
            )
