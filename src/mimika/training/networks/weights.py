"""Starting weights: read without ever unpickling a program, laid into a network key by key."""

from __future__ import annotations

import json
import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mimika.base.errors import ModelError
from mimika.models.card import InputSpec, output_from_dict, output_to_dict
from mimika.training.networks.choose import build
from mimika.training.networks.face_network import output_of
from mimika.training.networks.mobilefacenet import at_this_side
from mimika.training.networks.pretrained import TIMM, imagenet_tensors
from mimika.training.networks.slimming import start_from_wide
from mimika.training.networks.table import NETWORKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.outputs import Output
    from mimika.training.networks.face_network import FaceNetwork, Heads

SLIM, WIDE = "slim_s48", "repvgg_s48"

WEIGHTS_FILE = "weights.safetensors"
"""The file of a run that holds the weights which went into its model file."""


def has_imagenet(name: str) -> bool:
    """Whether ImageNet weights of this network are usually published."""
    return name.startswith(TIMM) or (name in NETWORKS and NETWORKS[name].imagenet)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a file of weights: safetensors, or tensors that `torch.save` wrote.

    Args:
        path: the file, or the folder of a run.

    Returns:
        Tensors by key, and what Mimika noted beside them (empty for the files of others).

    Raises:
        ModelError: no such file, damaged, or a pickle that holds more than tensors. Such a file
            is refused unread, as unpickling it could run any program.
    """
    if path.is_dir():
        path = path / WEIGHTS_FILE
    if not path.is_file():
        raise ModelError(f"There is no file of weights {path}: check the name.")
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "pt") as file:
                notes = json.loads((file.metadata() or {}).get("mimika", "{}"))
                return {key: file.get_tensor(key) for key in file.keys()}, notes  # noqa: SIM118
        except (SafetensorError, OSError, ValueError) as error:
            raise ModelError(
                f"{path} is not a whole safetensors file ({error}): copy or make it again."
            ) from error
    if path.suffix == ".onnx":
        raise ModelError(
            f"{path} is a model file, which training cannot start from: give the run's folder, "
            "or use the model as a teacher with --teacher."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it muses about a pickle's age before refusing it
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise ModelError(
            f"{path} is not a file of plain tensors; a pickle could run any program and is not "
            "opened: save it as .safetensors, or with torch.save(network.state_dict(), ...)."
        ) from error
    for key in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not all(isinstance(v, Tensor) for v in content.values()):
        raise ModelError(f"{path} holds no table of tensors: save a network's state_dict().")
    return {key.removeprefix("module."): tensor for key, tensor in content.items()}, {}


def notes_of(network: FaceNetwork) -> dict[str, Any]:
    """What must stand beside a network's tensors so that `load_network` can make it again."""
    spec = network.spec
    values = {h: output_to_dict(o) for h, o in network.outputs.items() if h not in network.classes}
    return {
        "network": network.name,
        "classes": network.classes,
        "outputs": values,
        "input": [spec.height, spec.width, spec.channels, spec.color],
        "standardizes": network.standardizes,
    }


def heads_of(notes: Mapping[str, Any]) -> dict[str, Sequence[str] | Output]:
    """Read a network's heads from its notes; {} where there are none."""
    values = notes.get("outputs", {}).items()
    return dict(notes.get("classes", {})) | {h: output_from_dict(h, raw) for h, raw in values}


def load_network(source: Path | str) -> tuple[FaceNetwork, dict[str, Any]]:
    """Load the network of a run.

    Args:
        source: the run's folder (its best weights), a file of such weights, or a checkpoint (its
            moving average).

    Returns:
        The network on the processor, in evaluation mode, and the run's notes: those of `notes_of`,
        `shares`, `logit_adjustment`, `crop_margin`, `data`, `epoch`.

    Raises:
        ModelError: no such file, or not one that `mimika train` wrote.
    """
    source = Path(source)
    if source.is_dir() and not (source / WEIGHTS_FILE).is_file():
        raise ModelError(
            f"The folder {source} holds no {WEIGHTS_FILE}: give the folder of a `mimika train` run."
        )
    tensors, notes = read_tensors(source)
    if "about" in notes:
        mark = "average.module."
        tensors = {k.removeprefix(mark): t for k, t in tensors.items() if k.startswith(mark)}
        notes = {**notes["about"], "epoch": notes["epoch"]}
    if "network" not in notes or "input" not in notes:
        raise ModelError(
            f"{source} was not written by `mimika train`: to use an ONNX file of your own, wrap "
            "it with `mimika adopt`."
        )
    network = build(notes["network"], heads_of(notes), InputSpec(*notes["input"]))
    network.load_state_dict(tensors)
    network.standardizes = notes.get("standardizes", False)
    return network.eval(), notes


