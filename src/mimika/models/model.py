"""An opened model: face crops in, predictions out, in one batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mimika.base.errors import DeviceError, ModelError
from mimika.engines import open_session
from mimika.models.card import INPUT_NAME, Card, card_from_metadata
from mimika.models.find import model_path
from mimika.schema.outputs import MAIN_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.engines.session import Session

    Predictions = dict[str, NDArray[np.float32]]


class Model(Protocol):
    """Anything that predicts what faces show; safe to call from several threads.

    Attributes:
        card: outputs, input and origin of the model.
        engine: what really runs it.
        notes: what was passed over in choosing the engine, and why; sentences for the user.
    """

    card: Card
    engine: str
    notes: Sequence[str]

    def predict(self, faces: NDArray[np.uint8], outputs: Sequence[str] = ()) -> Predictions:
        """Predict what faces show.

        Args:
            faces: (N, H, W, C) uint8, 0-255, as `card.input` says; N may be 0.
            outputs: names of the outputs that are wanted; those that a face shows
                (`Card.shown`) where empty.

        Returns:
            (N, K) float32 by the output's name, columns in the order of its labels; of a
            categorical one in [0, 1], rows summing to 1.
        """


class OnnxModel:
    """A model file with a card. See `Model`."""

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
        self.notes: Sequence[str] = tuple(self._session.notes)
        _check(self._session, self.card, str(path))

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the main output's probabilities, (N, K) float32; see `Model.predict`."""
        return self.predict(faces, (MAIN_OUTPUT,))[MAIN_OUTPUT]

    def predict(self, faces: NDArray[np.uint8], outputs: Sequence[str] = ()) -> Predictions:
        """Predict what faces show; see `Model.predict`."""
        names = tuple(outputs) or self.card.shown
        wanted = [self.card.outputs[name] for name in names]
        if len(faces) == 0:
            return {each.name: np.empty((0, len(each.labels)), np.float32) for each in wanted}
        found = self._session.run([each.tensor for each in wanted], {INPUT_NAME: faces})
        return dict(zip(names, found, strict=True))


def open_model(name: str = "default", *, engine: str = "auto", threads: int = 0) -> OnnxModel:
    """Open a model: its file is found, its engine chosen and its card read, once.

    Args:
        name: a bundled model's name, a model file, or the folder of a training run.
        engine: what is to run it.
        threads: processor threads; 0 takes what suits the machine.

    Raises:
        ModelError: there is no such model, or it is unusable.
        UsageError: there is no such engine.
        DeviceError: the engine asked for cannot run here.
    """
    return OnnxModel(model_path(name), engine=engine, threads=threads)


def _check(session: Session, card: Card, where: str) -> None:
    spec = card.input
    expected = (spec.height, spec.width, spec.channels)
    shape = tuple(session.inputs.get(INPUT_NAME, ()))
    if len(shape) != 4 or any(
        isinstance(found, int) and found != promised
        for found, promised in zip(shape[1:], expected, strict=True)
    ):
        raise ModelError(
            f"{where}: the card promises an input `{INPUT_NAME}` of (N, {spec.height}, "
            f"{spec.width}, {spec.channels}), and the network has {dict(session.inputs)}; "
            "make the file again with `mimika adopt`."
        )
    for output in card.outputs.values():
        if output.tensor not in session.outputs:
            raise ModelError(
                f"{where}: the card promises an output `{output.tensor}`, and the network has only "
                f"{', '.join(session.outputs)}; make the file again with `mimika adopt`."
            )
    # A dry run, as an exported network's declared shapes may be free.
    blank = np.zeros((1, *expected), np.uint8)
    tensors = [output.tensor for output in card.outputs.values()]
    try:
        answers = session.run(tensors, {INPUT_NAME: blank})
    except DeviceError:
        raise
    except Exception as error:  # a network may be damaged in its arithmetic alone
        raise ModelError(
            f"{where}: its network cannot be run on faces as its card describes them: make the "
            "file again with `mimika adopt` or `mimika export`."
        ) from error
    for output, found in zip(card.outputs.values(), answers, strict=True):
        if found.shape != (1, len(output.labels)):
            raise ModelError(
                f"{where}: the card names {len(output.labels)} labels for `{output.tensor}`, and "
                f"the network gives {found.shape[-1]} values; make the file again with the right "
                "labels."
            )
