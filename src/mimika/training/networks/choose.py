"""From a name to a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import UsageError
from mimika.models.card import Color, InputSpec
from mimika.training.networks import pretrained
from mimika.training.networks.custom_cnn import custom_cnn
from mimika.training.networks.face_network import FaceNetwork
from mimika.training.networks.mobilefacenet import MOBILEFACENET, SIDE, mobilefacenet
from mimika.training.networks.repvgg import repvgg_s48
from mimika.training.networks.slim import slim_s48

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NETWORKS: tuple[str, ...] = (
    "custom_cnn",
    "vgg19",
    "resnet50",
    "mobilenet_v2",
    "repvgg_s48",
    "slim_s48",
    MOBILEFACENET,
)
"""The networks by name; `timm:NAME` adds those of timm."""

# Of the FER2013 faces of the Training split, on the scale 0 to 1.
FACE_MEAN, FACE_STD = 0.5076, 0.2550
_GRAY = {"custom_cnn": custom_cnn, "repvgg_s48": repvgg_s48, "slim_s48": slim_s48}


def input_spec(network: str, *, size: int = 0, color: str = "auto") -> InputSpec:
    """Choose the crops that a network takes.

    Args:
        network: its name.
        size: height and width in pixels; 0 takes the network's own: 48 for `custom_cnn`,
            `repvgg_s48` and `slim_s48`, 64 for `mobilefacenet`, 128 for the others.
        color: "gray", "rgb", or "auto": gray for those four, RGB for the others.

    Raises:
        UsageError: no such network, or a size or color that it cannot take.
    """
    if network not in NETWORKS and not network.startswith(pretrained.TIMM):
        raise UsageError(
            f"There is no network {network!r}: choose {', '.join(NETWORKS)} or timm:NAME."
        )
    if color not in ("auto", "gray", "rgb"):
        raise UsageError(f"--color is auto, gray or rgb; {color!r} is none of them.")
    own: Color = "gray" if network in (*_GRAY, MOBILEFACENET) else "rgb"
    chosen: Color = own if color == "auto" else "gray" if color == "gray" else "rgb"
    if network in ("vgg19", "resnet50", "mobilenet_v2") and chosen == "gray":
        raise UsageError(f"{network} takes three channels: leave --color at rgb.")
    side = size or (48 if network in _GRAY else SIDE if network == MOBILEFACENET else 128)
    if side < 32:
        raise UsageError(f"--size {side} is too small for {network}: give 32 or more.")
    return InputSpec(side, side, 1 if chosen == "gray" else 3, chosen)


def build(
    name: str,
    classes: Mapping[str, Sequence[str]],
    spec: InputSpec | None = None,
    *,
    dropout: float = 0.0,
) -> FaceNetwork:
    """Make a network with random weights.

    Args:
        name: one of `NETWORKS`, or `timm:NAME`.
        classes: names of the classes by head; the main head is `emotion`.
        spec: the crops that it takes; None for the network's own.
        dropout: share of the features dropped before the heads while training.

    Raises:
        UsageError: no such network, or it cannot take such crops.
    """
    spec = spec or input_spec(name)
    mean: Sequence[float] = (FACE_MEAN,) * spec.channels
    std: Sequence[float] = (FACE_STD,) * spec.channels
    if name in _GRAY:
        body, features = _GRAY[name](spec.channels)
    elif name.startswith(pretrained.TIMM):
        short = name.removeprefix(pretrained.TIMM)
        body, features = pretrained.timm_body(short, spec.channels, spec.height)
        mean, std = pretrained.timm_normalization(short)
    elif name == MOBILEFACENET:
        body, features = mobilefacenet(spec.channels, spec.height)
        # What the published weights were trained with.
        mean, std = pretrained.IMAGENET_MEAN, pretrained.IMAGENET_STD
    else:
        input_spec(name)
        body, features = getattr(pretrained, name)()
        mean, std = pretrained.IMAGENET_MEAN, pretrained.IMAGENET_STD
    if spec.channels == 1:
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    return FaceNetwork(name, body, features, spec, classes, mean=mean, std=std, dropout=dropout)
