"""Tells another server that a video is done, where the operator allows that server."""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mimika.apps.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TRIES = 3
TIMEOUT_S = 5.0
LONGEST = 1000
MOST_WAITING = 64
# What has other signs is read in different ways by different programs.
ADDRESS = re.compile(r"[!-\[\]-~]+")
PORTS = {"http": 80, "https": 443}


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
    if not ADDRESS.fullmatch(address) or len(address) > LONGEST or origin not in allowed:
        raise Problem(
            403, "The server may not call this address: start it with --webhook SCHEME://HOST."
        )
    return address


class Webhooks:
    """Calls the servers that the operator named.

    A name that led to a public address when the server was started is never followed to a private
    one later (DNS rebinding); one that was private from the start is the operator's own.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        """Look up where the servers are.

        Args:
            allowed: schemes and hosts, such as "https://example.org".
        """
        self._private = {origin for origin in allowed if not _public(_found(origin))}
        # Who is told and does not answer holds up no video, and no other server.
        self._threads = {origin: ThreadPoolExecutor(1, "webhook") for origin in allowed}
        for thread in self._threads.values():
            thread.submit(int)  # started now, while there is memory for it
        self._waiting: Counter[str] = Counter()
        self._lock = threading.Lock()

    def tell_soon(self, address: str, job: dict[str, Any]) -> None:
        """Tell a server in the background; see `tell`. What is too much for it is left out."""
        origin = _origin(address)
        with self._lock:
            if self._waiting[origin] >= MOST_WAITING:
                _log("A webhook is slower than videos end: one was not told.")
                return
            self._waiting[origin] += 1
        told = self._threads[origin].submit(self.tell, address, job)
        told.add_done_callback(lambda _: self._told_one(origin))

    def close(self) -> None:
        """Finish what has begun."""
        for thread in self._threads.values():
            thread.shutdown(wait=True, cancel_futures=True)

    def _told_one(self, origin: str) -> None:
        with self._lock:
            self._waiting[origin] -= 1

    def tell(self, address: str, job: dict[str, Any]) -> None:
        """Send a job's last state as JSON; three tries, and what fails is a line in the log."""
        for attempt in range(TRIES):
            if self._told(address, job):
                return
            if attempt < TRIES - 1:
                time.sleep(2.0**attempt)
        _log("A webhook did not answer in three tries.")

    def _told(self, address: str, job: dict[str, Any]) -> bool:
        import httpx

        url = httpx.URL(address)
        found = _found(address)
        origin = _origin(address)
        if not found or (origin not in self._private and not _public(found)):
            return False
        # What was looked at is what is called: another look-up could give another address.
        target = url.copy_with(host=found[0])
        headers = {"Host": url.netloc.decode("ascii")}
        extensions = {"sni_hostname": url.host} if url.scheme == "https" else {}
        try:
            # Redirects are not followed, nor proxies asked: they could lead to a server that is
            # not allowed.
            with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as http:
                answer = http.post(target, json=job, headers=headers, extensions=extensions)
        except httpx.HTTPError:
            return False
        return answer.status_code < 400


def _origin(address: str) -> str:
    return "://".join(urlsplit(address)[:2])


def _log(words: str) -> None:
    logging.getLogger("uvicorn.error").warning(words)


def _found(address: str) -> list[str]:
    """The network addresses of a server; none where its name is not known."""
    parts = urlsplit(address)
    port = parts.port or PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(each[4][0]) for each in found]


def _public(addresses: Iterable[str]) -> bool:
    """Whether all of some addresses are ones of the Internet."""
    return all(ipaddress.ip_address(each.partition("%")[0]).is_global for each in addresses)
