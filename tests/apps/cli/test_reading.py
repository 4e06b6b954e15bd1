"""The options that say how films and pictures are read, through the command line."""

from __future__ import annotations

import csv
import shutil

import av
import cv2
import pytest
from PIL import Image

from helpers.faces import FRAMES, base_images
from helpers.media import Tone, sound_of, write_film
from mimika.apps.cli.main import run


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "base.mp4"
    options = {"movflags": "faststart"}
    return write_film(path, base_images(), sounds=[Tone()], container_options=options)


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_range_with_its_sound_and_an_interval_of_time(tmp_path, base):
    table, out = tmp_path / "a.csv", tmp_path / "a.mp4"
    words = ["video", base, "--from", "0:01", "--to", "2500ms", "--every", "0.1s"]
    assert run([*map(str, words), "--csv", str(table), "-o", str(out), "--quiet"]) == 0
    times = [float(row["time_s"]) for row in rows(table)]
    assert (len(times), times[0]) == (36, 1.0)
    assert times[-1] == pytest.approx(59 / 24, abs=2e-3)
    with av.open(str(out)) as film:
        assert film.duration / 1e6 == pytest.approx(1.5, abs=0.03)
    samples, rate, _ = sound_of(out)
    assert len(samples) / rate == pytest.approx(1.5, abs=0.05)


def test_a_film_that_breaks_off_keeps_its_results_and_the_exit_code_tells(tmp_path, base, capsys):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(base.read_bytes()[: base.stat().st_size // 2])
    table, out = tmp_path / "a.csv", tmp_path / "a.mp4"
    assert run(["video", str(cut), "--csv", str(table), "-o", str(out)]) == 8
    printed = capsys.readouterr()
    assert printed.err.count("breaks off") == 1
    assert "of the 4.0 s that it declares" in " ".join(printed.err.split())
    assert f"of {FRAMES} frames" in " ".join(printed.err.split())
    assert 20 < len(rows(table)) < 80
    assert out.exists()
    whole = tmp_path / "whole.mp4"
    shutil.copy(base, whole)
    words = ["video", str(cut), str(whole), "--csv", str(tmp_path / "tables"), "--quiet"]
    assert run(words) == 8
    assert len(rows(tmp_path / "tables" / "whole.csv")) == FRAMES


def test_a_report_of_a_film_that_breaks_off_is_written_and_the_exit_code_tells(
    tmp_path, base, capsys
):
    pytest.importorskip("matplotlib", reason="needs the report extra")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(base.read_bytes()[: base.stat().st_size // 2])
    assert run(["report", str(cut), "-o", str(tmp_path / "report")]) == 8
    assert capsys.readouterr().err.count("breaks off") == 1
    assert (tmp_path / "report" / "report.html").exists()


@pytest.mark.parametrize("rotate", [[], ["--rotate", "auto"], ["--rotate", "270"]])
def test_a_film_on_its_side(tmp_path, rotate, capsys):
    turned = [cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE) for image in base_images()[48:]]
    path = write_film(tmp_path / "side.mp4", turned)
    table = tmp_path / "a.csv"
    assert run(["video", str(path), "--csv", str(table), *rotate]) == 0
    said = "turned by 270 degrees clockwise" in " ".join(capsys.readouterr().err.split())
    assert said == ("270" not in rotate)
    seen = rows(table)
    assert {row["emotion"] for row in seen} == {"sad"}
    assert (seen[0]["frame_width"], seen[0]["frame_height"]) == ("640", "360")


def test_pictures_in_folders_and_on_their_side(tmp_path, media, capsys):
    (tmp_path / "in" / "a" / "b").mkdir(parents=True)
    for name in ("one.JPG", "a/one.JPG", "a/b/one.jfif"):
        Image.open(media / "obama.jpg").rotate(90, expand=True).save(tmp_path / "in" / name, "JPEG")
    (tmp_path / "in" / "a" / "film.mov").write_bytes(b"")
    out, table = tmp_path / "out", tmp_path / "a.csv"
    words = ["image", str(tmp_path / "in"), "-o", str(out), "--csv", str(table)]
    assert run(words) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "Did not look into 1 folder: --recursive does." in told
    assert len(rows(table)) == 1
    assert run([*words, "--recursive", "--overwrite"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "1 .mov" in told
    assert "by 90 degrees" in told
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*"))
    assert written == ["a/b/one.jpg", "a/one.jpg", "one.jpg"]
    assert cv2.imread(str(out / "one.jpg")).shape == (1137, 910, 3)
    assert len(rows(table)) == 3


@pytest.mark.parametrize(
    "words",
    [
        ["--from", "5", "--to", "3"],
        ["--from", "soon"],
        ["--to", "-1"],
        ["--stream", "9"],
        ["--stream", "-1"],
        ["--rotate", "45"],
        ["--every", "0s"],
        ["--every", "often"],
    ],
)
def test_options_that_mean_nothing(tmp_path, base, words, capsys):
    assert run(["video", str(base), *words, "--csv", str(tmp_path / "a.csv")]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_range_behind_the_end(tmp_path, base, capsys):
    assert run(["video", str(base), "--from", "9", "--csv", str(tmp_path / "a.csv")]) == 3
    assert "ends at 4.00 s" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "a.csv").exists()
