"""Bodies that others designed: VGG19, ResNet-50 and MobileNetV2 of torchvision, anything of timm.

The classifier that they end in is cut off, so that the keys of the published weights fit the body.
VGG19 gives the mean of its 512 feature maps instead of its two layers of 4,096, which hold 119 of
its 144 M parameters and fit no other size than 224x224.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from mimika.base.errors import MissingExtra, ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
TIMM = "timm:"
TORCHVISION = ("vgg19", "resnet50", "mobilenet_v2")


def vgg19() -> tuple[nn.Module, int]:
    """Make the body of VGG19 (Simonyan & Zisserman 2015), 512 features."""
    from torchvision.models import vgg19 as make

    body = make(init_weights=True)
    body.avgpool = nn.AdaptiveAvgPool2d(1)
    body.classifier = nn.Identity()
    return body, 512


def resnet50() -> tuple[nn.Module, int]:
    """Make the body of ResNet-50 (He et al. 2016), 2,048 features."""
    from torchvision.models import resnet50 as make

    body = make()
    body.fc = nn.Identity()
    return body, 2048


def mobilenet_v2() -> tuple[nn.Module, int]:
    """Make the body of MobileNetV2 (Sandler et al. 2018), 1,280 features."""
    from torchvision.models import mobilenet_v2 as make

    body = make()
    body.classifier = nn.Identity()
    return body, 1280


def timm_body(name: str, channels: int, side: int) -> tuple[nn.Module, int]:
    """Make a body from timm's collection.

    Args:
        name: as timm calls it, without the `timm:` before it.
        channels: of the picture, 1 or 3.
        side: height and width of the picture in pixels.

    Returns:
        The body and how many features it gives for such pictures.

    Raises:
        UsageError: timm knows no such network.
        MissingExtra: timm is not installed.
    """
    timm = _timm_that_knows(name)
    try:
        body = timm.create_model(name, pretrained=False, num_classes=0, in_chans=channels)
    except (RuntimeError, TypeError, ValueError) as error:
        raise UsageError(f"timm cannot make {name} ({error}): see timm.list_models().") from error
    try:
        with torch.inference_mode():
            found = body.eval()(torch.zeros(2, channels, side, side))
    except (RuntimeError, AssertionError, ValueError) as error:
        wanted = body.pretrained_cfg.get("input_size", (0, 0, 0))[-1]
        raise UsageError(
            f"timm:{name} does not take pictures of {side}x{side}: give --size {wanted or 224}."
        ) from error
    return body.train(), found.shape[1]


def _timm_that_knows(name: str) -> ModuleType:
    try:
        import timm
    except ImportError as error:
        raise MissingExtra("A network of timm", "train") from error
    if not timm.is_model(name):
        near = timm.list_models(f"*{name}*")[:5]
        hint = f"did you mean {', '.join(near)}?" if near else "see timm.list_models()."
        raise UsageError(f"timm knows no network {name!r}: {hint}")
    return timm


def timm_normalization(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean and the deviation of the three channels that timm trained `name` with.

    Raises:
        UsageError: timm knows no such network.
        MissingExtra: timm is not installed.
    """
    timm = _timm_that_knows(name)
    try:
        config = timm.get_pretrained_cfg(name)
    except RuntimeError as error:
        raise UsageError(f"timm cannot make {name} ({error}): see timm.list_models().") from error
    if config is None:
        return IMAGENET_MEAN, IMAGENET_STD
    return tuple(config.mean), tuple(config.std)


def imagenet_tensors(name: str, channels: int) -> Mapping[str, torch.Tensor]:
    """Fetch published ImageNet weights: from torch's cache, or by a download.

    Args:
        name: a network of torchvision, or `timm:NAME`.
        channels: of the picture; timm sums the first layer for gray pictures.

    Returns:
        Tensors by the keys of the body; further keys of the classifier that was cut off.

    Raises:
        ModelError: they are neither on disk nor to be downloaded; the message says where to put
            which file.
        UsageError: nobody published weights for this network.
    """
    if name.startswith(TIMM):
        return _timm_tensors(name.removeprefix(TIMM), channels)
    from torchvision.models import get_model_weights

    if name not in TORCHVISION:
        raise UsageError(
            f"There are no ImageNet weights for {name}: give --weights none or a file."
        )
    entry = next(iter(get_model_weights(name)))
    file = entry.url.rsplit("/", 1)[-1]
    try:
        return entry.get_state_dict(progress=True, check_hash=True)
    except (OSError, RuntimeError) as error:  # URLError is an OSError; a wrong hash is the other
        folder = f"{torch.hub.get_dir()}/checkpoints"
        raise ModelError(
            f"The ImageNet weights of {name} could not be downloaded ({error}): put {file} from "
            f"{entry.url} into {folder}, or give --weights none or --weights FILE."
        ) from error


def _timm_tensors(name: str, channels: int) -> Mapping[str, torch.Tensor]:
    import timm

    config = timm.get_pretrained_cfg(name)
    if config is None or not config.has_weights:
        raise UsageError(
            f"timm has no published weights for {name}: give --weights none or a file."
        )
    try:
        body = timm.create_model(name, pretrained=True, num_classes=0, in_chans=channels)
    except Exception as error:  # the hub's client raises a dozen unrelated kinds
        raise ModelError(
            f"The weights of timm:{name} could not be downloaded ({type(error).__name__}): fetch "
            f"model.safetensors of {config.hf_hub_id or name} from the Hugging Face hub and give "
            "it as --weights FILE, or give --weights none."
        ) from error
    return dict(body.state_dict())
