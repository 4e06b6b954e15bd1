"""What goes wrong on the page while it recognizes in the browser is told, and mended."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import wave

import av
import numpy as np
import pytest
from PIL import Image

from helpers.browser import (
    GRANTED,
    PAINTED,
    chromium,
    chromium_with_camera,
    page_of,
    says,
)
from helpers.static_host import static_host
from mimika.apps.cli.main import run
from mimika.apps.page import PAGE, browser_build

pytestmark = pytest.mark.skipif(
    browser_build() is None, reason="needs the built recognizer: python3 check.py web (Node)"
)
RUNNING = "() => document.querySelector('#latency').textContent"


@pytest.fixture(scope="module")
def browser(driver, demo_clip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("camera")
    with chromium_with_camera(driver, demo_clip, folder, every=12) as running:
        yield running


@pytest.fixture
def page(browser, server):
    with page_of(browser, server.url, "browser") as opened:
        says(opened, "Press Start")
        yield opened


def dropped(page, script):
    """Drop on the page what the script puts into `items`."""
    page.evaluate(
        f"""async () => {{
          const items = new DataTransfer();
          {script}
          document.querySelector('#drop').dispatchEvent(
            new DragEvent('drop', {{dataTransfer: items, bubbles: true, cancelable: true}}));
        }}"""
    )


def give(page, *files):
    page.set_input_files(
        "#file", [{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in files]
    )


def film(path, count, size=(64, 48), codec="libx264", *, noise=False):
    random = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for _ in range(count):
            picture = random.integers(0, 256 if noise else 1, (size[1], size[0], 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def test_a_camera_that_is_lost_leaves_no_box_and_comes_back(page):
    page.click("#start")
    page.wait_for_function(RUNNING)
    page.evaluate(
        """() => {
          const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
          devices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
          window.mend = () => { devices.getUserMedia = open; };
          document.querySelector('#video').srcObject.getTracks()[0].stop();
        }"""
    )
    says(page, "The camera was lost.")
    assert page.evaluate(PAINTED, "#view") == 0
    # Its permission was taken back.
    says(page, "The camera was refused.")
    page.evaluate(
        "() => { mend(); navigator.mediaDevices.dispatchEvent(new Event('devicechange')); }"
    )
    says(page, "Running.")
    page.click("#stop")
    assert page.is_visible("#still")


def test_another_camera_goes_on_with_the_session_and_one_that_is_gone_is_left(page):
    page.click("#start")
    page.wait_for_function(RUNNING)
    before = page.evaluate("document.querySelector('#video').srcObject.id")
    page.evaluate(
        """() => { const list = document.querySelector('#cameras');
          list.append(new Option('gone', 'gone'));
          list.value = 'gone';
          list.dispatchEvent(new Event('change')); }"""
    )
    page.wait_for_function(
        "id => (document.querySelector('#video').srcObject?.id ?? id) !== id", arg=before
    )
    says(page, "Running.")
    assert page.is_enabled("#session-csv")
    page.click("#stop")


def test_two_tabs_share_the_camera_and_neither_disturbs_the_other(page, server):
    page.click("#start")
    page.wait_for_function(RUNNING)
    other = page.context.new_page()
    other.goto(f"{server.url}?where=browser")
    says(other, "Press Start")
    other.click("#start")
    says(other, "Running.")
    other.close()
    page.bring_to_front()
    page.evaluate("document.querySelector('#latency').textContent = ''")
    page.wait_for_function(RUNNING)
    page.click("#stop")


def test_a_film_beside_the_camera_disturbs_neither(page, tmp_path):
    page.click("#start")
    page.wait_for_function(RUNNING)
    give(page, ("black.mp4", "video/mp4", film(tmp_path / "black.mp4", 20)))
    says(page, "black.mp4: done", "#results article")
    page.wait_for_selector("#summary table")
    page.click("#stop")
    assert page.locator("#charts figure").count() == 1


def test_a_camera_of_4k_at_60(page):
    page.evaluate(
        """() => {
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [3840, 2160];
          const context = canvas.getContext('2d'), still = document.querySelector('#still');
          const draw = () => { context.drawImage(still, 0, 0, 3840, 2160); };
          draw();
          setInterval(draw, 1000 / 60);
          navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(60);
        }"""
    )
    page.click("#start")
    page.wait_for_function(
        "() => document.querySelector('#view').getAttribute('aria-label').includes('happy')"
    )
    page.click("#stop")


def test_files_that_cannot_be_looked_at_are_told_each(page, tmp_path):
    sound = io.BytesIO()
    with wave.open(sound, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(bytes(1600))
    only_sound = tmp_path / "song.mp4"
    with av.open(str(only_sound), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    give(
        page,
        ("nothing.mp4", "video/mp4", b""),
        ("song.wav", "audio/wav", sound.getvalue()),
        ("song.mp4", "video/mp4", only_sound.read_bytes()),
        ("photo.heic", "image/heic", b"\0\0\0\x18ftypheic"),
        ("notes.mkv", "", b"not a film"),
        ("one.mp4", "video/mp4", film(tmp_path / "one.mp4", 1)),
    )
    where = "#results article:nth-child({})".format
    for i, words in enumerate(
        (
            "one.mp4: done",
            "notes.mkv cannot be read by this browser. The server may",
            "photo.heic cannot be read by this browser. The server may",
            "plays only the sound of song.mp4. The server may",
            "song.wav is neither a photo nor a video.",
            "nothing.mp4 is empty.",
        )
    ):
        says(page, words, where(i + 1))


def test_a_damaged_film_is_told_and_may_go_to_the_server(page, tmp_path):
    data = film(tmp_path / "whole.mp4", 250, noise=True)
    # From a quarter on; the index is at the end.
    begin, end = len(data) // 4, len(data) // 3
    give(page, ("bad.mp4", "video/mp4", data[:begin] + bytes(end - begin) + data[end:]))
    # Chromium reads ahead and gives up a film as a whole: how much was seen before is chance.
    page.wait_for_selector("#results article button:has-text('Send it to the server')")
    told = page.inner_text("#results article")
    if "bad.mp4: damaged after" in told:
        page.wait_for_selector("#results article a:has-text('CSV')")
    else:
        assert "bad.mp4 cannot be read by this browser" in told
    assert page.is_visible("#results article button:has-text('Remove')")


@pytest.mark.parametrize(("taken", "words"), [(5, "damaged after"), (0, "cannot be read")])
def test_damage_that_is_met_while_a_picture_is_taken_costs_none_before(
    page, tmp_path, taken, words
):
    """Browsers decode ahead, so an error may come between a picture's turn and its taking."""
    page.evaluate(
        """taken => { window.VideoFrame = class extends VideoFrame {
          constructor(...words) {
            if (taken-- < 1) throw new DOMException('', 'InvalidStateError');
            super(...words);
          } }; }""",
        taken,
    )
    give(page, ("bad.mp4", "video/mp4", film(tmp_path / "film.mp4", 25)))
    says(page, words, "#results article")
    if taken:
        page.wait_for_selector("#results article a:has-text('CSV')")


