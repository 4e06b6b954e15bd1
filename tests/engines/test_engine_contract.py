"""Every engine that runs here gives the CPU's answers on real faces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mimika.base.errors import ModelError
from mimika.detection import open_detector
from mimika.engines import open_session
from mimika.engines.agreement import TOLERANCE, difference
from mimika.engines.refusal import EngineRefusal
from mimika.engines.registry import MODULES
from mimika.models.model import OnnxModel


def open_or_skip(name, path):
    try:
        return open_session(path, engine=name, threads=2)
    except EngineRefusal as error:
        pytest.skip(f"not on this machine: {error}")


@pytest.fixture(params=MODULES)
def name(request):
    return request.param


def test_the_same_answers_as_the_cpu(name, default_model, clip_faces):
    session, cpu = open_or_skip(name, default_model), open_session(default_model, engine="cpu")
    names = ["probabilities", "probabilities_fer2013"]
    found = session.run(names, {"faces": clip_faces})
    expected = cpu.run(names, {"faces": clip_faces})
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == np.float32
        assert difference(a, b) <= TOLERANCE
        assert (a.argmax(1) == b.argmax(1)).mean() >= 0.95
    assert session.engine == name


def test_it_says_what_the_file_says(name, default_model):
    session, cpu = open_or_skip(name, default_model), open_session(default_model, engine="cpu")
    assert session.metadata == cpu.metadata
    assert dict(session.inputs) == dict(cpu.inputs)
    assert list(session.outputs) == list(cpu.outputs)


def test_any_number_of_faces_and_any_order_of_outputs(name, default_model, clip_faces):
    session = open_or_skip(name, default_model)
    both = session.run(["probabilities_fer2013", "probabilities"], {"faces": clip_faces[:3]})
    assert [part.shape for part in both] == [(3, 7), (3, 9)]
    for count in (1, 5, 2):
        (rows,) = session.run(["probabilities"], {"faces": clip_faces[:count]})
        assert rows.shape == (count, 9)
        assert rows.sum(1) == pytest.approx(np.ones(count), abs=1e-4)


def test_answers_are_kept_when_the_next_come(name, default_model, clip_faces):
    session = open_or_skip(name, default_model)
    (first,) = session.run(["probabilities"], {"faces": clip_faces[:1]})
    kept = first.copy()
    session.run(["probabilities"], {"faces": clip_faces[-1:]})
    assert (first == kept).all()


def test_several_threads_at_once(name, default_model, clip_faces):
    session = open_or_skip(name, default_model)
    alone = [session.run(["probabilities"], {"faces": face[None]})[0] for face in clip_faces[:20]]
    with ThreadPoolExecutor(4) as pool:
        rows = pool.map(
            lambda face: session.run(["probabilities"], {"faces": face[None]})[0], clip_faces[:20]
        )
        for found, expected in zip(rows, alone, strict=True):
            assert found == pytest.approx(expected, abs=1e-5)


def test_the_detector_finds_the_same_faces(name, default_model, media):
    import cv2

    open_or_skip(name, default_model)
    picture = cv2.imread(str(media / "two_people.jpg"))
    found = open_detector("yunet", engine=name).detect(picture)
    expected = open_detector("yunet", engine="cpu").detect(picture)
    assert len(found.boxes) == len(expected.boxes) >= 2
    for a, b in zip(found.boxes, expected.boxes, strict=True):
        assert a.iou(b) > 0.98


def test_a_file_that_is_missing_or_broken_is_the_files_fault(name, default_model, tmp_path):
    open_or_skip(name, default_model)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(default_model.read_bytes()[:50_000])
    for path in (tmp_path / "none.onnx", broken):
        with pytest.raises(ModelError):
            open_session(path, engine=name)


def test_the_default_model_runs_with_the_engine_that_auto_chooses(default_model, clip_faces):
    chosen = OnnxModel(default_model)(clip_faces)
    expected = OnnxModel(default_model, engine="cpu")(clip_faces)
    assert difference(chosen, expected) <= TOLERANCE


@pytest.mark.skipif(find_spec("openvino") is None, reason="needs openvino")
def test_a_layer_that_openvino_does_not_know_is_named(tmp_path):
    path = tmp_path / "cdist.onnx"
    graph = helper.make_graph(
        [helper.make_node("CDist", ["a", "b"], ["d"], domain="com.microsoft", name="far")],
        "g",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", 3]) for n in "ab"],
        [helper.make_tensor_value_info("d", TensorProto.FLOAT, ["N", "M"])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    assert open_session(path, engine="cpu").engine == "cpu"
    with pytest.raises(EngineRefusal, match="CDist") as caught:
        open_session(path, engine="openvino")
    assert "openvino" in str(caught.value)
    assert "\n" not in str(caught.value)
