"""Built engines: built once, rebuilt when broken, by one process at a time."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from mimika.base.errors import MimikaError, OutputError
from mimika.engines.cache import built, is_whole, key_of

if find_spec("filelock") is None:
    pytest.skip("needs filelock", allow_module_level=True)


class Builder:
    def __init__(self):
        self.times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "engine.bin").write_bytes(bytes(range(256)) * 40)
        (folder / "more").mkdir()
        (folder / "more" / "timing.bin").write_bytes(b"times")


def test_it_is_built_once_and_announced_before(cache, caplog):
    build = Builder()
    with caplog.at_level(logging.WARNING):
        folder = built("e-1", build, "Building the engine: minutes.")
        assert caplog.messages == ["Building the engine: minutes."]
        assert built("e-1", build, "Building the engine: minutes.") == folder
    assert build.times == 1
    assert len(caplog.messages) == 1
    assert folder.parent == cache


@pytest.mark.parametrize("name", ["engine.bin", "more/timing.bin", "built.json"])
def test_a_flipped_byte_is_noticed_and_built_again(name, caplog):
    build = Builder()
    folder = built("e-1", build, "Building.")
    broken = bytearray((folder / name).read_bytes())
    broken[len(broken) // 2] ^= 1
    (folder / name).write_bytes(broken)
    assert not is_whole(folder)
    with caplog.at_level(logging.WARNING):
        assert is_whole(built("e-1", build, "Building."))
    assert build.times == 2
    assert [message for message in caplog.messages if "is broken" in message]


def test_a_file_that_is_gone_or_added_is_noticed():
    build = Builder()
    folder = built("e-1", build, "Building.")
    (folder / "engine.bin").unlink()
    built("e-1", build, "Building.")
    (folder / "stranger.bin").write_bytes(b"?")
    built("e-1", build, "Building.")
    assert build.times == 3
    assert not (folder / "stranger.bin").exists()


def test_a_build_that_fails_leaves_nothing(cache):
    def fail(folder):
        (folder / "half.bin").write_bytes(b"half")
        raise MimikaError("The engine cannot be built: try another.")

    with pytest.raises(MimikaError, match="cannot be built"):
        built("e-1", fail, "Building.")
    assert not (cache / "e-1").exists()


def test_a_build_that_was_killed_is_not_trusted(cache):
    (cache / "e-1").mkdir(parents=True)
    (cache / "e-1" / "engine.bin").write_bytes(b"half of an engi")
    build = Builder()
    assert is_whole(built("e-1", build, "Building."))
    assert build.times == 1


def test_a_cache_that_cannot_be_written_is_one_sentence(cache):
    cache.parent.write_text("a file where the folder would be")
    with pytest.raises(OutputError, match="MIMIKA_CACHE") as caught:
        built("e-1", Builder(), "Building.")
    assert "\n" not in str(caught.value)


def test_the_key_changes_with_the_model_and_with_everything_else(tmp_path):
    model = tmp_path / "m.onnx"
    model.write_bytes(b"one")
    key = key_of(model, "GPU", "1.0")
    assert key == key_of(model, "GPU", "1.0")
    others = {key_of(model, "GPU", "1.1"), key_of(model, "other", "1.0")}
    model.write_bytes(b"two")
    others.add(key_of(model, "GPU", "1.0"))
    assert len(others | {key}) == 4


SLOW_BUILD = """
import sys, time
from pathlib import Path
from mimika.engines.cache import built, is_whole
log = Path(sys.argv[1])
def build(folder):
    with log.open("a") as file:
        file.write("began\\n")
    time.sleep(1)
    (folder / "engine.bin").write_bytes(b"engine" * 1000)
print(is_whole(built("e-1", build, "Building.")))
"""


def test_of_two_processes_one_builds_and_one_waits(tmp_path):
    log = tmp_path / "log"
    environment = os.environ | {"MIMIKA_CACHE": str(tmp_path / "both")}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SLOW_BUILD, str(log)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in running]
    assert [out.strip() for out, _ in said] == ["True", "True"]
    assert log.read_text() == "began\n"


def test_tensorrt_rtx_builds_without_a_gpu_and_the_engine_is_kept():
    """The real parser and builder, where they are installed: no GPU is needed for building."""
    pytest.importorskip("onnxruntime_ep_nv_tensorrt_rtx", reason="needs TensorRT-RTX")
    trt = pytest.importorskip("tensorrt_rtx_bindings", reason="needs tensorrt-rtx-cu13-bindings")
    from mimika.detection.table import DETECTORS

    network = DETECTORS["yunet"].bundled()

    times = []

    def build(folder):
        times.append(1)
        logger = trt.Logger(trt.Logger.ERROR)
        builder = trt.Builder(logger)
        network = builder.create_network(0)
        parser = trt.OnnxParser(network, logger)
        assert parser.parse_from_file(str(network))
        config, profile = builder.create_builder_config(), builder.create_optimization_profile()
        profile.set_shape("input", (1, 3, 32, 32), (1, 3, 192, 320), (1, 3, 1280, 1280))
        config.add_optimization_profile(profile)
        engine = builder.build_serialized_network(network, config)
        (folder / "yunet.engine").write_bytes(bytes(engine))

    folder = built(f"rtx-{key_of(network, trt.__version__)}", build, "Building.")
    assert (folder / "yunet.engine").stat().st_size > 100_000
    broken = bytearray((folder / "yunet.engine").read_bytes())
    broken[1000] ^= 1
    (folder / "yunet.engine").write_bytes(broken)
    assert is_whole(built(folder.name, build, "Building."))
    assert len(times) == 2
