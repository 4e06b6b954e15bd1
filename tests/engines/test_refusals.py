"""An engine that cannot run says so in one sentence, with what to do."""

from __future__ import annotations

import onnxruntime as ort
import pytest

from mimika.apps.cli.main import run
from mimika.base.errors import UsageError
from mimika.engines import nvidia, open_session, tensorrt, tensorrt_rtx
from mimika.engines.nvidia import Gpu
from mimika.engines.refusal import EngineRefusal


@pytest.fixture
def only_cpu(monkeypatch):
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cuda", "onnxruntime-gpu"),
        ("tensorrt", "tensorrt"),
        ("coreml", "on a Mac"),
        ("directml", "onnxruntime-directml"),
    ],
)
def test_what_is_not_installed_says_what_to_install(only_cpu, default_model, name, says):
    with pytest.raises(EngineRefusal, match=f"{name} is not installed: run `.*-m pip ") as caught:
        open_session(default_model, engine=name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "package"), [("openvino", "openvino"), ("tensorrt-rtx", "tensorrt_rtx")]
)
def test_an_extra_that_is_missing_is_named(monkeypatch, default_model, name, package):
    monkeypatch.setattr(f"mimika.engines.{package}.find_spec", lambda _: None)
    with pytest.raises(EngineRefusal, match=rf'pip install .*\[{name}\]"`'):
        open_session(default_model, engine=name)


def test_an_engine_that_does_not_exist(default_model):
    with pytest.raises(UsageError, match="choose auto, cpu, openvino"):
        open_session(default_model, engine="warp")


def test_the_command_line_says_it_and_leaves_with_5(only_cpu, media, capsys):
    assert run(["image", str(media / "obama.jpg"), "--engine", "cuda"]) == 5
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith("mimika: The engine cuda is not installed: run `")
    assert "-m pip uninstall onnxruntime`" in said
    assert "Traceback" not in said


class StandIn:
    """ONNX Runtime's session of a provider that is not here."""

    providers = ("CUDAExecutionProvider", "CPUExecutionProvider")
    error: Exception | None = None
    assigned = ()

    def __init__(self, *_, **__):
        if isinstance(self.error, MemoryError):
            raise RuntimeError(str(self.error))

    def get_providers(self):
        return list(self.providers)

    def get_provider_graph_assignment_info(self):
        return self.assigned

    def get_inputs(self):
        return []

    get_outputs = get_inputs

    def get_modelmeta(self):
        return type("Meta", (), {"custom_metadata_map": {}})()

    def run(self, *_):
        raise self.error or AssertionError


@pytest.fixture
def cuda(monkeypatch, default_model):
    """Open the CUDA engine on a stand-in."""

    def opened(**attributes):
        monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider"])
        monkeypatch.setattr(ort, "InferenceSession", type("S", (StandIn,), attributes))
        return open_session(default_model, engine="cuda")

    return opened


def test_a_silent_fall_back_to_the_cpu_is_refused(cuda):
    with pytest.raises(EngineRefusal, match="cuda is installed and cannot start"):
        cuda(providers=("CPUExecutionProvider",))


def test_an_engine_that_takes_no_layer_names_the_first(cuda):
    class Node:
        name, op_type = "conv0", "Conv"

    class Part:
        ep_name = "CPUExecutionProvider"

        def get_nodes(self):
            return [Node()]

    with pytest.raises(EngineRefusal, match=r"cuda takes no layer of .*conv0 \(Conv\)"):
        cuda(assigned=(Part(),))


def test_a_gpu_without_memory_says_how_to_go_on(cuda):
    full = RuntimeError("CUDA failure 2: out of memory ; GPU=0 ; hostname=x")
    with pytest.raises(EngineRefusal, match="no memory left .* or use --engine cpu"):
        cuda(error=full).run(["probabilities"], {})
    with pytest.raises(EngineRefusal, match="no memory left"):
        cuda(error=MemoryError("BFCArena: Failed to allocate memory for requested buffer"))


def test_another_failure_of_a_run_keeps_its_first_line(cuda):
    with pytest.raises(EngineRefusal, match=r"failed while running .* \(CUDNN error 8\)") as caught:
        cuda(error=RuntimeError("CUDNN error 8\nat line 7")).run(["probabilities"], {})
    assert "\n" not in str(caught.value)


def test_tensorrt_rtx_refuses_a_gpu_that_it_does_not_run_on(monkeypatch, default_model):
    monkeypatch.setattr(tensorrt_rtx, "installed", lambda: True)
    monkeypatch.setattr(tensorrt_rtx, "first_gpu", lambda: Gpu("NVIDIA H100", (9, 0), 13000))
    with pytest.raises(EngineRefusal, match=r"NVIDIA H100 .*9\.0.* use --engine cuda"):
        open_session(default_model, engine="tensorrt-rtx")


@pytest.mark.parametrize(
    ("capability", "runs"),
    [((7, 5), False), ((8, 0), True), ((8, 6), True), ((8, 7), False), ((8, 9), True),
     ((9, 0), False), ((10, 0), False), ((12, 0), True), ((12, 1), True)],
)  # fmt: skip
def test_the_gpus_of_tensorrt_rtx(capability, runs):
    assert tensorrt_rtx.supports(capability) is runs


@pytest.mark.parametrize(
    ("name", "module"), [("tensorrt", tensorrt), ("tensorrt-rtx", tensorrt_rtx)]
)
def test_without_a_gpu_tensorrt_says_so(monkeypatch, default_model, name, module):
    monkeypatch.setattr(module, "installed", lambda: True)
    monkeypatch.setattr(module, "first_gpu", lambda: None)
    with pytest.raises(EngineRefusal, match=f"{name} finds no NVIDIA GPU with its driver: install"):
        open_session(default_model, engine=name)


def test_without_a_driver_there_is_no_gpu(monkeypatch):
    def absent(_):
        raise OSError("no such library")

    monkeypatch.setattr(nvidia.ctypes, "CDLL", absent)
    assert nvidia.first_gpu() is None


def test_a_driver_describes_its_gpu(monkeypatch):
    class Driver:
        def cuInit(self, _):  # noqa: N802
            return 0

        def cuDeviceGet(self, device, _):  # noqa: N802
            return 0

        def cuDeviceGetName(self, name, length, device):  # noqa: N802
            name.value = b"NVIDIA GeForce RTX 4070"
            return 0

        def cuDeviceGetAttribute(self, into, which, device):  # noqa: N802
            into._obj.value = {75: 8, 76: 9}[which]
            return 0

        def cuDriverGetVersion(self, into):  # noqa: N802
            into._obj.value = 13000
            return 0

    monkeypatch.setattr(nvidia.ctypes, "CDLL", lambda _: Driver())
    assert nvidia.first_gpu() == Gpu("NVIDIA GeForce RTX 4070", (8, 9), 13000)
