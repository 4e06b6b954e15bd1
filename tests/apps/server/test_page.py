"""The page in a real browser, its camera playing the demo clip.

    MIMIKA_SCREENSHOTS=docs/images python -m pytest tests/apps/server

writes the pictures of docs/server.md and README.md.
"""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

import mimika
from helpers.browser import (
    PAINTED,
    chromium,
    page_of,
    says,
    screenshot,
)
from helpers.serving import serving
from helpers.waiting import wait_until


def test_the_camera_shows_faces_and_the_emotion_turns_from_sad_to_happy(page):
    says(page, "Press Start")
    page.click("#start")
    says(page, "Running.")
    shown = "() => document.querySelector('#view').getAttribute('aria-label').includes"
    page.wait_for_function(f"{shown}('sad')")
    page.wait_for_function(f"{shown}('happy')")
    # Boxes are drawn, the chart has moved, the summary counts, moments have pictures.
    painted(page, "#view", 500)
    page.wait_for_selector("#charts canvas")
    painted(page, "#charts canvas", 200)
    says(page, "happy", "#summary")
    says(page, "sad", "#summary")
    page.wait_for_selector("#moments canvas")
    painted(page, "#moments canvas", 4000)
    words = r"/Answer in \d+ ms, \d+ pictures a second/"
    page.wait_for_function(f"() => {words}.test(document.querySelector('#latency').textContent)")
    says(page, "Derived from the emotions, not measured.", "#affect-words")
    painted(page, "#plane", 200)
    screenshot(page, "page.webp", full_page=True)
    page.click("#stop")
    says(page, "Stopped.")
    assert page.evaluate("document.querySelector('#video').srcObject") is None
    # The still is there again.
    assert page.is_visible("#still")


def painted(page, canvas, least):
    """Wait until so many pixels of a canvas are painted."""
    page.wait_for_function(f"([s, least]) => ({PAINTED})(s) > least", arg=[canvas, least])


def test_it_says_press_start_only_when_it_can_take_files(browser, server):
    held = []

    def hold(route):
        held.append(route)

    with page_of(browser, "about:blank") as page:
        page.route("**/config.json", hold)
        page.goto(server.url)
        says(page, "The page is being loaded")
        assert page.is_disabled("#file")
        held[0].continue_()
        says(page, "Press Start")
        assert page.is_enabled("#file")


def test_never_more_than_one_picture_is_on_its_way(page):
    page.evaluate(
        """() => {
          window.most = window.sent = 0;
          window.WebSocket = class extends WebSocket {
            constructor(...words) {
              super(...words);
              this.waiting = 0;
              this.addEventListener('message', ({ data }) => {
                this.waiting -= JSON.parse(data).type === 'result' ? 1 : 0;
              });
            }
            send(data) {
              super.send(data);
              if (!(data instanceof Blob)) return;
              this.waiting += 1;
              window.sent += 1;
              window.most = Math.max(window.most, this.waiting);
            }
          };
        }"""
    )
    page.click("#start")
    page.wait_for_function("() => window.sent > 20")
    page.click("#stop")
    assert page.evaluate("window.most") == 1


def test_a_refused_camera_is_told_and_the_page_goes_on_when_it_is_allowed(driver, server):
    with (
        chromium(driver, "--deny-permission-prompts") as browser,
        page_of(browser, server.url) as page,
    ):
        page.click("#start")
        says(page, "The camera was refused.")
        page.context.grant_permissions(["camera"], origin=server.url)
        page.wait_for_function("() => document.querySelector('#latency').textContent")


@pytest.mark.parametrize(
    ("error", "words"),
    [("NotFoundError", "There is no camera."), ("NotReadableError", "Another program holds")],
)
def test_an_absent_or_taken_camera_is_told_and_the_page_goes_on(page, error, words):
    page.evaluate(
        """name => {
          const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
          devices.getUserMedia = () => Promise.reject(new DOMException('', name));
          window.mend = () => {
            devices.getUserMedia = open;
            devices.dispatchEvent(new Event('devicechange'));
          };
        }""",
        error,
    )
    page.click("#start")
    says(page, words)
    page.evaluate("window.mend()")
    page.wait_for_function("() => document.querySelector('#latency').textContent")


def test_a_camera_that_is_pulled_comes_back(page):
    page.click("#start")
    page.wait_for_function("() => document.querySelector('#latency').textContent")
    page.evaluate(
        """() => {
          const track = document.querySelector('#video').srcObject.getTracks()[0];
          Object.defineProperty(track, 'readyState', {get: () => 'ended'});
        }"""
    )
    says(page, "The camera was lost.")
    says(page, "Running.")


