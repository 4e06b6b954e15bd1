"""What a server process sets for itself, once, before it loads anything."""

from __future__ import annotations

import ctypes
import logging
import sys

# glibc's malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
MIB = 2**20
KEPT = 16 * MIB
LARGEST_KEPT = 4 * MIB
ARENAS = 2
SWITCH_S = 0.001
# What uvicorn says of requests that are no HTTP, and of WebSockets that are refused or damaged.
CALLERS_AFFAIR = (
    "ASGI callable returned without completing handshake",
    "Invalid HTTP request received",
    "Unsupported upgrade request",
    "Invalid UTF-8 sequence received",
    "opening handshake failed",
)


def tune() -> None:
    """Make the process fit to answer many small requests at once.

    Pictures of a megabyte or more come and go a hundred times a second. glibc gives such blocks
    back to the system each time and asks for them anew, which cost a quarter of the time of a
    request; it is told to keep them, and a few of them only: what a film took goes back, see
    `give_back_memory`. Each picture has a thread of its own, so OpenCV needs none.
    """
    import cv2

    from mimika.engines.shared_memory import share_memory

    keep_log_short()
    cv2.setNumThreads(1)
    # The event loop must not wait long behind threads that hold the interpreter.
    sys.setswitchinterval(SWITCH_S)
    keep_little_memory(ARENAS)
    share_memory()


def keep_log_short() -> None:
    """Leave out of the log what callers send, which is their affair: it would fill the disk."""
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: not record.getMessage().startswith(CALLERS_AFFAIR)
    )
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def keep_little_memory(arenas: int) -> None:
    """Let the process keep little of what it freed, in a few places (Linux with glibc).

    Args:
        arenas: places at most; threads that ask at the same moment wait less with more of them.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has none
            mallopt(M_TRIM_THRESHOLD, KEPT)
            mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
            mallopt(M_ARENA_MAX, arenas)


def give_back_memory() -> None:
    """Return to the system what was freed and kept for later; takes some milliseconds."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def give_back_all_memory() -> None:
    """Return also what the networks keep for their next run; for after large pictures and films."""
    from mimika.engines.shared_memory import empty_pool

    empty_pool()
    give_back_memory()
