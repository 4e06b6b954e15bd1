"""A report: its files, what they say, and what a reader of the page can do."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace

import pytest

from helpers.browser import chromium, driving
from helpers.recordings import recognized, repeated
from mimika.apps.report import build, colors, plots
from mimika.apps.report.facts import Facts
from mimika.apps.report.page import Report, render
from mimika.apps.report.thumbnails import thumbnails
from mimika.apps.report.words import FILE, Words
from mimika.apps.words import clock
from mimika.labels.emotions import EMOTIONS
from mimika.timeline.files import read_timeline
from mimika.timeline.measure import measure
from mimika.timeline.moments import LEAST_STRENGTH, choose
from mimika.timeline.resample import Timeline

pytest.importorskip("pyarrow", reason="needs the report extra")
pytest.importorskip("jinja2", reason="needs the report extra")
pytest.importorskip("matplotlib", reason="needs the report extra")

FACTS = Facts(source='<b>&"film".mp4', model="default 1", settings={"every": 2})


def report_of(results, pictures=()):
    timeline = Timeline()
    for result in results:
        timeline.add(result)
    measured = measure(timeline)
    return Report(
        measured=measured,
        moments=choose(measured.moments),
        least=LEAST_STRENGTH,
        facts=FACTS,
        thumbnails=pictures,
    )


@pytest.fixture(scope="module")
def two_people(media):
    """A minute of two faces at rest; the first one laughs twice, the second cries once."""
    turns = []
    for turn in range(20):
        for result in recognized(media / "head-pose-face-detection-female-and-male.gif"):
            faces = list(result.faces)
            if turn in (8, 15):
                faces[0] = shown(faces[0], "happy")
            if turn == 11:
                faces[1] = shown(faces[1], "sad")
            turns.append(type(result)(result.time_s + turn * 4.7, 0, 480, 270, tuple(faces)))
    return report_of(turns)


def shown(face, emotion):
    from dataclasses import replace

    shares = dict.fromkeys(face.probabilities, 0.0) | {emotion: 0.97, "neutral": 0.03}
    return replace(face, probabilities=shares)


@pytest.fixture(scope="module")
def folder(two_people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    # An earlier report's, of more people.
    (folder / "timeline-3.png").touch()
    build.write_report(folder, two_people, "en")
    return folder


def test_the_files_and_what_they_hold(folder, two_people):
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(
        ["report.html", "timeline.parquet", "moments.csv"]
        + [f"{n}-{i}.{s}" for n in ("timeline", "shares") for i in (1, 2) for s in ("png", "svg")]
    )
    with (folder / "moments.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["person"], row["emotion"]) for row in rows] == [
        ("1", "happy"),
        ("2", "sad"),
        ("1", "happy"),
    ]
    assert float(rows[0]["onset_s"]) == pytest.approx(8 * 4.7, abs=0.3)
    stored = read_timeline(folder / "timeline.parquet")
    again = measure(stored.timeline)
    assert again.moments == two_people.measured.moments
    assert again.duration_s == two_people.measured.duration_s
    assert Facts.stored("", stored.about) == FACTS
    assert Facts.stored("a.parquet", {"mood": "of a later version"}) == Facts(source="a.parquet")


def test_the_page_holds_no_picture_and_no_address(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "<img" not in text
    assert "data:image" not in text
    # The library's own comment and the namespaces of drawings are no addresses that are loaded.
    loaded = re.findall(r"(?:src|href)=[\"']?(?!#)([^\"'\s>]+)", text)
    assert loaded == []
    assert "&lt;b&gt;&amp;&#34;film&#34;.mp4" in text
    assert "<b>&" not in text
    for words in ("default 1", "--every 2", "Derived from the emotions", "Leys et al. 2013"):
        assert words in text


def test_the_page_tells_how_the_head_was_turned(demo_clip):
    results = []
    for number, result in enumerate(recognized(demo_clip)):
        (face, *_) = result.faces
        angles = {"head_yaw": number % 21 - 10.0, "head_pitch": 7.0, "head_roll": -3.0}
        results.append(replace(result, faces=(replace(face, values=face.values | angles),)))
    says = (
        r"The head, in degrees, median and middle 90%: to the right -?0 \(-[89] to [89]\), up 7 \("
    )
    assert re.search(says, render(report_of(results), "en"))
    assert "The head, in degrees" not in render(report_of(recognized(demo_clip)), "en")


def test_thumbnails_only_when_they_are_asked_for(demo_clip):
    report = report_of(recognized(demo_clip))
    pictures = thumbnails(str(demo_clip), report.measured, report.moments)
    assert len(pictures) == len(report.moments) == 3
    assert all(picture.startswith("data:image/jpeg;base64,") for picture in pictures)
    assert len(set(pictures)) == 3


def test_both_languages_say_everything():
    words = json.loads(FILE.read_text(encoding="utf-8"))
    assert words["en"].keys() == words["ru"].keys()
    for key in words["en"]:
        places = [sorted(re.findall(r"{\d}", words[lang][key])) for lang in ("en", "ru")]
        assert places[0] == places[1], key
    assert Words("ru").percent(0.5) == "50 %"
    assert clock(3723.46) == "1:02:03.5"
    assert clock(59.96) == "1:00.0"


@pytest.mark.parametrize("label", EMOTIONS)
def test_every_color_is_seen_on_white_and_on_dark(label):
    both = colors.both(label)
    for shade, background in ((both["light"], "#ffffff"), (both["dark"], "#1b1e25")):
        rgb, back = (tuple(bytes.fromhex(c[1:])) for c in (shade, background))
        assert colors.contrast(rgb, back) >= 3


@pytest.mark.parametrize("language", ["en", "ru"])
def test_labels_of_plots_are_not_cut_off(two_people, tmp_path, monkeypatch, language):
    figures, make = [], plots._figure

    def remembered(width, height):
        figures.append(make(width, height))
        return figures[-1]

    monkeypatch.setattr(plots, "_figure", remembered)
    plots.write_plots(tmp_path, two_people, language)
    assert len(figures) == 4
    for figure in figures:
        figure.draw_without_rendering()
        for axes in figure.axes:
            for label in (axes.xaxis.label, axes.yaxis.label):
                extent = label.get_window_extent()
                assert extent.y0 >= 0
                assert extent.y1 <= figure.bbox.height + 1


@pytest.fixture(scope="module")
def browser():
    with driving() as driver, chromium(driver) as running:
        yield running


@pytest.fixture
def page(browser, folder):
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    opened = context.new_page()
    problems = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    opened.on("request", lambda r: problems.append(r.url) if not r.url.startswith("file:") else 0)
    opened.goto((folder / "report.html").as_uri())
    opened.wait_for_selector("#emotions canvas")
    yield opened
    context.close()
    assert not problems


def axis(page):
    """Begin and end of the time that is shown, by walking the cursor to both ends."""
    box = page.locator("#reaction .u-over").bounding_box()
    times = []
    for x in (box["x"] + 1, box["x"] + box["width"] - 1):
        page.mouse.move(x, box["y"] + 20)
        minutes, seconds = page.inner_text("#readout").split(" — ")[0].split(":")
        times.append(60 * int(minutes) + float(seconds))
    return times


def test_hover_tells_and_zoom_narrows(page):
    begin, end = axis(page)
    assert begin < 2
    assert end > 90
    assert "neutral" in page.inner_text("#readout")
    page.click("#zoom-in")
    assert axis(page)[1] - axis(page)[0] == pytest.approx((end - begin) / 2, rel=0.05)
    box = page.locator("#emotions .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50, steps=5)
    page.mouse.up()
    # The upper plot goes along with the lower one.
    assert axis(page)[1] - axis(page)[0] == pytest.approx((end - begin) / 8, rel=0.1)
    page.click("#whole")
    assert axis(page) == pytest.approx([begin, end], abs=1)


def test_the_keyboard_walks_and_zooms(page):
    page.focus("#charts")
    page.keyboard.press("ArrowRight")
    first = page.inner_text("#spoken")
    assert re.match(r"\d:\d\d.* — .*reaction", first, re.I)
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#spoken") != first
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert axis(page)[1] - axis(page)[0] < 30
    page.keyboard.press("Home")
    assert axis(page)[1] > 90


def test_emotions_and_people_are_switched(page):
    page.click(".toggle >> text=neutral")
    axis(page)
    assert "neutral" not in page.inner_text("#readout")
    page.click("#none")
    pressed = "b => b.map(x => x.getAttribute('aria-pressed'))"
    assert set(page.eval_on_selector_all(".toggle", pressed)) == {"false"}
    page.click("#all")
    page.click("button.show >> nth=1")
    assert page.is_checked("input[name=person][value='1']")
    begin, end = axis(page)
    assert begin < 11 * 4.7 < end < begin + 20
    page.mouse.move(*middle(page))
    assert "sad 97%" in page.inner_text("#readout")


def middle(page):
    box = page.locator("#reaction .u-over").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + 20


def test_fingers_move_and_pinch(browser, folder):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto((folder / "report.html").as_uri())
    page.wait_for_selector("#emotions canvas")
    whole = axis(page)
    finger = """(points) => {
      const over = document.querySelector('#reaction .u-over');
      const box = over.getBoundingClientRect();
      for (const [type, id, x] of points) {
        over.dispatchEvent(new PointerEvent(type, { pointerId: id, pointerType: 'touch',
          bubbles: true, clientX: box.left + x * box.width, clientY: box.top + 30 }));
      }
    }"""
    page.evaluate(
        finger,
        [
            ["pointerdown", 1, 0.4],
            ["pointerdown", 2, 0.6],
            ["pointermove", 1, 0.1],
            ["pointermove", 2, 0.9],
            ["pointerup", 1, 0.1],
            ["pointerup", 2, 0.9],
        ],
    )
    begin, end = axis(page)
    assert end - begin == pytest.approx((whole[1] - whole[0]) / 4, rel=0.15)
    page.evaluate(
        finger, [["pointerdown", 3, 0.5], ["pointermove", 3, 0.25], ["pointerup", 3, 0.25]]
    )
    assert axis(page)[0] == pytest.approx(begin + (end - begin) / 4, abs=1.0)
    # Nothing is wider than the telephone.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(browser, folder, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto((folder / "report.html").as_uri())
    page.wait_for_selector("#emotions canvas")
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    context.close()


def test_print_is_light_and_without_buttons(browser, folder):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto((folder / "report.html").as_uri())
    page.wait_for_selector("#emotions canvas")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.is_visible("#zoom-in")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")
    context.close()


def test_a_gap_stays_a_gap_on_the_page(browser, demo_clip, tmp_path):
    results = [r for r in repeated(recognized(demo_clip), 2) if not 5 < r.time_s < 15]
    build.write_report(tmp_path, report_of(results), "ru")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("#emotions canvas")
    box = page.locator("#reaction .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    assert page.inner_text("#readout").endswith("лица нет")
    page.close()
