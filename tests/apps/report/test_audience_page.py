"""The audience's page: what it shows, what it does not, and what a reader can do."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from helpers.audiences import audience, material, stacked
from helpers.browser import chromium, driving
from helpers.rooms import film_sound
from helpers.viewings import write_film
from helpers.waiting import wait_until
from mimika.apps.report.audience_page import AudienceReport, render_audience
from mimika.apps.report.strip import film_strip
from mimika.audience.cuts import Clip
from mimika.audience.study import study

pytest.importorskip("scipy", reason="needs the audience extra")
SECONDS = 120
EVENTS = ((30, "happy"), (80, "sad"))


@pytest.fixture(scope="module")
def report(media, demo_clip, tmp_path_factory):
    film = write_film(
        tmp_path_factory.mktemp("film") / "episode.mp4", SECONDS, film_sound(SECONDS, 1)
    )
    viewers = audience(
        material(media, demo_clip), viewers=8, seconds=SECONDS, events=EVENTS, share=0.75
    )
    return AudienceReport(
        study=study(stacked(viewers, SECONDS), lag_s=1.0, shifts=300),
        film="<episode>.mp4",
        film_address="episode.mp4",
        strip=film_strip(film, SECONDS),
        clips=[Clip(begin_s=28, end_s=35, emotion="happy", effect=5)],
        left_out=2,
        least=1.0,
        shifts=300,
    )


@pytest.fixture(scope="module")
def folder(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_film(folder / "episode.mp4", SECONDS, film_sound(SECONDS, 1))
    for language in ("en", "ru"):
        text = render_audience(report, language)
        (folder / f"{language}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser():
    with driving() as driver, chromium(driver) as running:
        yield running


def opened(browser, path, **context):
    page = browser.new_context(**context).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda r: page.problems.append(r.url) if r.url[:4] == "http" else None)
    page.goto(path.as_uri())
    page.wait_for_selector("#watching canvas")
    return page


def test_the_strip_is_of_the_film(report):
    assert 12 <= len(report.strip) <= 24
    assert [frame.time_s for frame in report.strip] == sorted({f.time_s for f in report.strip})


@pytest.mark.parametrize("language", ["en", "ru"])
def test_on_a_phone_all_of_a_moment_is_in_sight_with_its_name(browser, folder, language):
    page = opened(browser, folder / f"{language}.html", viewport={"width": 390, "height": 844})
    cells = page.evaluate(
        """() => [...document.querySelectorAll('.moments td.number')].map((cell) => [
            cell.getBoundingClientRect().right, getComputedStyle(cell, '::before').content])"""
    )
    assert len(cells) >= 8
    assert all(0 < right <= 390 and len(name) > 2 for right, name in cells)
    assert not page.problems


def test_key_frames_stand_over_their_times_and_follow_the_zoom(browser, folder):
    page = opened(browser, folder / "en.html", viewport={"width": 1100, "height": 900})
    shown = """() => [...document.querySelectorAll('.frame-button:not([hidden])')].map((button) => {
      const box = button.getBoundingClientRect();
      return [Number(button.dataset.time), box.left, box.right];
    })"""
    plot = page.locator("#reaction .u-over").bounding_box()
    for begin_s, end_s in ((-1, SECONDS - 1), (SECONDS / 4 - 1, SECONDS * 3 / 4 - 1)):
        frames = page.evaluate(shown)
        assert len(frames) >= 3
        for (_, _, right), (_, left, _) in pairwise(frames):
            assert left > right
        for time_s, left, right in frames:
            at = plot["x"] + plot["width"] * (time_s - begin_s) / (end_s - begin_s)
            assert left - 1 <= at <= right + 1
        page.click("#zoom-in")
    page.click("#whole")
    count = "document.querySelectorAll('.frame-button:not([hidden])').length"
    wide = page.evaluate(count)
    page.set_viewport_size({"width": 400, "height": 900})
    # The page's policy forbids it to evaluate text itself, so it is asked from here.
    wait_until(lambda: page.evaluate(count) < wide)
    page.set_viewport_size({"width": 1100, "height": 900})
    wait_until(lambda: page.evaluate(count) == wide)
    page.context.close()


def test_moments_are_chapters_and_play_the_film(browser, folder):
    page = opened(browser, folder / "en.html", viewport={"width": 1100, "height": 900})
    assert page.locator(".moments >> nth=0").locator("tbody tr").count() == 2
    wait_until(lambda: page.evaluate("document.querySelector('#film').readyState >= 1"))
    page.click(".show >> nth=1")
    wait_until(lambda: page.evaluate("document.querySelector('#film').currentTime > 75"))
    assert page.evaluate("document.querySelector('#film').currentTime") < 90
    box = page.locator("#reaction .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    words = page.inner_text("#readout")
    assert re.match(r"1:\d\d\.\d — Reaction [1-9].*sad [1-9].*Watching \d", words), words
    assert page.locator("#groups canvas").count() == 1
    assert "Largest difference of a and b" in page.inner_text("#timeline")
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_telephone(browser, folder, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    page = opened(
        browser,
        folder / "ru.html",
        color_scheme=scheme,
        viewport={"width": 390, "height": 844},
    )
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_without_the_film_the_rest_stays(browser, folder, tmp_path):
    (tmp_path / "en.html").write_bytes((folder / "en.html").read_bytes())
    page = opened(browser, tmp_path / "en.html")
    page.wait_for_selector("#film", state="hidden")
    page.click(".show >> nth=0")
    assert page.is_visible("#reaction")
    page.context.close()


def test_attention_is_told_with_how_it_was_seen(report):
    stack = report.study.stack
    share = round(100 * float(np.isfinite(stack.reactions).mean()))
    assert f"face, turned to the camera, was seen {share}%" in render_audience(report, "en")
    meshed = replace(stack, attentive=stack.watching // 2)
    page = render_audience(replace(report, study=replace(report.study, stack=meshed)), "en")
    says = r"faced .*within 30° to a side and 25° up or down\) with open eyes \d\d%"
    assert re.search(says, page)
    assert "dashed: those whose head faced the screen" in page


def test_a_group_of_one_viewer_has_no_band_and_says_so(media, demo_clip, report):
    viewers = audience(material(media, demo_clip), viewers=3, seconds=SECONDS, events=EVENTS)
    alone = study(stacked(viewers, SECONDS), lag_s=1.0, shifts=100)
    for language, says in (("en", "It has no band"), ("ru", "Полосы нет")):
        page = render_audience(replace(report, study=alone), language)
        assert says in page
        assert "nan" not in re.sub("<script.*?</script>", "", page, flags=re.DOTALL)


def test_no_name_is_trusted(report):
    text = render_audience(report, "en")
    assert "&lt;episode&gt;.mp4" in text
    assert "<episode>" not in text
    assert "2 recordings could not be used" in text
