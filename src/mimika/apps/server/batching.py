"""Faces of all clients, judged together."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from mimika.models.model import Model, Predictions


WINDOW_S = 0.002
MOST_FACES = 64

_Asked = tuple["NDArray[np.uint8]", "Future[Predictions]"]


class BatchingModel:
    """Gathers what several threads ask of a model into one run.

    It waits for others at most `window_s`, and only while others are on their way: a thread says
    so by entering `coming()` before it looks for faces. A single caller never waits. See
    `mimika.models.model.Model`.
    """

    def __init__(
        self,
        model: Model,
        *,
        window_s: float = WINDOW_S,
        most_faces: int = MOST_FACES,
        seen: Callable[[int], None] | None = None,
    ) -> None:
        """Begin.

        Args:
            model: judges the batches.
            window_s: longest wait for others, in seconds.
            most_faces: a batch is closed when it has so many.
            seen: told the size of each batch.
        """
        self.card, self.engine, self.notes = model.card, model.engine, model.notes
        self._model, self._judged = model, frozenset(model.card.judged)
        self._window_s, self._most_faces = window_s, most_faces
        self._seen = seen or (lambda _: None)
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._coming = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="classify", daemon=True)
        self._thread.start()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """While the block runs, this thread may yet ask."""
        with self._lock:
            self._coming += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming -= 1

    def predict(self, faces: NDArray[np.uint8], outputs: Sequence[str] = ()) -> Predictions:
        """Judge faces; see `Model.predict`. Only what pictures are judged by is batched."""
        wanted = tuple(outputs) or self.card.shown
        if len(faces) == 0 or not self._judged.issuperset(wanted):
            return self._model.predict(faces, wanted)
        answer: Future[Predictions] = Future()
        self._asked.put((faces, answer))
        found = answer.result()
        return {name: found[name] for name in wanted}

    def close(self) -> None:
        """End the thread; what was asked before is still answered."""
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._asked.get()) is not None:
            batch, ended = self._gather(first)
            self._judge(batch)
            if ended:
                return

    def _gather(self, first: _Asked) -> tuple[list[_Asked], bool]:
        batch, faces = [first], len(first[0])
        until = time.monotonic() + self._window_s
        while faces < self._most_faces:
            left_s = until - time.monotonic()
            # All that are on their way are here: nothing to wait for.
            if len(batch) >= self._coming:
                left_s = 0.0
            try:
                item = self._asked.get(left_s > 0, left_s if left_s > 0 else None)
            except queue.Empty:
                break
            if item is None:
                return batch, True
            batch.append(item)
            faces += len(item[0])
        return batch, False

    def _judge(self, batch: list[_Asked]) -> None:
        try:
            crops = np.concatenate([faces for faces, _ in batch])
            self._seen(len(crops))
            predicted = self._model.predict(crops, self.card.judged)
        except Exception as error:  # noqa: BLE001 - handed to those who asked
            for _, answer in batch:
                answer.set_exception(error)
            return
        start = 0
        for faces, answer in batch:
            end = start + len(faces)
            answer.set_result({name: rows[start:end] for name, rows in predicted.items()})
            start = end
