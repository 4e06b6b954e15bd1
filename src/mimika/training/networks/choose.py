"""From a name to a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import UsageError
from mimika.models.card import Colour, InputSpec
from mimika.training.networks import pretrained
from mimika.training.networks.custom_cnn import custom_cnn
from mimika.training.networks.face_network import FaceNetwork
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
)
"""The networks by name; `timm:NAME` adds those of timm."""

# Of the FER2013 faces of the Training split, on the scale 0 to 1.
FACE_MEAN, FACE_STD = 0.5076, 0.2550
_GREY = {"custom_cnn": custom_cnn, "repvgg_s48": repvgg_s48, "slim_s48": slim_s48}


def input_spec(network: str, *, size: int = 0, colour: str = "auto") -> InputSpec:
    """Choose the crops that a network takes.

    Args:
        network: its name.
        size: height and width in pixels; 0 takes the network's own: 48 for `custom_cnn`,
            `repvgg_s48` and `slim_s48`, 128 for the others.
        colour: "grey", "rgb", or "auto": grey for those three, RGB for the others.

    Raises:
        UsageError: no such network, or a size or colour that it cannot take.
    """
    if network not in NETWORKS and not network.startswith(pretrained.TIMM):
        raise UsageError(
            f"There is no network {network!r}: choose {', '.join(NETWORKS)} or timm:NAME."
        )
    if colour not in ("auto", "grey", "rgb"):
        raise UsageError(f"--colour is auto, grey or rgb; {colour!r} is none of them.")
    own: Colour = "grey" if network in _GREY else "rgb"
    chosen: Colour = own if colour == "auto" else "grey" if colour == "grey" else "rgb"
    if network in ("vgg19", "resnet50", "mobilenet_v2") and chosen == "grey":
        raise UsageError(f"{network} takes three channels: leave --colour at rgb.")
    side = size or (48 if network in _GREY else 128)
    if side < 32:
        raise UsageError(f"--size {side} is too small for {network}: give 32 or more.")
    return InputSpec(side, side, 1 if chosen == "grey" else 3, chosen)


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
    if name in _GREY:
        body, features = _GREY[name](spec.channels)
    elif name.startswith(pretrained.TIMM):
        short = name.removeprefix(pretrained.TIMM)
        body, features = pretrained.timm_body(short, spec.channels, spec.height)
        mean, std = pretrained.timm_normalisation(short)
    else:
        input_spec(name)
        body, features = getattr(pretrained, name)()
        mean, std = pretrained.IMAGENET_MEAN, pretrained.IMAGENET_STD
    if spec.channels == 1:
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    return FaceNetwork(name, body, features, spec, classes, mean=mean, std=std, dropout=dropout)