def test_a_damaged_animation_shows_what_comes_before(page):
    random, file = np.random.default_rng(0), io.BytesIO()
    first, *others = (
        Image.fromarray(random.integers(0, 256, (48, 64, 3), np.uint8)) for _ in range(8)
    )
    first.save(file, "GIF", save_all=True, append_images=others, duration=100)
    data = file.getvalue()
    give(page, ("bad.gif", "image/gif", data[: len(data) // 2]))
    says(page, "bad.gif: damaged after", "#results article")
    with page.expect_download() as download:
        page.click("#results article a:has-text('JSON')")
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert 1 < len(lines) < 8


def test_a_film_that_ends_early_has_no_results_behind_its_end(page, tmp_path):
    data = film(tmp_path / "whole.webm", 100, codec="libvpx", noise=True)
    give(page, ("cut.webm", "video/webm", data[: len(data) // 2]))
    says(page, "cut.webm: done; its pictures end after", "#results article")
    with page.expect_download() as download:
        page.click("#results article a:has-text('JSON')")
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert 1 < json.loads(lines[-1])["time_s"] < 3


def test_many_files_wait_in_line_and_can_be_left_out(page, media):
    photo = (media / "obama.jpg").read_bytes()
    give(page, *((f"{i}.jpg", "image/jpeg", photo) for i in range(4)))
    assert page.locator("#results article").count() == 4
    says(page, "Waiting: 3.jpg", "#results article:first-child")
    page.click("#results article:first-child button:has-text('Cancel')")
    says(page, "2.jpg: faces: 1", "#results article:first-child")
    assert page.locator("#results article").count() == 3


def test_long_and_right_to_left_names(page, media):
    photo = (media / "coffee.png").read_bytes()
    give(
        page, ("\u202egnp.exe.png", "image/png", photo), (f"{'long' * 40}.png", "image/png", photo)
    )
    says(page, "longlong…longlong.png: faces: 0", "#results article:first-child")
    says(page, "\u2068gnp.exe.png\u2069: ", "#results article:last-child")
    assert page.get_attribute("#results article:first-child p", "title") == f"{'long' * 40}.png"


def test_a_folder_is_looked_through(page):
    dropped(
        page,
        """const file = (name, type) => new File(['x'], name, { type });
          const entry = (name, type) => (
            { isFile: true, name, file: (take) => take(file(name, type)) });
          const folder = (name, children) => ({ isDirectory: true, name, createReader: () => (
            { left: [children], readEntries(take) { take(this.left.pop() ?? []); } }) });
          const all = folder('holiday', [
            entry('b.jpg', 'image/jpeg'), entry('a.jpg', 'image/jpeg'),
            entry('list.txt', 'text/plain'), folder('more', [entry('c.jpg', 'image/jpeg')])]);
          items.items.add(file('holiday', ''));
          DataTransferItem.prototype.webkitGetAsEntry = () => all;""",
    )
    page.wait_for_function("() => document.querySelectorAll('#results article').length === 3")
    names = page.eval_on_selector_all("#results article", "all => all.map(each => each.ariaLabel)")
    assert names == ["c.jpg", "b.jpg", "a.jpg"]


def test_consent_and_the_law_are_one_click_away(page):
    page.click("#law")
    says(page, "forbidden to infer emotions at work", "#law-text")
    page.keyboard.press("Escape")
    assert page.is_hidden("#law-text")


def test_a_session_is_taken_home_as_a_page(page, tmp_path):
    page.click("#start")
    page.wait_for_selector("#summary table")
    page.wait_for_selector("#moments canvas")
    with page.expect_download() as download:
        page.click("#session-report")
    download.value.save_as(tmp_path / "session.html")
    page.click("#stop")
    page.goto((tmp_path / "session.html").as_uri())
    assert page.locator("svg path").count() == page.locator("body > p i").count()
    assert page.locator("li img").count() >= 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 503}, "A file of the recognizer is missing on this site."),
        (None, "The recognizer's files cannot be reached."),
    ],
)
def test_models_that_do_not_come_are_told_and_start_asks_again(browser, server, answer, words):
    # What a service worker fetches is not routed, and when it takes over is chance.
    with page_of(browser, server.url, "browser", service_workers="block") as page:
        page.route(
            "**/default.onnx", lambda route: route.fulfill(**answer) if answer else route.abort()
        )
        page.reload()
        says(page, "Press Start")
        page.click("#start")
        says(page, words)
        assert page.evaluate("document.querySelector('#video').srcObject") is None
        page.unroute("**/default.onnx")
        page.click("#start")
        says(page, "Running.")
        page.click("#stop")


def test_where_storage_is_denied_it_works_all_the_same(browser, tmp_path):
    assert run(["web", str(tmp_path / "site")]) == 0
    with static_host(tmp_path / "site") as (url, _), page_of(browser, "about:blank") as page:
        page.add_init_script(
            """const denied = { get() { throw new DOMException("", "SecurityError"); } };
            for (const name of ["localStorage", "sessionStorage"]) {
              Object.defineProperty(window, name, denied);
            }
            Object.defineProperty(Navigator.prototype, "serviceWorker", denied);"""
        )
        page.goto(url)
        says(page, "Press Start")


def test_too_little_memory_is_told(driver, server):
    # 4 MB for WebAssembly.
    with (
        chromium(driver, GRANTED, "--js-flags=--wasm-max-mem-pages=64") as browser,
        page_of(browser, server.url, "browser") as page,
    ):
        says(page, "Press Start")
        page.click("#start")
        says(page, "There is not enough memory for this.")


def test_at_400_percent_nothing_is_wider_than_the_page(browser, server):
    with page_of(browser, server.url, "browser", viewport={"width": 320, "height": 256}) as page:
        says(page, "Press Start")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_both_languages_have_all_words():
    words = (PAGE / "js" / "words.js").as_uri()
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    script = f"""import {{ WORDS }} from '{words}';
        console.log(JSON.stringify(Object.values(WORDS).map(Object.keys)));"""
    printed = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    english, russian = json.loads(printed.stdout)
    assert english == russian
