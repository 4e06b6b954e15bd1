"""axe finds nothing to object to, in whatever state the page is."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.browser import page_of, says, screenshot
from helpers.serving import serving
from mimika.apps.page import browser_build

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        browser_build() is None or not AXE.is_file(),
        reason="needs the built recognizer and axe: python3 check.py web (Node)",
    ),
]

FINDINGS = """async () => (await axe.run()).violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ").slice(0, 300)}`)"""
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def check(page, name):
    assert page.evaluate(FINDINGS) == [], name
    screenshot(page, f"{name}.webp", full_page=True)


def wait_for_count(page, selector, count):
    page.wait_for_function(
        "([s, n]) => document.querySelectorAll(s).length >= n",
        arg=[selector, count],
        timeout=90_000,
    )


@pytest.mark.parametrize(
    ("name", "locale", "scheme", "size"),
    [
        ("page-desktop", "en-GB", "light", DESKTOP),
        ("page-desktop-dark", "en-GB", "dark", DESKTOP),
        ("page-phone-russian", "ru-RU", "light", PHONE),
        ("page-phone-russian-dark", "ru-RU", "dark", PHONE),
    ],
)
def test_no_findings(name, locale, scheme, size, browser, server, media, demo_clip):
    looks = {"locale": locale, "color_scheme": scheme, "viewport": size}
    with page_of(browser, server.url, "browser", **looks) as page:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        page.wait_for_function("() => !document.querySelector('#start').disabled")
        check(page, f"{name}-before")
        page.click("#law")
        check(page, f"{name}-law")
        page.click("#law-close")
        page.click("#start")
        page.wait_for_selector("#charts figure", timeout=90_000)
        page.wait_for_selector("#summary table", timeout=90_000)
        check(page, f"{name}-running")
        page.click("#stop")
        page.set_input_files("#file", str(media / "two_people.jpg"))
        wait_for_count(page, "#results canvas.photo", 1)
        page.set_input_files(
            "#file", {"name": "broken.mp4", "mimeType": "video/mp4", "buffer": b"x"}
        )
        wait_for_count(page, "#results .error", 1)
        page.set_input_files("#file", str(demo_clip))
        page.wait_for_selector("#results .moments canvas", timeout=90_000)
        page.wait_for_selector("#results a[download$=html]")
        check(page, f"{name}-results")


def test_all_of_it_is_reached_and_used_with_the_keyboard(browser, server):
    with page_of(browser, server.url, "browser", reduced_motion="reduce") as page:
        page.wait_for_function("() => !document.querySelector('#start').disabled")
        reached = []
        for _ in range(30):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.id"))
            # A choice that is hidden shows its focus at its label.
            shown = "document.querySelector(':focus-visible:not(.visually-hidden)') ?? "
            shown += "document.querySelector(':focus-visible + .button')"
            if page.evaluate("document.activeElement === document.body"):
                break
            assert page.evaluate(f"getComputedStyle({shown}).outlineStyle") == "solid", reached
        wanted = ["language", "start", "sample", "place", "law", "bars", "mirror", "full", "file"]
        assert [each for each in reached if each in wanted] == wanted
        page.focus("#law")
        page.keyboard.press("Enter")
        assert page.evaluate("document.querySelector('#law-text').open")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "law"
        page.focus("#sample")
        page.keyboard.press("Enter")
        says(page, "Running.")
        assert page.evaluate("document.activeElement.id") == "stop"
        page.keyboard.press("Space")
        says(page, "Stopped.")
        assert page.evaluate("document.activeElement.id") == "start"


def test_no_findings_where_the_camera_is_missing(browser, server):
    with page_of(browser, server.url, "browser") as page:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        page.evaluate(
            """() => { navigator.mediaDevices.getUserMedia =
                () => Promise.reject(new DOMException("", "NotFoundError")); }"""
        )
        page.click("#start")
        page.wait_for_selector("#status.error")
        check(page, "page-no-camera")


def test_no_findings_where_a_token_is_asked_for(browser):
    with serving(token="a-token-of-some-length") as guarded, page_of(browser, guarded.url) as page:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        page.wait_for_selector("#token-form:not([hidden])")
        check(page, "page-token")
        page.fill("#token", "wrong")
        page.press("#token", "Enter")
        page.wait_for_function("() => document.querySelector('#token-form').checkVisibility()")
        check(page, "page-wrong-token")
