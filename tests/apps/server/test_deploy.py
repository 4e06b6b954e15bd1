"""What deploy/ says agrees with the server."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from mimika.apps.server.connections import MOST_HEAD_BYTES, SILENT_S
from mimika.apps.server.metrics import Metrics
from mimika.apps.server.options import Limits
from mimika.base.address import DEFAULT_PORT

DEPLOY = Path(__file__).parents[3] / "deploy"


def test_the_board_shows_figures_that_there_are():
    board = json.loads((DEPLOY / "grafana.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"mimika_\w+", target["expr"])
    }
    metrics = Metrics()
    metrics.batch.observe(1)
    metrics.latency.labels("x").observe(1)
    for counter, labels in (
        (metrics.requests, ("a", "b", "c")),
        (metrics.frames, ("a",)),
        (metrics.refused, ("a",)),
        (metrics.outcomes, ("a",)),
    ):
        counter.labels(*labels).inc()
    metrics.measure("model", "cpu")
    there = set(re.findall(r"^(mimika_\w+)", metrics.text().decode(), re.MULTILINE))
    assert asked <= there, asked - there
    assert len(asked) > 12


def test_the_port_is_the_default_one():
    for name in ("Containerfile", "Caddyfile"):
        assert set(re.findall(r"\b8\d{3}\b", (DEPLOY / name).read_text())) == {str(DEFAULT_PORT)}


def test_the_proxy_is_not_stricter_than_the_server_needs():
    text = (DEPLOY / "Caddyfile").read_text()
    assert int(re.search(r"max_size (\d+)MB", text)[1]) * 1e6 > Limits().video_bytes
    assert int(re.search(r"max_header_size (\d+)KB", text)[1]) << 10 == MOST_HEAD_BYTES
    assert int(re.search(r"read_header (\d+)s", text)[1]) == SILENT_S


def test_the_units_options_are_those_of_serve():
    from mimika.apps.cli.serve import serve

    text = (DEPLOY / "mimika.service").read_text()
    words = shlex.split(re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)[1])
    options = [word[2:].replace("-", "_") for word in words if word.startswith("--")]
    assert set(options) <= set(serve.__annotations__)
    yaml = pytest.importorskip("yaml", reason="needs PyYAML")
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert "MIMIKA_TOKEN" in compose["services"]["mimika"]["environment"]
    assert "--token" not in compose["services"]["mimika"]["command"]
