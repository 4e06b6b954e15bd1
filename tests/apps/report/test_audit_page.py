"""The page of an audit, in a browser."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.browser import chromium, driving
from mimika.apps.report.audit_page import PAGE, write_audit

pytest.importorskip("jinja2", reason="needs the evaluate extra")
pytest.importorskip("sklearn", reason="needs the evaluate extra")


@pytest.fixture(scope="module")
def page_file(media, tmp_path_factory):
    """An audit of one whole picture, twice, with groups that are made unequal."""
    from helpers.data_sets import write_table
    from mimika.models.model import open_model
    from mimika.training.audit.audit import audit
    from mimika.training.audit.groups import compare_groups, warnings_of
    from mimika.training.evaluation.evaluate import open_for_evaluation

    folder = tmp_path_factory.mktemp("data")
    (folder / "a.png").write_bytes((media / "astronaut.png").read_bytes())
    rows = [("a.png", "happy", 170, 60, 105, 145), ("a.png", "sad", 0, 0, 20, 20)]
    write_table(folder / "t.csv", rows, header=("path", "label", "x", "y", "width", "height"))
    model = open_model("fast", engine="cpu")
    data, split = open_for_evaluation(folder, model, crop="face")
    found = audit(model, data, split, resamples=20)
    groups = np.array(["<b>one</b>"] * 40 + ["two"] * 40)
    right = np.arange(80) % 40 < np.where(groups == "two", 10, 39)
    compared = compare_groups(right, np.zeros(80, np.int64), ("happy",), groups)
    found["groups"] = {"kind & more": compared}
    found["warnings"] += warnings_of("kind & more", compared)
    out = tmp_path_factory.mktemp("audit")
    write_audit(out, found)
    return out / PAGE


@pytest.fixture(scope="module")
def browser():
    with driving() as driver, chromium(driver) as browser:
        yield browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(browser, page_file, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(page_file.as_uri())
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    context.close()


def test_it_fits_a_telephone_and_shows_what_is_unequal(browser, page_file):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(page_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    warned = page.locator(".warnings").inner_text()
    assert "with kind & more two 25% are named rightly" in warned
    assert "<b>one</b>" in page.locator("table", has_text="unequal").first.inner_text()
    assert page.locator("svg.curve").count() == 15
    page.close()
