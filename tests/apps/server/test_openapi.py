"""Whatever the OpenAPI document allows or forbids, the server answers as it says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis")

OPERATIONS = (
    "POST /v1/analyze",
    "POST /v1/batch",
    "POST /v1/videos",
    "GET /v1/videos",
    "GET /v1/videos/{job}/events",
    "GET /v1/videos/{job}",
    "DELETE /v1/videos/{job}",
    "GET /v1/videos/{job}/annotated.mp4",
    "GET /v1/videos/{job}/faces.csv",
    "GET /v1/videos/{job}/frames.jsonl",
    "GET /v1/videos/{job}/faces.parquet",
    "GET /v1/model",
    "GET /v1/fields",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
)


@pytest.fixture(scope="module")
def operations(server):
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def test_every_operation_is_tried(operations):
    assert set(operations) == set(OPERATIONS)


# Where nothing can be chosen, nothing can be chosen wrongly.
CASES = [("positive", name) for name in OPERATIONS] + [
    ("negative", name) for name in OPERATIONS if name.startswith("POST") or "{" in name
]


@pytest.mark.parametrize(("mode", "name"), CASES)
def test_every_answer_is_as_documented(operations, mode, name):
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    strategy = operations[name].as_strategy(generation_mode=schemathesis.GenerationMode(mode))

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=strategy)
    def ask(case):
        # The document can only say "bytes", and most bytes are no picture.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    ask()
