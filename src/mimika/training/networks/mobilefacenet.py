"""`mobilefacenet`: a small network for recognizing people, whose weights know faces well.

MobileFaceNet (Chen et al. 2018, arXiv 1804.07573, table 1): bottlenecks of MobileNetV2 (Sandler et
al. 2018), and in place of the average over the picture a convolution as large as the last map,
which weighs each place of the face by itself. Its last layer, 512 to 128 values, is linear, as the
heads are, and is left out: the heads read the 512. 0.9 M parameters, 75 M multiply-adds on a gray
face of 64x64.

The keys are those of the weights that foamliu published (github.com/foamliu/MobileFaceNet,
Apache-2.0), which take 112x112 pixels and use ReLU and ReLU6 where the paper has PReLU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name that everyone uses

if TYPE_CHECKING:
    from collections.abc import Mapping

SIDE = 64
"""Height and width that it takes by itself: a third of the multiply-adds of 112."""
# Expansion, channels, units and the stride of the first.
STAGES = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
FEATURES = 512
_SHRINKS = 16


def _convolution(
    channels_in: int, channels_out: int, side: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU6(inplace=True),
    )


class Bottleneck(nn.Module):
    """1x1 convolution to more channels, 3x3 on each of them, 1x1 back; added where shapes allow."""

    def __init__(self, channels_in: int, channels_out: int, stride: int, expansion: int) -> None:
        super().__init__()
        between = channels_in * expansion
        self.adds = stride == 1 and channels_in == channels_out
        self.conv = nn.Sequential(
            _convolution(channels_in, between, 1),
            _convolution(between, between, 3, stride, groups=between),
            nn.Conv2d(between, channels_out, 1, bias=False),
            nn.BatchNorm2d(channels_out),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H / stride, W / stride)."""
        y: Tensor = self.conv(x)
        return x + y if self.adds else y


class DepthwiseSeparable(nn.Module):
    """3x3 convolution on each channel, then 1x1 over all of them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        x = self.bn1(self.depthwise(x)).relu_()
        y: Tensor = self.bn2(self.pointwise(x)).relu_()
        return y


class GlobalDepthwise(nn.Module):
    """A kernel as large as the map, one for each channel."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, side, groups=channels, bias=False)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, side, side) to (N, C, 1, 1)."""
        y: Tensor = self.bn(self.depthwise(x))
        return y


class MobileFaceNet(nn.Module):
    """The body: (N, C, side, side) normalized float to (N, 512)."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.conv1 = _convolution(channels, 64, 3, 2)
        self.dw_conv = DepthwiseSeparable(64)
        units: list[nn.Module] = []
        width = 64
        for expansion, wide, count, stride in STAGES:
            for index in range(count):
                units.append(Bottleneck(width, wide, stride if index == 0 else 1, expansion))
                width = wide
        self.features = nn.Sequential(*units)
        self.conv2 = _convolution(width, FEATURES, 1)
        self.gdconv = GlobalDepthwise(FEATURES, -(-side // _SHRINKS))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, side, side) to (N, 512)."""
        x = self.conv2(self.features(self.dw_conv(self.conv1(x))))
        y: Tensor = self.gdconv(x)
        return y.flatten(1)


def mobilefacenet(channels: int, side: int) -> tuple[nn.Module, int]:
    """Make the body.

    Args:
        channels: of the picture, 1 or 3.
        side: height and width of the picture in pixels.

    Returns:
        The body and how many features it gives.
    """
    return MobileFaceNet(channels, side), FEATURES


GLOBAL_KERNEL = "gdconv.depthwise.weight"


def at_this_side(tensors: Mapping[str, Tensor], body: nn.Module) -> dict[str, Tensor]:
    """Scale the published global kernel, 7x7 for faces of 112 pixels, to the map of another size.

    Args:
        tensors: by the keys of the body, and others.
        body: what is to take them.

    Returns:
        The tensors; a kernel of another size is averaged over the places that fall together, and
        multiplied so that an even map gives the same sum.
    """
    kernel, wanted = tensors.get(GLOBAL_KERNEL), body.state_dict()[GLOBAL_KERNEL]
    if kernel is None or kernel.shape == wanted.shape or kernel.ndim != 4:
        return dict(tensors)
    scaled = F.interpolate(kernel, wanted.shape[2:], mode="bilinear", antialias=True)
    scaled = scaled * (kernel[0, 0].numel() / wanted[0, 0].numel())
    return {**tensors, GLOBAL_KERNEL: scaled}
