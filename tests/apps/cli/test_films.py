"""Several films at once, and where their results go."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest

from mimika.apps.cli import _films, _targets
from mimika.apps.cli.main import run
from mimika.base.errors import InputError, UsageError
from mimika.sinks.table import SINKS


@pytest.fixture
def gif(media):
    return media / "head-pose-face-detection-female-and-male.gif"


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return len(list(csv.DictReader(file)))


def test_a_folder_a_pattern_and_a_bad_film(tmp_path, monkeypatch, media, gif, capsys):
    monkeypatch.chdir(tmp_path)
    folder, other = tmp_path / "trip [2024]", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    shutil.copy(gif, folder / "heads.gif")
    (folder / "notes.txt").write_text("no film")
    shutil.copy(media / "people-detection.gif", other / "heads.gif")
    (other / "broken.mp4").write_bytes(b"no film at all")
    words = ["video", "trip [2024]", "other/*", "none.mp4", "--csv", "tables", "--every", "8"]
    assert run([*words, "--quiet"]) == 3
    told = capsys.readouterr().err.splitlines()
    assert "2 of 4 films" in told[-3]
    assert "broken.mp4" in told[-2]
    assert "none.mp4" in told[-1]
    assert sorted(p.name for p in (tmp_path / "tables").iterdir()) == ["heads-2.csv", "heads.csv"]
    assert rows(tmp_path / "tables" / "heads.csv") == 112


@pytest.mark.skipif(os.name == "nt", reason="links need rights under Windows")
def test_films_that_nobody_may_look_at_stop_no_others(tmp_path, monkeypatch, gif, capsys):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    words = ["video", "loop/a.gif", str(gif), "--no-window", "--to", "0.1", "--quiet"]
    assert run(words) == 3
    printed = capsys.readouterr().err
    assert "loop/a.gif cannot be read (Too many levels of symbolic links)" in printed
    assert "1 of 2 films" in printed
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    assert run(["batch", "loop/a.gif", "none.gif", "-o", "out"]) == 3
    printed = capsys.readouterr()
    assert "loop/a.gif cannot be read (Too many levels of symbolic links)" in printed.err
    assert "There is no recording none.gif" in printed.err
    assert "0 of 2 recordings" in printed.out


def test_how_fast_it_was_is_said_once_all_is_kept(tmp_path, monkeypatch, gif, capsys):
    from mimika.base.errors import OutputError
    from mimika.sinks.csv import CsvSink

    def full(self):
        raise OutputError("the disk is full")

    words = ["video", str(gif), "--csv", str(tmp_path / "a.csv"), "--to", "0.1"]
    assert run([*words, "--overwrite"]) == 0
    assert "frames in" in capsys.readouterr().err
    monkeypatch.setattr(CsvSink, "_finish", full)
    assert run([*words, "--overwrite"]) == 6
    printed = capsys.readouterr().err
    assert "the disk is full" in printed
    assert "frames in" not in printed


def test_a_folder_in_brackets_is_no_pattern(tmp_path, gif):
    folder = tmp_path / "trip [2024]"
    folder.mkdir()
    shutil.copy(gif, folder / "a.gif")
    shutil.copy(gif, folder / "b [x].gif")
    found = _films.find_films([str(folder / "*.gif")])
    assert found.several
    assert len(found.names) == 2
    assert _films.find_films([str(folder / "b [x].gif")]).names == (str(folder / "b [x].gif"),)
    with pytest.raises(InputError, match="No film matches"):
        _films.find_films([str(folder / "*.mkv")])
    with pytest.raises(InputError, match="holds no film"):
        _films.find_films([str(tmp_path)])


@pytest.mark.parametrize(
    ("target", "films", "several", "names"),
    [
        ("a.csv", ["x/film.mp4"], False, ["a.csv"]),
        ("tables", ["x/film.mp4"], False, ["tables/film.csv"]),
        ("tables", ["x/f.mp4", "y/F.mkv"], True, ["tables/f.csv", "tables/F-2.csv"]),
        ("t/{name}.faces.csv", ["x/f.mp4", "g.mp4"], True, ["t/f.faces.csv", "t/g.faces.csv"]),
        ("{name}.csv", ["http://x.org/a/film.mp4?key=1"], False, ["film.csv"]),
    ],
)
def test_names_follow_one_rule(target, films, several, names):
    made = _targets.film_targets(SINKS["csv"], Path(target), films, several=several)
    assert [path.as_posix() for path in made] == names


def test_one_file_for_several_films_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\{name\}\.csv"):
        _targets.film_targets(SINKS["csv"], tmp_path / "a.csv", ["a.mp4", "b.mp4"], several=True)


def test_a_name_with_the_ending_of_another_kind_is_refused(tmp_path, monkeypatch, gif, capsys):
    monkeypatch.chdir(tmp_path)
    for words in (["--csv", "a.parquet"], ["--jsonl", "a.csv"], ["--parquet", "{name}.mp4"]):
        assert run(["video", str(gif), *words]) == 2
        assert f"{words[1]} has the ending of --" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_nothing_of_the_users_is_destroyed(tmp_path, monkeypatch, gif, media, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copy(gif, "film.gif")
    shutil.copy(media / "obama.jpg", "obama.jpg")
    before = (tmp_path / "film.gif").read_bytes()
    (tmp_path / "link.csv").symlink_to("film.gif")
    (tmp_path / "old.csv").write_text("mine")

    def refused(*words, says):
        assert run([*words, "--quiet"]) == 6
        assert says in capsys.readouterr().err

    refused("video", "film.gif", "--csv", "film.gif", says="is what is read")
    refused("video", "film.gif", "--csv", "link.csv", says="is what is read")
    refused("video", "film.gif", "--csv", "a.x", "--jsonl", "./a.x", says="for two results")
    refused("video", "film.gif", "--csv", "old.csv", says="--overwrite")
    refused("image", "obama.jpg", "--csv", "obama.jpg", says="is what is read")
    refused("image", "obama.jpg", "--output", ".", says="is what is read")
    refused("models", "--json", "old.csv", says="--overwrite")
    refused("engines", "--json", "old.csv", says="--overwrite")
    refused("cameras", "--json", "old.csv", says="--overwrite")
    refused("bench", "--json", "old.csv", says="--overwrite")
    refused("export", "old.csv", "-o", "old.csv", says="is what is read")
    refused("adopt", "old.csv", "--classes", "a,b", "--size", "8", "-o", "old.csv", says="is read")
    assert (tmp_path / "film.gif").read_bytes() == before
    assert (tmp_path / "old.csv").read_text() == "mine"
    assert run(["image", "obama.jpg", "--csv", "old.csv", "--overwrite", "--quiet"]) == 0
    assert rows(tmp_path / "old.csv") == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["video", "film.gif", "-o", "new/a.mp4", "--csv", "old.csv"], 6, "there already"),
        (["video", "film.gif", "--csv", "new/../film.gif", "--overwrite"], 6, "through a folder"),
        (["video", "none.gif", "-o", "new/a.mp4"], 3, "There is no picture"),
        (["image", "none.jpg", "-o", "new/a.jpg", "--csv", "new/a.csv"], 3, "no picture"),
        (["models", "none.onnx", "--json", "new/a.json"], 4, "There is no model"),
        (["evaluate", "default", "none", "--json", "new/a.json"], 3, "none"),
    ],
)
def test_a_refused_command_leaves_no_folder(tmp_path, monkeypatch, gif, capsys, words, code, says):
    monkeypatch.chdir(tmp_path)
    shutil.copy(gif, "film.gif")
    Path("old.csv").write_text("old")
    assert run(words) == code
    assert says in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.gif", "old.csv"]


def test_annotated_pictures_replace_nothing_either(tmp_path, monkeypatch, media, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["image", str(media / "obama.jpg"), "--output", "seen", "--quiet"]
    assert run(words) == 0
    assert run(words) == 6
    assert "obama.jpg is there already" in capsys.readouterr().err
    assert run([*words, "--overwrite"]) == 0


def test_json_on_standard_output_stands_alone(capsys):
    import json

    for words in (["models"], ["cameras"], ["engines"], ["bench", "--seconds", "0.02"]):
        assert run([*words, "--json", "-"]) == 0
        json.loads(capsys.readouterr().out)
