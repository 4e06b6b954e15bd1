"""What glibc does with memory that was freed: pictures come and go by the hundred."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGE_BYTES = 8_000_000
"""Larger than a picture of 1920x1080, for which asking the system each time would cost more."""
PART_BYTES = 1_500_000
"""Smaller than what a decoder makes a picture of 3840x2160 of: planes and tables of 2 to 9 MB."""
KEPT_BYTES = 16_000_000
"""What is kept for the next pictures at the end of each of glibc's pools."""


def reuse_small_pieces(picture_bytes: int = 0) -> bool:
    """Let glibc keep freed memory for the next pictures, and hand large pieces back at once.

    By itself it keeps pieces up to 32 MB for later, in pools of each thread that fit badly: a film
    of 3840x2160 then takes 80 MB more. And it hands back what lies at the end of a pool from 128 kB
    on, so that every picture of 1280x720 is made of new pages, which takes as long as converting
    it. Other systems' allocators are left as they are.

    Args:
        picture_bytes: size of the pictures that come; 0 while it is not known.

    Returns:
        Whether it is so now.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    large = LARGE_BYTES if 0 < picture_bytes < LARGE_BYTES else PART_BYTES
    limits = ((M_MMAP_THRESHOLD, large), (M_TRIM_THRESHOLD, KEPT_BYTES))
    return all(bool(mallopt(*limit)) for limit in limits)
