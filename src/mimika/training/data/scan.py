"""One look at every picture: does it open, how large is it, does it equal another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.training.data.cache import cached, key_of
from mimika.training.data.picture_store import ArrayPictures, in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.training.data.picture_store import Pictures

    Progress = Callable[[str, int, int], None]
    """Told what is done, how much of it, out of how much."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the pictures are, one entry a picture.

    Attributes:
        sizes: (N, 2) int32 height and width in pixels; 0 where it cannot be read.
        digests: (N,) uint64, equal where the pixels are equal; 0 where it cannot be read.
        blank: (N,) bool, all pixels are the same.
        faults: reason by number of a picture that cannot be read.
    """

    sizes: NDArray[np.int32]
    digests: NDArray[np.uint64]
    blank: NDArray[np.bool_]
    faults: dict[int, str]


def scan(pictures: Pictures, progress: Progress | None = None) -> Scan:
    """Look at every picture; the result is kept until a picture changes.

    Args:
        pictures: of the data set.
        progress: called with what is done, how much of how much.
    """

    def look(index: int) -> tuple[int, int, int, bool, str]:
        try:
            image = pictures.read(index)
        except InputError as error:
            return 0, 0, 0, False, str(error)
        return (*image.shape[:2], pixel_digest(image), bool((image == image.flat[0]).all()), "")

    def make(part: Path) -> None:
        rows = []
        # What is decoded already takes less time than handing it to a thread.
        ready = isinstance(pictures, ArrayPictures)
        for row in map(look, range(len(pictures))) if ready else in_parallel(len(pictures), look):
            rows.append(row)
            if progress is not None:
                progress("looking at the pictures", len(rows), len(pictures))
        np.savez(
            part,
            sizes=np.array([r[:2] for r in rows], np.int32).reshape(-1, 2),
            digests=np.array([r[2] for r in rows], np.uint64),
            blank=np.array([r[3] for r in rows], bool),
            faults=np.array(json.dumps({i: r[4] for i, r in enumerate(rows) if r[4]})),
        )

    with np.load(cached("scan", key_of(pictures.key), ".npz", make)) as kept:
        faults = {int(i): why for i, why in json.loads(str(kept["faults"])).items()}
        return Scan(kept["sizes"], kept["digests"], kept["blank"], faults)


def pixel_digest(image: NDArray[np.uint8]) -> int:
    """Return a number that is equal where pixels are equal, and never 0; gray equals its BGR."""
    if (
        image.ndim == 3
        and (image[..., 0] == image[..., 1]).all()
        and (image[..., 1] == image[..., 2]).all()
    ):
        image = image[..., 0]
    digest = hashlib.blake2b(repr(image.shape).encode(), digest_size=8)
    digest.update(np.ascontiguousarray(image).data)
    return int.from_bytes(digest.digest(), "little") or 1
