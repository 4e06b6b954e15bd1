"""From a name to a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.base.errors import UsageError
from mimika.models.card import Color, InputSpec
from mimika.training.networks.face_network import FaceNetwork
from mimika.training.networks.table import NETWORKS, NetworkKind, network_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimika.training.networks.face_network import Heads

SMALLEST_SIDE = 32


def input_spec(network: str, *, size: int = 0, color: str = "auto") -> InputSpec:
    """Choose the crops that a network takes.

    Args:
        network: its name.
        size: height and width in pixels; 0 takes the network's own (`NetworkKind.side`).
        color: "gray", "rgb", or "auto" for the network's own.

    Raises:
        UsageError: no such network, or a size or color that it cannot take.
    """
    kind = _kind(network)
    if color not in ("auto", "gray", "rgb"):
        raise UsageError(f"--color is auto, gray or rgb; {color!r} is none of them.")
    chosen: Color = kind.color if color == "auto" else "gray" if color == "gray" else "rgb"
    if chosen != kind.color and not kind.any_color:
        count = "three channels" if kind.color == "rgb" else "one channel"
        raise UsageError(f"{network} takes {count}: leave --color at {kind.color}.")
    side = size or kind.side
    if side < SMALLEST_SIDE:
        raise UsageError(f"--size {side} is too small for {network}: give {SMALLEST_SIDE} or more.")
    return InputSpec(side, side, 1 if chosen == "gray" else 3, chosen)


def build(
    name: str,
    heads: Heads,
    spec: InputSpec | None = None,
    *,
    dropout: float = 0.0,
) -> FaceNetwork:
    """Make a network with random weights.

    Args:
        name: one of `NETWORKS`, or `timm:NAME`.
        heads: by name, the names of a head's classes, or a whole output; the main one is
            `emotion`.
        spec: the crops that it takes; None for the network's own.
        dropout: share of the features dropped before the heads while training.

    Raises:
        UsageError: no such network, or it cannot take such crops.
    """
    kind = _kind(name)
    spec = spec or input_spec(name)
    body, features = kind.body(spec.channels, spec.height)
    mean, std = (_channels(values, spec.channels) for values in (kind.mean, kind.std))
    return FaceNetwork(name, body, features, spec, heads, mean=mean, std=std, dropout=dropout)


def _channels(values: Sequence[float], channels: int) -> tuple[float, ...]:
    """A value for each channel: one value counts for all, three are averaged for gray crops."""
    if len(values) == channels:
        return tuple(values)
    return (sum(values) / len(values),) * channels


def _kind(name: str) -> NetworkKind:
    kind = network_kind(name)
    if kind is None:
        raise UsageError(
            f"There is no network {name!r}: choose {', '.join(NETWORKS)} or timm:NAME."
        )
    return kind
