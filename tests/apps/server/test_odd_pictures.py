"""Pictures of rare kinds are answered or refused within their budget, and others are answered."""

from __future__ import annotations

import re

import httpx
import pytest

from helpers import odd_pictures
from helpers.answers import jpeg, problem
from helpers.serving import serving

REFUSED = re.compile(r"damaged|more time or memory|can be read here|scale it|icon|HEIC")


# They take the whole budget, of which a few examples do for every day.
SLOW = (
    "AVIF of 6,084 tiles",
    "HEIC of 6,084 tiles",
    "arithmetic JPEG of 25 megapixels",
    "PNM of comments",
    "PNM with a comment of megabytes",
    "BMP of ends of lines",
    "TIFF of 98,000 tiles",
    "TIFF of 12,000 strips",
)
NAMES = [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in odd_pictures.ODD]


@pytest.fixture(scope="module")
def small():
    """A server of its own with small budgets, so that breaking them is quick."""
    with serving(limits={"picture_cpu_s": 0.5, "penalty_s": 0.0}) as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_picture_costs_its_budget_and_others_are_answered(small, name):
    if name.startswith(("HEIC of 6", "HEIC whose")):
        pytest.importorskip("pillow_heif", reason="needs the heic extra")
    data = odd_pictures.ODD[name]()
    assert len(data) < 16 << 20
    with httpx.Client(base_url=small.url, timeout=None) as http:
        answer = http.post("/v1/analyze", content=data)
        assert answer.status_code == 200 or REFUSED.search(problem(answer, 422))
        assert http.post("/v1/analyze", content=jpeg(64, 48)).status_code == 200


def test_a_phones_heic_of_many_tiles_is_answered():
    pytest.importorskip("pillow_heif", reason="needs the heic extra")
    photo = odd_pictures.grid("HEIF", 8, 6, 512)
    with serving() as running:
        seen = httpx.post(f"{running.url}/v1/analyze", content=photo, timeout=None).json()
    assert (seen["width"], seen["height"], seen["faces"]) == (3072, 4096, [])
