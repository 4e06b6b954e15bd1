"""`slim_s48`: `repvgg_s48` at a third of its multiply-adds, to be cut from trained weights of it.

As many 3x3 convolutions as the folded `repvgg_s48`, with fewer channels; 1.0 M parameters and
44 M multiply-adds on a gray face of 48x48. It has no branches: `slimming.py` starts it from folded
convolutions, and one branch with batch normalization trains 1.4 times as fast as three.
"""

from __future__ import annotations

from torch import Tensor, nn

from mimika.training.networks.repvgg import staged

WIDTHS = (16, 32, 48, 112, 256)


class SlimUnit(nn.Module):
    """relu(BN(conv3x3))."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H / stride, W / stride)."""
        return self.norm(self.conv(x)).relu_()


def slim_s48(channels: int) -> tuple[nn.Module, int]:
    """Make the body.

    Args:
        channels: of the picture, 1 or 3.

    Returns:
        The body and how many features it gives.
    """
    return staged(SlimUnit, WIDTHS, channels)
