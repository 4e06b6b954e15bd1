"""Networks are kept as they were optimized: found again, held to their digest, never needed."""

from __future__ import annotations

import numpy as np
import pytest

from mimika.base.errors import ModelError
from mimika.engines import onnxruntime_cpu
from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.engines.optimized import MOST_KEPT
from mimika.models.find import model_path

MODEL = model_path("default")


def forms(cache):
    return sorted((cache.parent / "networks").glob("*"))


def answers(session):
    faces = np.random.default_rng(0).integers(0, 255, (3, 48, 48, 1), np.uint8)
    shape = session.inputs["faces"][1:]
    faces = np.ascontiguousarray(np.resize(faces, (3, *shape)))
    return session.run(sorted(session.outputs), {"faces": faces})


@pytest.fixture
def plain(monkeypatch):
    """A session that was optimized here and now."""
    with monkeypatch.context() as patch:
        patch.setattr(onnxruntime_cpu, "_form_of", lambda path: None)
        return CpuSession(MODEL)


def same(one, other):
    pairs = zip(answers(one), answers(other), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert dict(one.metadata) == dict(other.metadata)
    assert one.inputs == other.inputs
    assert one.outputs == other.outputs


def test_the_kept_form_gives_the_same_answers(cache, plain, monkeypatch):
    same(CpuSession(MODEL), plain)
    (form,) = forms(cache)
    assert form.suffix == ".optimized"
    opened = []
    read = onnxruntime_cpu.OptimizedForm.read
    monkeypatch.setattr(
        onnxruntime_cpu.OptimizedForm, "read", lambda s: opened.append(read(s)) or opened[-1]
    )
    same(CpuSession(MODEL, 1), plain)
    assert len(opened) == 1
    assert opened[0] is not None
    assert forms(cache) == [form]


@pytest.mark.parametrize("damage", [b"", b"no network", "a bit"])
def test_a_damaged_form_is_made_again(cache, plain, damage):
    CpuSession(MODEL)
    (form,) = forms(cache)
    whole = form.read_bytes()
    if damage == "a bit":
        damage = whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]
    form.write_bytes(damage)
    same(CpuSession(MODEL), plain)
    assert form.read_bytes() == whole


def test_a_form_that_onnx_runtime_no_longer_reads_is_made_again(cache, plain):
    import hashlib

    CpuSession(MODEL)
    (form,) = forms(cache)
    form.write_bytes(hashlib.sha256(b"other").digest() + b"other")
    same(CpuSession(MODEL), plain)
    same(CpuSession(MODEL), plain)


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path, plain, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MIMIKA_CACHE", str(tmp_path / "file"))
    same(CpuSession(MODEL), plain)
    assert (tmp_path / "file").read_text() == ""


def test_a_form_that_cannot_be_finished_is_no_failure(cache, plain, monkeypatch):
    # As on a disk that is full: ONNX Runtime finds a folder where it is to write.
    def in_the_way(form):
        form.part.mkdir(parents=True)
        return True

    monkeypatch.setattr(onnxruntime_cpu.OptimizedForm, "make_room", in_the_way)
    same(CpuSession(MODEL), plain)


def test_only_so_many_are_kept(cache, tmp_path):
    data = MODEL.read_bytes()
    (cache.parent / "networks").mkdir(parents=True)
    for i in range(MOST_KEPT + 3):
        (cache.parent / "networks" / f"{i}.optimized").write_bytes(b"")
    other = tmp_path / "other.onnx"
    other.write_bytes(data)
    CpuSession(other)
    assert len(forms(cache)) == MOST_KEPT


def test_a_broken_model_leaves_nothing(cache, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(MODEL.read_bytes()[:1000])
    with pytest.raises(ModelError, match="not a model"):
        CpuSession(broken)
    assert forms(cache) == []