def load_weights(
    network: FaceNetwork, weights: str, faces: NDArray[np.uint8] | None = None
) -> list[str]:
    """Lay starting weights into a network.

    Args:
        network: the network; changed in place.
        weights: "auto" (ImageNet where the network has them), "imagenet", "none", a file, or a run.
            `slim_s48` also takes those of `repvgg_s48`, and is cut from them.
        faces: (N, H, W, C) uint8 training faces, on which a cut network is fitted.

    Returns:
        What a user should know, in sentences: heads that begin anew.

    Raises:
        ModelError: the weights are not to be had, or belong to another network.
        UsageError: the network has no ImageNet weights.
    """
    if weights == "none" or (weights == "auto" and not has_imagenet(network.name)):
        return []
    if weights in ("auto", "imagenet"):
        tensors: Mapping[str, Tensor] = imagenet_tensors(network.name, network.spec.channels)
        _lay(network, _as_body(network, tensors), f"ImageNet weights of {network.name}")
        return []
    tensors, notes = read_tensors(Path(weights))
    of = notes.get("network", network.name)
    if (network.name, of) == (SLIM, WIDE) and faces is not None:
        wide = build(WIDE, heads_of(notes) or network.outputs, network.spec)
        messages = load_weights(wide, weights)
        start_from_wide(network, wide, faces)
        return messages
    if of != network.name:
        raise ModelError(
            f"{weights} holds weights of {of}, and this is {network.name}: "
            f"give --network {of}, or other weights."
        )
    had_heads = any(key.startswith("heads.") for key in tensors)
    if had_heads:
        own = _heads_that_fit(network, dict(tensors), heads_of(notes))
    else:
        own = _as_body(network, tensors)
    new = [h for h in network.heads if had_heads and f"heads.{h}.weight" not in own]
    _lay(network, own, weights)
    return [f"The head {head} begins anew: {weights} has none for these classes." for head in new]


def _as_body(network: FaceNetwork, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    wanted = network.body.state_dict()
    if network.name == "mobilefacenet":
        tensors = at_this_side(tensors, network.body)
    own = {f"body.{key}": tensor for key, tensor in tensors.items() if key in wanted}
    # A first layer made for color sees a gray picture as three equal channels.
    for key, tensor in own.items():
        shape = wanted[key.removeprefix("body.")].shape
        if tensor.ndim == 4 and tensor.shape[1] == 3 and shape[1:2] == (1,):
            own[key] = tensor.sum(1, keepdim=True)
    return own


def _heads_that_fit(
    network: FaceNetwork, tensors: dict[str, Tensor], heads: Heads
) -> dict[str, Tensor]:
    known = {head: output_of(head, what) for head, what in heads.items()}
    for head in {key.split(".")[1] for key in tensors if key.startswith("heads.")}:
        if head not in known or known[head] != network.outputs.get(head):
            del tensors[f"heads.{head}.weight"], tensors[f"heads.{head}.bias"]
    return tensors


def _lay(network: FaceNetwork, tensors: Mapping[str, Tensor], where: str) -> None:
    wanted = network.state_dict()
    body = [key for key in wanted if key.startswith("body.")]
    missing = [key for key in body if key not in tensors and "num_batches_tracked" not in key]
    wrong = [
        key
        for key, tensor in tensors.items()
        if key in wanted and wanted[key].shape != tensor.shape
    ]
    if missing or wrong:
        which = f"lacks {missing[0]}" if missing else f"has {wrong[0]} in another shape"
        raise ModelError(
            f"{where} does not fit {network.name} (it {which}): "
            "give the weights of this network, or --weights none."
        )
    network.load_state_dict(dict(tensors), strict=False)
