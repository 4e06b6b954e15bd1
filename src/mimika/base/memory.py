"""Memory of large pictures, which goes back to the system at once."""

from __future__ import annotations

import ctypes
import sys

M_MMAP_THRESHOLD = -3
LARGE_BYTES = 8_000_000
"""Larger than a picture of 1920x1080, for which asking the system each time would cost more."""


def give_back_large_pieces() -> bool:
    """Let glibc hand large pieces of memory back as soon as they are freed.

    By itself it keeps pieces up to 32 MB for later, in pools of each thread that fit badly: a film
    of 3840x2160 then takes 50 MB more. Other systems' allocators are left as they are.

    Returns:
        Whether it is so now.
    """
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES))
    except (AttributeError, OSError):
        return False
