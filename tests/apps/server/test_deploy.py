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


def test_the_container_copies_what_there_is_and_runs_as_nobody_special():
    from mimika.apps.cli.serve import serve

    text = (DEPLOY / "Containerfile").read_text()
    steps = re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE)
    copied = [words.split()[:-1] for step, words in steps if step == "COPY" and "--" not in words]
    assert [name for names in copied for name in names if not (DEPLOY.parent / name).exists()] == []
    project = (DEPLOY.parent / "pyproject.toml").read_text()
    # What the build of the wheel reads is copied before it.
    needed = {
        "pyproject.toml",
        "README.md",
        *re.search(r"license-files = \[(.*)\]", project)[1].replace('"', "").split(", "),
    }
    assert needed <= {name for names in copied for name in names}
    order = [step for step, _ in steps]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert int(dict(steps)["USER"]) > 1000
    (entry,) = [words for step, words in steps if step == "ENTRYPOINT"]
    _, verb, *words = json.loads(entry)
    options = {word[2:].replace("-", "_") for word in words if word[:2] == "--"}
    assert verb == "serve"
    assert options <= set(serve.__annotations__)
    assert not [
        words for step, words in steps if step == "FROM" and words.split()[0].count(":") != 1
    ]
