"""Everybody can use the page: with the keyboard alone, on a phone, with a screen reader (axe)."""

from __future__ import annotations

import pytest

from helpers.browser import page_of, says, screenshot


def test_the_keyboard_is_enough(page):
    says(page, "Press Start")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(6):
        if page.evaluate("document.activeElement.id") == "start":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(page, "Running.")
    assert page.evaluate("document.activeElement.id") == "stop"
    page.keyboard.press("Enter")
    says(page, "Stopped.")
    assert page.evaluate("document.activeElement.id") == "start"


def test_a_phones_size(browser, server):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    with page_of(browser, server.url, **phone) as page:
        page.click("#start")
        says(page, "Running.")
        page.wait_for_selector("#charts canvas")
        wide = page.evaluate(
            "[...document.querySelectorAll('body *')]"
            ".filter(e => e.getBoundingClientRect().right > 361).map(e => e.tagName + e.id)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, wide
        page.wait_for_timeout(1500)
        screenshot(page, "page-phone.webp")
        page.click("#stop")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(browser, server, media, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    with page_of(
        browser, server.url, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    ) as page:
        says(page, "Press Start")
        first = axe.Axe().run(page)
        assert first.violations_count == 0, first.generate_report()
        page.click("#start")
        page.wait_for_selector("#moments canvas")
        page.set_input_files("#file", str(media / "two_people.jpg"))
        says(page, "faces: 2", "#results article")
        page.click("#stop")
        seen = axe.Axe().run(page)
        assert seen.violations_count == 0, seen.generate_report()
