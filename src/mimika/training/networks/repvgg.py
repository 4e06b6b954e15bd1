"""`repvgg_s48`: Mimika's own network, small and fast once folded.

RepVGG (Ding et al. 2021, arXiv 2101.03697) trains three parallel branches a unit and folds them
into one 3x3 convolution for use. 3.14 M parameters and 134 M multiply-adds on a gray face of 48x48.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTHS = (32, 48, 96, 192, 384)
UNITS = (1, 2, 4, 6, 1)
STRIDES = (1, 2, 2, 2, 2)


class RepVggUnit(nn.Module):
    """relu(BN(conv3x3) + BN(conv1x1) + BN(identity, where the shape allows))."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.k3 = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels_out),
        )
        self.k1 = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 1, stride, bias=False),
            nn.BatchNorm2d(channels_out),
        )
        same = channels_in == channels_out and stride == 1
        self.id = nn.BatchNorm2d(channels_out) if same else None

    def forward(self, x: Tensor) -> Tensor:
        """Add the branches; (N, C, H, W) to (N, C', H / stride, W / stride)."""
        y = self.k3(x) + self.k1(x)
        if self.id is not None:
            y = y + self.id(x)
        return torch.relu(y)

    def folded(self) -> nn.Sequential:
        """Return one 3x3 convolution and a ReLU that do the same in evaluation mode."""
        kernel3, bias = _fuse(self.k3[0].weight, self.k3[1])  # type: ignore[arg-type]
        kernel1, bias1 = _fuse(self.k1[0].weight, self.k1[1])  # type: ignore[arg-type]
        kernel, bias = kernel3 + nn.functional.pad(kernel1, (1, 1, 1, 1)), bias + bias1
        if self.id is not None:
            identity = nn.init.dirac_(torch.empty_like(kernel3))
            kernel_id, bias_id = _fuse(identity, self.id)
            kernel, bias = kernel + kernel_id, bias + bias_id
        out, into = kernel.shape[:2]
        convolution = nn.Conv2d(into, out, 3, self.stride, 1)
        convolution.weight.data = kernel.float()
        convolution.bias.data = bias.float()  # type: ignore[union-attr]
        return nn.Sequential(convolution, nn.ReLU())


def _fuse(kernel: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    # In double precision: three branches are added, and the difference shows in float32.
    mean, var = norm.running_mean, norm.running_var
    assert mean is not None
    assert var is not None
    weight, bias = fuse_conv_bn_weights(
        kernel.detach().double(),
        None,
        mean.double(),
        var.double(),
        norm.eps,
        norm.weight.detach().double(),
        norm.bias.detach().double(),
    )
    return weight, bias


def repvgg_s48(channels: int) -> tuple[nn.Module, int]:
    """Make the body.

    Args:
        channels: of the picture, 1 or 3.

    Returns:
        The body, and how many features it gives.
    """
    return staged(RepVggUnit, WIDTHS, channels)


def staged(
    unit: Callable[[int, int, int], nn.Module], widths: Sequence[int], channels: int
) -> tuple[nn.Module, int]:
    """Chain units stage by stage, `UNITS` and `STRIDES` of them, and average over the picture.

    Args:
        unit: makes one from its channels in, its channels out and its stride.
        widths: channels of each stage.
        channels: of the picture.

    Returns:
        The body and how many features it gives.
    """
    units: list[nn.Module] = []
    for width, count, stride in zip(widths, UNITS, STRIDES, strict=True):
        for index in range(count):
            units.append(unit(channels, width, stride if index == 0 else 1))
            channels = width
    return nn.Sequential(*units, nn.AdaptiveAvgPool2d(1), nn.Flatten()), channels


N = TypeVar("N", bound=nn.Module)


def fold(network: N) -> N:
    """Return a copy in evaluation mode, every RepVGG unit folded into one 3x3 convolution.

    A network without such units comes back as a plain copy.
    """
    network = copy.deepcopy(network).eval()
    for part in list(network.modules()):
        if isinstance(part, nn.Sequential):
            for index, unit in enumerate(part):
                if isinstance(unit, RepVggUnit):
                    part[index] = unit.folded()
    return network
