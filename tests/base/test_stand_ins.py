"""Files that stand for others: what a download or a clone left in their place is named."""

from __future__ import annotations

import pytest

import mimika

STAND_INS = {
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0a1b\nsize 123\n",
    "web page": b"\n<!DOCTYPE html><html><body>404</body></html>",
}
OPEN = {
    "a.onnx": lambda path: mimika.Recognizer(mimika.Settings(model=str(path))),
    "a.mp4": mimika.open_source,
    "a.jpg": mimika.analyze,
}


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize("kind", STAND_INS)
def test_what_stands_for_another_file_is_named(tmp_path, name, kind):
    path = tmp_path / name
    path.write_bytes(STAND_INS[kind])
    with pytest.raises(mimika.MimikaError, match=kind) as caught:
        OPEN[name](path)
    assert "\n" not in str(caught.value)


def test_an_empty_model_is_called_empty(tmp_path):
    path = tmp_path / "a.onnx"
    path.touch()
    with pytest.raises(mimika.ModelError, match="is empty"):
        OPEN["a.onnx"](path)
