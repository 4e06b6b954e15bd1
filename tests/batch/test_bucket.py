"""Recordings in a bucket, and a data set in one."""

from __future__ import annotations

import csv
import io
import subprocess

import pytest

from helpers.buckets import bucket
from helpers.command import MIMIKA, environment
from helpers.media import write_beginning
from mimika.base.errors import InputError
from mimika.batch.run import run_batch
from mimika.batch.storage import RemoteFile, listed
from mimika.pipeline.settings import Settings
from mimika.sources.listing import FILM_SUFFIXES
from mimika.timeline.read import read_results

pytest.importorskip("pyarrow", reason="needs pyarrow")
pytest.importorskip("s3fs", reason="needs s3fs (extra cluster)")
pytest.importorskip("moto.server", reason="needs moto")


def mimika(words, folder, env):
    return subprocess.run(
        [*MIMIKA, "batch", *words, "--workers", "1"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def table(files):
    return list(csv.DictReader(io.StringIO(files.cat_file("films/out/recordings.csv").decode())))


def test_from_a_bucket_to_a_bucket_and_nothing_twice(tmp_path, demo_clip):
    film = write_beginning(demo_clip, tmp_path / "a.mp4", 30)
    with bucket() as (files, env):
        for name in ("a.mp4", "b.mp4"):
            files.put_file(str(film), f"films/in/{name}")
        files.pipe_file("films/in/broken.mp4", b"no film")
        files.pipe_file("films/in/notes.txt", b"passed over")
        done = mimika(["s3://films/in", "-o", "s3://films/out/"], tmp_path, env)
        assert done.returncode == 3, done.stderr
        assert done.stderr.count("s3://films/in/broken.mp4 is not a video") == 1
        assert "Traceback" not in done.stderr
        rows = {row["file"]: row for row in table(files)}
        assert {file: row["state"] for file, row in rows.items()} == {
            "s3://films/in/a.mp4": "done",
            "s3://films/in/b.mp4": "done",
            "s3://films/in/broken.mp4": "failed",
        }
        parts = set(files.ls("films/out/parts", detail=False))
        assert len(parts) == 2
        # What a bucket gives is what the disk gives.
        key = rows["s3://films/in/a.mp4"]["key"]
        files.get_file(f"films/out/parts/{key}.parquet", str(tmp_path / "there.parquet"))
        (ours,) = run_batch([film], tmp_path / "here", Settings(), workers=1)
        here = read_results(tmp_path / "here" / "parts" / f"{ours.key}.parquet")
        assert [r.faces for r in here] == [
            r.faces for r in read_results(tmp_path / "there.parquet")
        ]
        # Nothing is read twice but what failed or changed; a pattern finds the same files.
        before = {name: files.info(name)["LastModified"] for name in parts}
        files.put_file(str(write_beginning(demo_clip, tmp_path / "b.mp4", 5)), "films/in/b.mp4")
        again = mimika(["s3://films/in/[ab].mp4", "-o", "s3://films/out"], tmp_path, env)
        assert again.returncode == 0, again.stderr
        files.invalidate_cache()
        after = set(files.ls("films/out/parts", detail=False))
        assert len(after) == 2
        assert len(after & parts) == 1
        (kept,) = after & parts
        assert key in kept
        assert files.info(kept)["LastModified"] == before[kept]


def test_a_bucket_that_is_not_there_is_one_sentence(tmp_path, demo_clip):
    with bucket() as (_, env):
        gone = mimika(["s3://nothing/in", "-o", "out"], tmp_path, env)
        assert gone.returncode == 3
        assert "There is no s3://nothing/in: check the address" in gone.stderr
        target = mimika([str(demo_clip), "-o", "s3://nothing/out"], tmp_path, env)
        assert target.returncode == 6
        assert "There is no s3://nothing/out: check the address" in target.stderr
    # Now nothing answers there.
    away = mimika(["s3://films/in", "-o", "out"], tmp_path, env | {"AWS_MAX_ATTEMPTS": "1"})
    assert away.returncode == 3
    assert "s3://films/in cannot be reached: check the address and the network" in away.stderr
    assert "Traceback" not in gone.stderr + target.stderr + away.stderr


def test_without_rights_or_packages_a_sentence_says_what_to_do(tmp_path, monkeypatch):
    import s3fs

    def refused(*words, **more):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(s3fs.S3FileSystem, "isdir", refused)
    with pytest.raises(InputError, match="you have no rights there; check its keys"):
        listed("s3://films/in", FILM_SUFFIXES)
    with pytest.raises(InputError, match="needs a package that is not installed|no address"):
        listed("gs://films/in", FILM_SUFFIXES)
    with pytest.raises(InputError, match="is no address that can be read"):
        listed("nothing://films/in", FILM_SUFFIXES)


def test_a_network_that_fails_in_the_middle_is_no_film_that_breaks_off(demo_clip, monkeypatch):
    from mimika.batch.task import Task
    from mimika.batch.work import Worker

    content = demo_clip.read_bytes()
    read = RemoteFile.read
    reads = []

    def failing(self, size=-1):
        reads.append(size)
        if len(reads) == 4:
            self.failed = "connection reset"
            raise OSError(self.failed)
        return read(self, size)

    import fsspec

    files = fsspec.filesystem("memory")
    files.pipe_file("/film.mp4", content)
    monkeypatch.setattr(RemoteFile, "read", failing)
    result = Worker(Settings(), 300).read(Task("memory://film.mp4", "key"))
    assert result.failed == ("memory://film.mp4 could not be read to its end (connection reset).")
    assert result.part == b""


def test_no_keys_are_shown(tmp_path):
    found = mimika(["s3://me:secret@films/in", "-o", "out"], tmp_path, environment())
    assert found.returncode == 3
    assert "secret" not in found.stderr
