"""A server takes OpenVINO, and its memory, only where it is asked for."""

from __future__ import annotations

import mimika.apps.server.engine as server_engine
from mimika.apps.server.engine import engine_of
from mimika.engines.registry import find_engine


def installed(monkeypatch, *names):
    class Engine:
        def __init__(self, name):
            find_engine(name)  # there is one of this name
            self.name = name

        def installed(self):
            return self.name in names

    monkeypatch.setattr(server_engine, "find_engine", Engine)


def test_auto_passes_openvino_over(monkeypatch):
    installed(monkeypatch, "openvino")
    assert engine_of("auto") == "cpu"
    installed(monkeypatch)
    assert engine_of("auto") == "cpu"


def test_auto_takes_an_accelerator_where_there_is_one(monkeypatch):
    installed(monkeypatch, "cuda", "openvino")
    assert engine_of("auto") == "auto"


def test_an_engine_that_is_asked_for_is_taken():
    assert engine_of("openvino") == "openvino"
    assert engine_of("no such engine") == "no such engine"
