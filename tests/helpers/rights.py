"""Files that may not be read: root may read all, so tests put its rights aside."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


@contextmanager
def no_root() -> Iterator[None]:
    """Have the rights of an ordinary user, who may not be able to import what is not yet loaded."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
