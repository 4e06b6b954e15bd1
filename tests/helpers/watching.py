"""What is seen of a server under attack: a visitor's photos, its memory, and who else is busy."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress

import httpx
import psutil


@contextmanager
def server_process(*options):
    """`mimika serve` as a process, with temporary files of its own: its number, its URL."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "mimika", "serve", "--port", "0", "--no-open", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"TMPDIR": folder, "COLUMNS": "200"},
        )
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found, "the server did not start"
            yield server.pid, found[0].rstrip("/")
        finally:
            server.terminate()
            server.wait(30)


def visit(url, photo, orders):
    """Send a photo again and again, ten times a second at most, while that is ordered."""
    with httpx.Client(base_url=url, timeout=60) as http:
        while orders.recv():
            times_s, refused = [], 0
            while not orders.poll(0.1):
                began = time.monotonic()
                try:
                    refused += http.post("/v1/analyze", content=photo).status_code != 200
                except httpx.HTTPError:
                    refused += 1
                times_s.append(time.monotonic() - began)
            orders.recv()
            orders.send((times_s, refused))


class Innocent:
    """A visitor in a process of his own, so that he does not wait for the attacker's."""

    def __init__(self, url, photo):
        self._orders, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        context.Process(target=visit, args=(url, photo, theirs), daemon=True).start()
        self.during(0.0)

    def during(self, seconds):
        """Times of his photos while nobody attacks, in seconds."""
        self.begin()
        time.sleep(seconds)
        return self.end()[0]

    def begin(self):
        """Let him come."""
        self._orders.send(True)

    def end(self):
        """Send him away: the times of his photos in seconds, and how many were refused."""
        self._orders.send(True)
        return self._orders.recv()

    def leave(self):
        """End his process."""
        self._orders.send(False)


class Memory(threading.Thread):
    """Looks how much a server and its processes take, five times a second.

    Attributes:
        highest: the most of them together in bytes (proportional set size on Linux).
    """

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._process, self._ended = psutil.Process(pid), threading.Event()
        self.highest, self.parts = 0, ()

    def run(self):
        while not self._ended.wait(0.2):
            with suppress(psutil.Error):
                family = [self._process, *self._process.children(recursive=True)]
                parts = [taken(each) for each in family]
                if sum(parts) > self.highest:
                    self.highest, self.parts = sum(parts), parts

    def end(self):
        """Stop, and wait for it."""
        self._ended.set()
        self.join()


def taken(process):
    try:
        information = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(information, "pss", information.rss))


class OtherPrograms:
    """How many processors the programs take that this one did not start."""

    def __init__(self):
        self._began_s, self._busy_s, self._own_s = time.monotonic(), busy_s(), own_s()

    def processors(self):
        """Processors that others kept busy since the beginning."""
        passed_s = time.monotonic() - self._began_s
        others_s = (busy_s() - self._busy_s) - (own_s() - self._own_s)
        return max(0.0, others_s / max(passed_s, 1e-6))


def busy_s():
    """Processor seconds that were used since the machine was started, by whomever."""
    spent = psutil.cpu_times()
    return sum(spent) - spent.idle - getattr(spent, "iowait", 0.0) - getattr(spent, "guest", 0.0)


def own_s():
    """Processor seconds of this process and all that it started, also those that ended."""
    used = 0.0
    own = psutil.Process()
    for each in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            used += sum(each.cpu_times()[:4])
    return used
