"""Training faces, batch by batch, on the device: the order is a function of seed and epoch."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

# Faces that fit in a quarter of what is free on the GPU are kept there.
RESIDENT_SHARE = 0.25
AHEAD = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Faces and what they are.

    Attributes:
        faces: (N, H, W, C) uint8 on the device.
        targets: (N, K) float32 on the device by head; rows sum to 1, or to 0 without a label.
    """

    faces: Tensor
    targets: Mapping[str, Tensor]


class Batches:
    """All batches of an epoch, each face at most once; a remainder waits for another epoch."""

    def __init__(
        self,
        faces: NDArray[np.uint8],
        rows: NDArray[np.int64],
        targets: Mapping[str, NDArray[np.float32]],
        *,
        batch: int,
        seed: int,
        device: torch.device,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        """Prepare.

        Args:
            faces: (M, H, W, C) uint8, in memory or on disk.
            rows: (N,) which of them are used.
            targets: (M, K) by head.
            batch: faces a step on this device.
            seed: of the order.
            device: where batches go.
            rank: number of this process.
            world: number of processes; each takes its own share.
        """
        self._faces, self._rows, self._seed, self._device = faces, rows, seed, device
        self._rank, self._world = rank, world
        self.batch = min(batch, len(rows) // world)
        self.steps = max(1, len(rows) // world // max(1, self.batch))
        self._targets = {h: torch.from_numpy(t).to(device) for h, t in targets.items()}
        self._resident: Tensor | None = None
        if device.type == "cuda" and faces.nbytes < RESIDENT_SHARE * torch.cuda.mem_get_info()[0]:
            self._resident = torch.from_numpy(np.ascontiguousarray(faces)).to(device)

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batches of an epoch; the same number gives the same batches."""
        order = np.random.default_rng((self._seed, number)).permutation(self._rows)
        order = order[self._rank :: self._world][: self.steps * self.batch]
        parts = order.reshape(self.steps, self.batch)
        if self._resident is not None:
            for part in parts:
                rows = torch.from_numpy(part).to(self._device, non_blocking=True)
                yield self._batch(self._resident[rows], rows)
        else:
            yield from self._ahead(parts)

    def _batch(self, faces: Tensor, rows: Tensor) -> Batch:
        return Batch(faces, {head: target[rows] for head, target in self._targets.items()})

    def _ahead(self, parts: NDArray[np.int64]) -> Iterator[Batch]:
        """Read faces in a thread while the network computes."""
        ready: queue.Queue[Tensor | BaseException] = queue.Queue(AHEAD)
        stop = threading.Event()

        def put(item: Tensor | BaseException) -> None:
            while not stop.is_set():
                try:
                    ready.put(item, timeout=0.2)
                except queue.Full:
                    continue
                return

        def read() -> None:
            try:
                for part in parts:
                    if stop.is_set():
                        return
                    faces = torch.from_numpy(self._faces[part])
                    put(faces.pin_memory() if self._device.type == "cuda" else faces)
            except BaseException as error:  # noqa: BLE001 - handed over to the loop
                put(error)

        thread = threading.Thread(target=read, name="mimika-faces", daemon=True)
        thread.start()
        try:
            for part in parts:
                item = ready.get()
                if isinstance(item, BaseException):
                    raise item
                rows = torch.from_numpy(part).to(self._device)
                yield self._batch(item.to(self._device, non_blocking=True), rows)
        finally:
            stop.set()
            thread.join()
