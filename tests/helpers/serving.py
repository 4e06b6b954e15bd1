"""A real server in a thread of the tests."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import uvicorn

from helpers.waiting import LONGEST_S
from mimika.apps.server.app import build, load
from mimika.apps.server.options import Limits, ServerOptions
from mimika.apps.server.run import _config, address_of, listen

PATIENT = {"rate_hz": 1e6, "slow_s": 60.0, "new_s": 0.0, "line_s": 0.0, "stalled_s": LONGEST_S}


class Running:
    """A server that runs: its address, its application's state, its end."""

    def __init__(self, options):
        from dataclasses import replace

        self.listener = listen(options.host, options.port)
        self.options = options = replace(options, port=self.listener.getsockname()[1])
        self.url = address_of(options).partition("#")[0].rstrip("/")
        self.ws = self.url.replace("http", "ws", 1)
        self.state = load(options)
        self.server = uvicorn.Server(_config(options, build(options, self.state)))
        self._thread = threading.Thread(target=self.server.run, args=([self.listener],))
        self._thread.start()
        while not self.server.started and self._thread.is_alive():
            self._thread.join(0.01)

    def close(self):
        self.server.should_exit = True
        self._thread.join(LONGEST_S)
        assert not self._thread.is_alive()


@contextmanager
def films_wait(running):
    """No film of the server is begun before the block ends."""
    ends = threading.Event()
    # It analyzes one after another, in this thread.
    running.state.jobs._thread.submit(ends.wait)
    try:
        yield
    finally:
        ends.set()


@contextmanager
def serving(*, limits=None, **options):
    running = Running(
        ServerOptions(
            **{
                "port": 0,
                # As a busy machine's clients may be slow.
                "limits": Limits(**PATIENT | (limits or {})),
            }
            | options
        )
    )
    try:
        yield running
    finally:
        running.close()
