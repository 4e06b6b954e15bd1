"""Networks as ONNX Runtime has optimized them for this processor, kept in the user's cache folder.

To optimize the default model takes eight times as long as to load what came of it. A kept form is
named by all that it depends on: the model's content, ONNX Runtime's version, the processor. It
begins with its digest, and one that does not match is made again. A cache that cannot be written or
read is no failure: then the network is optimized at every start.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from mimika.base.cache_folder import cache_folder
from mimika.base.files import remove
from mimika.base.processors import processor_name

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 32_000_000
"""Larger models are not kept: they would fill the cache."""

MOST_KEPT = 24
DIGEST_BYTES = 32


class OptimizedForm:
    """Where the optimized form of one model is kept.

    Attributes:
        part: where ONNX Runtime is to write it.
    """

    def __init__(self, model: bytes, *depends_on: object) -> None:
        """Name the form.

        Args:
            model: content of the model file.
            depends_on: what else it depends on beside the processor, such as versions.
        """
        key = hashlib.sha256(model)
        for each in (processor_name(), *depends_on):
            key.update(b"\0" + repr(each).encode())
        self._file = cache_folder() / "networks" / f"{key.hexdigest()[:32]}.optimized"
        self.part = self._file.with_name(f".{self._file.stem}.{os.getpid()}.part.onnx")

    def read(self) -> bytes | None:
        """Return the form as an ONNX model; None where there is none, or not as written."""
        try:
            kept = self._file.read_bytes()
        except OSError:
            return None
        digest, model = kept[:DIGEST_BYTES], kept[DIGEST_BYTES:]
        return model if digest == hashlib.sha256(model).digest() else None

    def make_room(self) -> bool:
        """Prepare the folder; False where it cannot be written."""
        try:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            self.part.touch()
        except OSError:
            return False
        return True

    def keep(self) -> None:
        """Give what ONNX Runtime wrote its name; the forms that were made first make room."""
        with suppress(OSError):
            model = self.part.read_bytes()
            self.part.write_bytes(hashlib.sha256(model).digest() + model)
            self.part.replace(self._file)
            forms = sorted(self._file.parent.glob("*.optimized"), key=_made)
            for old in forms[:-MOST_KEPT]:
                remove(old)

    def give_up(self) -> None:
        """Remove what was begun."""
        remove(self.part)


def _made(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        # Another process has just removed it.
        return 0.0
