"""What deploy/ says agrees with the server."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from helpers.waiting import LONGEST_S
from mimika.apps.server.connections import MOST_HEAD_BYTES, SILENT_S
from mimika.apps.server.metrics import Metrics
from mimika.apps.server.options import Limits
from mimika.base.address import DEFAULT_PORT

DEPLOY = Path(__file__).parents[3] / "deploy"
FIGURE = re.compile(r"mimika_\w+")


def queries():
    """What the board's panels ask, each with the words beside its line."""
    board = json.loads((DEPLOY / "grafana.json").read_text())
    return [
        (target["expr"], target["legendFormat"])
        for panel in board["panels"]
        for target in panel["targets"]
    ]


@pytest.fixture(scope="module")
def figures():
    """The server's figures and their labels."""
    metrics = Metrics()
    for labeled in (
        metrics.requests,
        metrics.latency,
        metrics.frames,
        metrics.refused,
        metrics.outcomes,
    ):
        labeled.labels(*("x" for _ in labeled._labelnames))
    metrics.measure("model", "cpu")
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_the_board_shows_figures_that_there_are(figures):
    asked = {name for query, _ in queries() for name in FIGURE.findall(query)}
    assert asked <= set(figures), asked - set(figures)
    assert len(asked) > 12


def test_the_board_asks_for_labels_that_there_are(figures):
    for query, legend in queries():
        there = set.intersection(*(figures[name] for name in FIGURE.findall(query)))
        chosen = set(re.findall(r"[{,]\s*(\w+)=", query))
        kept = {
            label for labels in re.findall(r"by \((.*?)\)", query) for label in labels.split(", ")
        }
        assert chosen | kept <= there, query
        # Prometheus adds where a figure comes from, which a sum leaves out.
        shown = kept if "sum" in query else there | {"instance"}
        assert set(re.findall(r"{{(\w+)}}", legend)) <= shown, query


def test_the_board_asks_for_routes_that_there_are(server, http, face):
    http.post("/v1/analyze", content=face)
    with connect(f"{server.ws}/v1/stream") as stream:
        stream.recv(timeout=LONGEST_S)
        stream.send(face)
        stream.recv(timeout=LONGEST_S)
    text = http.get("/metrics").text
    routes = {route for query, _ in queries() for route in re.findall(r"route=\"(.*?)\"", query)}
    assert len(routes) == 2
    for route in routes:
        assert f'mimika_latency_seconds_count{{route="{route}"}}' in text


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


@pytest.fixture
def checked(tmp_path):
    """Have a program look at a file of `deploy/`: what it says of it."""

    def check(*command):
        # A home of its own: Caddy makes folders there.
        homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | homes
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr

    return check


@needs("caddy")
def test_caddy_takes_its_file(checked):
    checked("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"))
    checked("caddy", "fmt", "--diff", str(DEPLOY / "Caddyfile"))


@needs("hadolint")
def test_hadolint_has_nothing_against_the_container(checked):
    checked("hadolint", str(DEPLOY / "Containerfile"))


@needs("systemd-analyze")
def test_systemd_takes_its_unit(checked, tmp_path):
    text = (DEPLOY / "mimika.service").read_text()
    unit = tmp_path / "mimika.service"
    unit.write_text(text.replace("/opt/mimika/bin/mimika", sys.executable))
    assert checked("systemd-analyze", "verify", str(unit)) == ""


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
