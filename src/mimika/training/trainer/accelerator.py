"""Where a run computes: Lightning Fabric's choice of device, processes and precision."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from mimika.base.errors import DeviceError, UsageError
from mimika.training.networks.table import NETWORKS

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from mimika.training.config import Config


@dataclass(frozen=True, slots=True)
class Accelerator:
    """What a run computes on.

    Attributes:
        fabric: started; device and processes.
        precision: "32", "bf16" or "fp16".
        speedup: "none", "compile" or "cuda-graph".
        scaler: fp16's gradient scaler, else None.
    """

    fabric: Fabric
    precision: str
    speedup: str
    scaler: torch.amp.GradScaler | None

    @property
    def device(self) -> torch.device:
        """The device of this process."""
        return self.fabric.device


def open_accelerator(config: Config) -> Accelerator:
    """Choose device, processes and precision.

    One process takes one device; under torchrun every process takes its own.

    Raises:
        UsageError: no such device or an impossible precision.
        DeviceError: the device is not there.
    """
    from lightning_fabric import Fabric
    from lightning_fabric.plugins.precision import MixedPrecision

    kind = _kind(config.device)
    precision = config.precision
    if precision == "auto":
        precision = "32"
        if kind == "cuda":
            # Before Ampere (8.0), bf16 is emulated and slow.
            precision = "bf16" if torch.cuda.get_device_capability()[0] >= 8 else "fp16"
        elif kind == "cpu" and _is_dense(config.network) and _has_amx():
            precision = "bf16"
    if precision == "fp16" and kind != "cuda":
        raise UsageError("--precision fp16 needs an NVIDIA GPU: leave it at auto, or take bf16.")
    world = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_WORLD_SIZE", str(world)))
    options: dict[str, Any] = {"devices": local, "num_nodes": max(1, world // local)}
    if world > 1:
        options["strategy"] = "ddp"
    scaler = None
    if precision == "fp16":
        scaler = torch.amp.GradScaler("cuda")
        options["plugins"] = MixedPrecision("16-mixed", "cuda", scaler=scaler)
    else:
        options["precision"] = {"32": "32-true", "bf16": "bf16-mixed"}[precision]
    # Its notices of what was asked for anyway.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(accelerator=kind, **options)
    fabric.launch()
    speedup = config.speedup
    if speedup == "auto":
        speedup = "compile" if kind == "cuda" and world == 1 and _has_triton() else "none"
    return Accelerator(fabric, precision, speedup, scaler)


def _kind(device: str) -> str:
    known = ("auto", "cpu", "cuda", "mps")
    if device not in known:
        raise UsageError(f"--device is one of {', '.join(known)}; {device!r} is none of them.")
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if device == "auto":
        return next(kind for kind, is_there in there.items() if is_there)
    if not there[device]:
        raise DeviceError(
            f"PyTorch finds no {device} device here: install its driver and a PyTorch build for "
            "it, or leave --device at auto."
        )
    return device


def _is_dense(network: str) -> bool:
    return network in NETWORKS and NETWORKS[network].dense


def _has_amx() -> bool:
    """Whether the processor multiplies matrices of bf16 in hardware (Intel AMX)."""
    # PyTorch before 2.11 does not tell.
    known: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(known.get("amx_bf16"))


def _has_triton() -> bool:
    from torch.utils._triton import has_triton

    return has_triton()


def gpu_busy(device: torch.device) -> float | None:
    """Share of the last moment in which the GPU computed, 0 to 1; None where it cannot be told."""
    if device.type != "cuda":
        return None
    try:
        return torch.cuda.utilization(device) / 100
    except (RuntimeError, ImportError):  # nvidia-ml-py is missing, or the driver does not tell
        return None
