"""Each answer of the OpenAPI document has an example that is one."""

from __future__ import annotations

import re

import pytest

from mimika.apps.server.examples import JOB_NAME
from mimika.apps.server.jobs import IDENTIFIER

jsonschema = pytest.importorskip("jsonschema", reason="needs jsonschema")


def test_every_answer_has_an_example_that_its_schema_allows(http):
    document = http.get("/openapi.json").json()
    checked = 0
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["x-codeSamples"][0]["source"].startswith("curl ")
            assert all("example" in each for each in operation.get("parameters", ()))
            for answer in operation["responses"].values():
                for kind, content in answer.get("content", {}).items():
                    if not kind.endswith("json"):
                        continue
                    schema = {**content["schema"], "components": document["components"]}
                    jsonschema.validate(content["example"], schema)
                    checked += 1
    assert checked > 60


def test_the_name_of_the_example_is_a_name():
    assert IDENTIFIER.fullmatch(JOB_NAME)


def test_a_request_runs_as_it_is_written(http, media):
    source = http.get("/openapi.json").json()["paths"]["/v1/analyze"]["post"]["x-codeSamples"]
    sent = re.search(r"Content-Type: (\S+)'", source[0]["source"])[1]
    photo = (media / "obama.jpg").read_bytes()
    assert http.post("/v1/analyze", content=photo, headers={"content-type": sent}).is_success