def test_a_page_without_https_says_what_it_needs(page):
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    page.click("#start")
    says(page, "https")


def test_a_server_that_restarts_in_the_middle_is_found_again(browser):
    with serving() as first:
        port = first.options.port
        opened = page_of(browser, first.url)
        page = opened.__enter__()
        page.click("#start")
        page.wait_for_function("() => document.querySelector('#latency').textContent")
    try:
        says(page, "The server does not answer")
        with serving(port=port):
            says(page, "Running.")
            page.click("#stop")
    finally:
        opened.__exit__(None, None, None)


def test_a_full_server_is_told_and_a_free_place_taken(browser):
    from websockets.sync.client import connect

    with serving(limits={"clients": 1}) as running, page_of(browser, running.url) as page:
        with connect(f"{running.ws}/v1/stream"):
            page.click("#start")
            says(page, "All places on the server are taken")
        says(page, "Running.")


def test_photos_are_annotated_and_can_be_taken_home(page, media, tmp_path):
    page.set_input_files("#file", [str(media / "two_people.jpg"), str(media / "coffee.png")])
    says(page, "two_people.jpg: faces: 2", "#results article:last-child")
    says(page, "coffee.png: faces: 0", "#results article:first-child")
    photo = "#results article:last-child"
    assert page.get_attribute(f"{photo} canvas", "aria-label") == "two_people.jpg: faces: 2"
    seen = json.loads(saved(page, photo, "JSON", tmp_path))
    assert len(seen["faces"]) == 2
    rows = list(csv.DictReader(io.StringIO(saved(page, photo, "CSV", tmp_path).decode())))
    assert [row["emotion"] for row in rows] == [face["emotion"] for face in seen["faces"]]
    assert saved(page, photo, "Picture (PNG)", tmp_path).startswith(b"\x89PNG")
    page.click(f"{photo} button")
    assert page.locator("#results article").count() == 1


def test_a_new_field_is_in_the_pages_table(browser, made_up_field, media, tmp_path):
    with serving() as running, page_of(browser, running.url) as page:
        says(page, "Press Start")
        page.set_input_files("#file", str(media / "obama.jpg"))
        says(page, "obama.jpg: faces: 1", "#results article")
        seen = json.loads(saved(page, "#results article", "JSON", tmp_path))
        table = saved(page, "#results article", "CSV", tmp_path).decode()
    (row,) = csv.DictReader(io.StringIO(table))
    assert seen["faces"][0][made_up_field] == float(row["smile_cm"]) == 4.57
    # All of it is as Python writes it.
    schema = mimika.Recognizer().schema
    assert list(row) == [column.name for column in schema.columns]
    (cells,) = schema.rows(mimika.FrameResult.from_dict(seen))
    assert [float(c) if isinstance(c, float) else c for c in cells] == [
        type(c)(text) for c, text in zip(cells, row.values(), strict=True)
    ]


def saved(page, where, link, folder):
    with page.expect_download() as download:
        page.click(f'{where} a:text-is("{link}")')
    path = folder / "saved"
    download.value.save_as(path)
    return path.read_bytes()


@pytest.mark.slow
def test_a_dropped_video_becomes_a_film_with_chart_and_tables(page, server, demo_clip, tmp_path):
    data = demo_clip.read_bytes().hex()
    before = set(server.state.jobs._folder.iterdir())
    page.evaluate(
        """hex => {
          const bytes = Uint8Array.from(hex.match(/../g), pair => parseInt(pair, 16));
          const items = new DataTransfer();
          items.items.add(new File([bytes], 'clip.mp4', {type: 'video/mp4'}));
          document.querySelector('#drop').dispatchEvent(
            new DragEvent('drop', {dataTransfer: items, bubbles: true, cancelable: true}));
        }""",
        data,
    )
    where = "#results article"
    says(page, "Analyzing clip.mp4", where)
    page.wait_for_function("() => document.querySelector('#results progress').value > 0.1")
    page.wait_for_function(
        "() => document.querySelector('#results article').textContent.includes('clip.mp4: done')",
        timeout=120_000,
    )
    page.wait_for_selector(f"{where} figure canvas")
    says(page, "happy", f"{where} .shares")
    assert page.locator(f"{where} .moments li").count() >= 2
    page.wait_for_function("() => document.querySelector('#results video').readyState > 0")
    assert b"ftyp" in saved(page, where, "Film (MP4)", tmp_path)[:16]
    assert len(saved(page, where, "JSON", tmp_path).splitlines()) == 472
    assert saved(page, where, "CSV", tmp_path).startswith(b"time_s,")
    page.click(f"{where} button")
    page.wait_for_selector(where, state="detached")
    wait_until(lambda: set(server.state.jobs._folder.iterdir()) == before)


