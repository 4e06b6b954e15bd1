"""`custom_cnn`: the network that a student designs, in the manner of VGG.

Four blocks of two 3x3 convolutions, each followed by batch normalization and ReLU; the picture
halves after every block while the channels double (32, 64, 128, 256); the average over what is left
of the picture goes to the heads. 1.2 M parameters, 117 M multiply-adds on a gray face of 48x48.
"""

from __future__ import annotations

from torch import nn

WIDTHS = (32, 64, 128, 256)


def _convolution(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    ]


def custom_cnn(channels: int) -> tuple[nn.Module, int]:
    """Make the body.

    Args:
        channels: of the picture, 1 or 3.

    Returns:
        The body and how many features it gives.
    """
    layers: list[nn.Module] = []
    for width in WIDTHS:
        layers += [*_convolution(channels, width), *_convolution(width, width), nn.MaxPool2d(2)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), channels
