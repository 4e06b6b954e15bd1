"""The page with its recognizer inside the browser: served by Mimika, or as files by any host."""

from __future__ import annotations

import json
import os

import av
import cv2
import pytest

from helpers.browser import page_of, says
from helpers.static_host import static_host
from mimika.apps.cli.main import run
from mimika.apps.page import HEADERS, browser_build
from mimika.sources.video import Video

SCREENSHOTS = os.environ.get("MIMIKA_SCREENSHOTS")

pytestmark = pytest.mark.skipif(
    browser_build() is None, reason="needs the built recognizer: python3 check.py web (Node)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("host")
    assert run(["web", str(root / "below" / "a path")]) == 0
    return root


def watch(page):
    says(page, "Press Start")
    page.click("#start")
    says(page, "Running.")
    shown = "() => document.querySelector('#view').getAttribute('aria-label').includes"
    page.wait_for_function(f"{shown}('sad')")
    page.wait_for_function(f"{shown}('happy')")


def test_a_static_host_below_a_path_is_enough_and_then_none_at_all(browser, site, media):
    with (
        static_host(site) as (url, asked),
        page_of(browser, f"{url}/below/a%20path/", "browser") as page,
    ):
        outside = []
        page.on("request", lambda request: outside.append(request.url))
        watch(page)
        page.set_input_files("#file", [str(media / "two_people.jpg"), str(media / "coffee.png")])
        says(page, "two_people.jpg: faces: 2", "#results article:last-child")
        says(page, "coffee.png: faces: 0", "#results article:first-child")
        assert all(path.startswith("/below/a%20path/") for path in asked)
        assert all(each.startswith((url, "blob:", "data:")) for each in outside)
        # Offline after the first visit.
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("caches.keys().then((names) => names.length > 0)")
        page.context.set_offline(True)
        page.reload()
        says(page, "Press Start")
        page.set_input_files("#file", str(media / "obama.jpg"))
        says(page, "obama.jpg: faces: 1", "#results article")


def test_a_host_that_sends_the_headers_gets_threads(browser, site):
    with (
        static_host(site, HEADERS) as (url, _),
        page_of(browser, f"{url}/below/a%20path/", "browser") as page,
    ):
        says(page, "Press Start")
        assert page.evaluate("crossOriginIsolated")


def test_the_server_hands_out_the_recognizer_and_gets_no_picture(browser, server):
    size = {"width": 1280, "height": 900}
    with page_of(browser, server.url, "browser", viewport=size) as page:
        sent = []
        page.on("request", lambda r: sent.append(r.method) if r.post_data_buffer else None)
        page.on("websocket", lambda socket: sent.append(socket.url))
        watch(page)
        assert page.evaluate("crossOriginIsolated")
        assert not sent
        if SCREENSHOTS:
            page.screenshot(path=f"{SCREENSHOTS}/page-browser.png", full_page=True)
        says(page, "Nothing leaves your browser", "[data-place=browser]")


def test_a_sample_can_be_tried_without_a_camera_and_taken_home(browser, server, tmp_path):
    with page_of(browser, server.url, "browser") as page:
        says(page, "Press Start")
        # Before it a still shows what will come: a box that is drawn over a picture.
        assert page.is_visible("#still")
        page.wait_for_function("""() => { const view = document.querySelector("#view");
            const { data } = view.getContext("2d").getImageData(0, 0, view.width, view.height);
            return view.width === 640 && data.some((value) => value); }""")
        if SCREENSHOTS:
            page.screenshot(path=f"{SCREENSHOTS}/page-still.png")
        assert page.is_disabled("#session-csv")
        page.click("#sample")
        says(page, "Running.")
        assert page.is_hidden("#still")
        assert not page.is_checked("#mirror")
        page.wait_for_function("() => document.querySelector('#latency').textContent")
        with page.expect_download() as download:
            page.click("#snapshot")
        picture = cv2.imread(str(download.value.path()))
        assert picture.shape[:2] == (360, 640)
        page.click("#stop")
        says(page, "Stopped.")
        # What is shown now is the still again, for screen readers too.
        assert page.get_attribute("#view", "aria-label").startswith("An example")
        with page.expect_download() as download:
            page.click("#session-csv")
        rows = download.value.path().read_text(encoding="utf-8").splitlines()
        assert rows[0].startswith("time_s,frame_index")
        assert len(rows) > 1
        assert page.is_disabled("#snapshot")


def write_laugh(clip, path):
    """Four seconds of the clip in which she laughs."""
    with Video(clip) as film, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for frame in film:
            if 12 <= frame.time_s < 16 and frame.index % 2 == 0:
                picture = av.VideoFrame.from_ndarray(frame.image, format="bgr24")
                container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def test_a_film_is_seen_inside_the_browser(browser, server, demo_clip, tmp_path):
    film = write_laugh(demo_clip, tmp_path / "laugh.mp4")
    with page_of(browser, server.url, "browser") as page:
        says(page, "Press Start")
        page.set_input_files("#file", str(film))
        says(page, "laugh.mp4: done", "#results article")
        with page.expect_download() as download:
            page.click("#results article a:has-text('CSV')")
        rows = download.value.path().read_text(encoding="utf-8").splitlines()
        assert rows[0].startswith("time_s,frame_index,frame_width,frame_height,track_id,x,y")
        assert len(rows) > 35
        says(page, "happy", "#results .moments")
        page.wait_for_selector("#results .moments canvas[role=img]")
        page.wait_for_selector("#results video[poster^=blob]")
        film = "document.querySelector('#results video')"
        page.evaluate(f"{film}.currentTime = 3.5")
        page.click("#results .moments button")
        page.wait_for_function(f"() => {film}.currentTime < 3")


def test_a_film_that_the_browser_cannot_play_may_go_to_the_server(browser, server, tmp_path):
    film = tmp_path / "broken.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(400))
    with page_of(browser, server.url, "browser") as page:
        sent = []
        page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
        says(page, "Press Start")
        page.set_input_files("#file", str(film))
        says(page, "broken.mp4 cannot be read by this browser", "#results article")
        assert not sent
        page.click("#results article button:has-text('Send it to the server')")
        page.wait_for_selector("#results article .error:has-text('broken.mp4: ')")
        assert sent
        assert all("/v1/videos" in url for url in sent)


def test_a_hidden_tab_pauses_and_says_so(browser, server):
    with page_of(browser, server.url, "browser") as page:
        says(page, "Press Start")
        page.click("#sample")
        says(page, "Running.")
        page.evaluate("""() => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
            document.dispatchEvent(new Event("visibilitychange")); }""")
        says(page, "in the background")
        page.wait_for_timeout(700)
        says(page, "in the background")
        page.evaluate("""() => {
            delete document.hidden;
            document.dispatchEvent(new Event("visibilitychange")); }""")
        says(page, "Running.")


def test_a_file_that_is_not_what_was_built_is_refused(browser, site):
    folder = site / "below" / "a path" / "page" / "mimika"
    card = folder / "fast.card.json"
    digests = folder / "assets.json"
    kept = digests.read_text(encoding="utf-8")
    known = json.loads(kept)
    assert known[card.name]
    digests.write_text(json.dumps(known | {"default.onnx": "0" * 64}), encoding="utf-8")
    try:
        with (
            static_host(site) as (url, _),
            page_of(browser, f"{url}/below/a%20path/", "browser") as page,
        ):
            says(page, "Press Start")
            page.click("#start")
            says(page, "is not the one that this page was made with")
            assert page.is_visible("#start")
    finally:
        digests.write_text(kept, encoding="utf-8")


def test_a_folder_with_other_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(["web", str(tmp_path)]) == 2
    assert "holds other files" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