def test_a_video_can_be_cancelled(page, demo_clip):
    page.set_input_files("#file", str(demo_clip))
    says(page, "Analyzing", "#results article")
    page.click("#results article button")
    says(page, "Cancelled.", "#results article")


def test_a_page_that_is_loaded_again_goes_on_with_its_film(page, tmp_path):
    from helpers.media import write_video

    film = write_video(tmp_path / "film.mp4", [i / 10 for i in range(8)])
    page.set_input_files("#file", str(film))
    says(page, "film.mp4: done", "#results article")
    page.reload()
    page.wait_for_selector("#results article")
    says(page, "film.mp4: done", "#results article")
    page.click("#results article .downloads button")
    page.wait_for_selector("#results article", state="detached")
    page.reload()
    says(page, "Press Start")
    assert page.locator("#results article").count() == 0


def test_a_film_is_removed_though_its_files_are_still_on_their_way(page, tmp_path):
    from helpers.media import write_video

    kept = []

    def keep(route):
        kept.append(route)

    page.route(re.compile(r"/v1/videos/[^/]+/.*jsonl"), keep)
    film = write_video(tmp_path / "film.mp4", [i / 10 for i in range(8)])
    page.set_input_files("#file", str(film))
    says(page, "film.mp4: done", "#results article")
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.click("#results article .downloads button")
    page.unroute_all()
    page.reload()
    says(page, "Press Start")
    assert kept
    assert page.locator("#results article").count() == 0


def test_the_api_has_a_page_for_people(page):
    page.click("#api")
    says(page, "POST /v1/analyze", "#operations")
    says(page, "Server-sent events", "#operations")


def test_what_is_wrong_with_a_file_is_told(page, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    text = tmp_path / "text.txt"
    text.write_text("hello")
    film = tmp_path / "film.mp4"
    film.write_bytes(b"no film")
    page.set_input_files("#file", [str(bad), str(text), str(film)])
    says(page, "film.mp4: The file is not a video", "#results article:nth-child(1)")
    says(page, "text.txt is neither", "#results article:nth-child(2)")
    says(page, "bad.jpg: This is not a picture", "#results article:nth-child(3)")


def test_the_page_speaks_russian(browser, server):
    with page_of(browser, server.url, locale="ru-RU") as page:
        says(page, "Нажмите «Начать»")
        assert page.evaluate("document.documentElement.lang") == "ru"
        page.click("#start")
        says(page, "Работает.")
        page.wait_for_function(
            "() => /радость|грусть/.test(document.querySelector('#summary').textContent)"
        )
        english = page.evaluate(
            "[...document.querySelectorAll('[data-t]')].map(e => e.textContent).join(' ')"
        )
        assert not re.findall(r"\b(?:the|camera|face|stop|start)\b", english, re.IGNORECASE)
        page.wait_for_timeout(1000)
        screenshot(page, "page-ru.webp")
        page.select_option("#language", "en")
        says(page, "Running.")
        page.click("#stop")


def test_the_token_comes_with_the_address_or_is_asked_for(browser):
    token = "a-token-of-some-length"
    with serving(token=token) as running:
        with page_of(browser, f"{running.url}/#token={token}") as page:
            says(page, "Press Start")
            assert page.url == f"{running.url}/?where=server"
            page.click("#start")
            says(page, "Running.")
        with page_of(browser, running.url) as page:
            page.wait_for_selector("#token-form:not([hidden])")
            page.fill("#token", "wrong")
            page.press("#token", "Enter")
            says(page, "not the server's token", "#token-form")
            page.fill("#token", token)
            page.press("#token", "Enter")
            says(page, "Press Start")


def test_the_page_needs_no_other_host(browser, server):
    asked = []
    with page_of(browser, "about:blank") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.url)
        page.wait_for_function("() => !document.querySelector('#start').disabled")
    assert len(asked) > 8
    assert all(url.startswith(server.url) for url in asked)
