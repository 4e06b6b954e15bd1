"""What the server's tests share."""

from __future__ import annotations

import httpx
import pytest

pytest.importorskip("fastapi", reason="needs the serve extra")
from websockets.sync.client import connect

from helpers.browser import page_of, says
from helpers.serving import serving
from helpers.waiting import LONGEST_S


@pytest.fixture(scope="session", autouse=True)
def patient():
    """A busy machine's answer may take longer than the 5 and 10 s that the libraries wait."""
    given = httpx._config.DEFAULT_TIMEOUT_CONFIG
    given.connect = given.read = given.write = given.pool = LONGEST_S
    connect.__kwdefaults__["open_timeout"] = LONGEST_S


@pytest.fixture(scope="session")
def server():
    with serving() as running:
        yield running


@pytest.fixture
def page(browser, server):
    with page_of(browser, server.url) as opened:
        says(opened, "Press Start")
        yield opened


@pytest.fixture
def http(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture(scope="session")
def face(media):
    """A JPEG with one face."""
    return (media / "obama.jpg").read_bytes()


@pytest.fixture
def made_up_field(monkeypatch):
    """A field that no version of Mimika has, and a value of it in every face: its name."""
    from dataclasses import replace

    from mimika.pipeline.faces import FaceMaker
    from mimika.schema.field import Field
    from mimika.schema.fields import FACE_FIELDS

    field = Field(
        name="smile",
        type="number",
        meaning="How wide the smile is.",
        unit="cm",
        minimum=0,
        maximum=30,
        decimals=2,
        column="smile_cm",
    )
    monkeypatch.setitem(FACE_FIELDS, field.name, field)
    make = FaceMaker.__call__

    def with_smile(*args, **kwargs):
        face = make(*args, **kwargs)
        return replace(face, values={**face.values, field.name: 4.567})

    monkeypatch.setattr(FaceMaker, "__call__", with_smile)
    return field.name
