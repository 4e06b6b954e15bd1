"""The table of networks: what can be trained, by name.

From it come `--network`, the crops that a network takes, and whether there are ImageNet weights.
A further network is one file with its body and one entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.training.networks import pretrained
from mimika.training.networks.custom_cnn import custom_cnn
from mimika.training.networks.mobilefacenet import SIDE, mobilefacenet
from mimika.training.networks.repvgg import repvgg_s48
from mimika.training.networks.slim import slim_s48

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from mimika.models.card import Color

# Of the FER2013 faces of the Training split, on the scale 0 to 1.
FACE_MEAN, FACE_STD = (0.5076,), (0.2550,)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkKind:
    """One network.

    Attributes:
        name: what it is called on the command line and in the card.
        body: channels (1 or 3) and side of the crops in pixels to the network without its heads,
            and how many features that gives.
        side: height and width of the crops that it takes unless told otherwise, in pixels.
        color: of those crops.
        any_color: it takes the other color as well.
        mean: of a channel on the scale 0 to 1, one for all channels or one each; subtracted first.
        std: deviation of a channel, likewise; then divided by.
        imagenet: torchvision publishes ImageNet weights.
        dense: it is made of whole convolutions, which bf16 makes faster on a processor: 1.6 times
            repvgg_s48, 1.8 times slim_s48. Convolutions of single channels gain nothing
            (mobilefacenet: 0.9 times).
    """

    name: str
    body: Callable[[int, int], tuple[nn.Module, int]]
    side: int
    color: Color
    any_color: bool = True
    mean: tuple[float, ...] = FACE_MEAN
    std: tuple[float, ...] = FACE_STD
    imagenet: bool = False
    dense: bool = True


def _published(
    name: str, body: Callable[[], tuple[nn.Module, int]], *, dense: bool = True
) -> NetworkKind:
    """A network of torchvision: RGB crops of 128 pixels, as in the work that Mimika grew from."""
    return NetworkKind(
        name=name,
        body=lambda *_: body(),
        side=128,
        color="rgb",
        any_color=False,
        mean=pretrained.IMAGENET_MEAN,
        std=pretrained.IMAGENET_STD,
        imagenet=True,
        dense=dense,
    )


NETWORKS: dict[str, NetworkKind] = {
    kind.name: kind
    for kind in (
        NetworkKind(
            name="custom_cnn",
            body=lambda channels, _: custom_cnn(channels),
            side=48,
            color="gray",
        ),
        _published("vgg19", pretrained.vgg19),
        _published("resnet50", pretrained.resnet50),
        _published("mobilenet_v2", pretrained.mobilenet_v2, dense=False),
        NetworkKind(
            name="repvgg_s48",
            body=lambda channels, _: repvgg_s48(channels),
            side=48,
            color="gray",
        ),
        NetworkKind(
            name="slim_s48",
            body=lambda channels, _: slim_s48(channels),
            side=48,
            color="gray",
        ),
        NetworkKind(
            name="mobilefacenet",
            body=mobilefacenet,
            side=SIDE,
            color="gray",
            # What the published weights were trained with.
            mean=pretrained.IMAGENET_MEAN,
            std=pretrained.IMAGENET_STD,
            dense=False,
        ),
    )
}
"""The networks by name; `timm:NAME` adds those of timm."""


def network_kind(name: str) -> NetworkKind | None:
    """Look a network up; those of timm too. None: there is none of that name."""
    if not name.startswith(pretrained.TIMM):
        return NETWORKS.get(name)
    short = name.removeprefix(pretrained.TIMM)
    mean, std = pretrained.timm_normalization(short)
    return NetworkKind(
        name=name,
        body=lambda channels, side: pretrained.timm_body(short, channels, side),
        side=128,
        color="rgb",
        mean=mean,
        std=std,
        imagenet=True,
        dense=False,
    )
