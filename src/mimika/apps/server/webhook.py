"""Tells another server that a video is done, where the operator allows that server."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mimika.apps.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

TRIES = 3
TIMEOUT_S = 5.0
LONGEST = 1000


def check_webhook(address: str, allowed: Sequence[str]) -> str:
    """Hold a client's address to those that the operator allows.

    Args:
        address: where it wants to be told, "" for nowhere.
        allowed: schemes and hosts, such as "https://example.org".

    Raises:
        Problem: 403, it is none of those.
    """
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        origin = ""
    if len(address) > LONGEST or origin not in allowed:
        raise Problem(
            403, "The server may not call this address: start it with --webhook SCHEME://HOST."
        )
    return address


def tell(address: str, job: dict[str, Any]) -> None:
    """Send a job's last state as JSON; three tries, and what fails is a line in the log."""
    import httpx

    for attempt in range(TRIES):
        try:
            # Redirects are not followed: they could lead to a server that is not allowed.
            answer = httpx.post(address, json=job, timeout=TIMEOUT_S, follow_redirects=False)
            if answer.status_code < 400:
                return
        except httpx.HTTPError:
            pass
        if attempt < TRIES - 1:
            time.sleep(2.0**attempt)
    logging.getLogger("uvicorn.error").warning("A webhook did not answer in three tries.")
