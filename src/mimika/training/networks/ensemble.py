"""Several networks as one: the mean of their probabilities, in one model file.

Averaging what networks of different kinds say of the same face is right more often than each of
them ("deep ensembles", Lakshminarayanan et al. 2017, arXiv 1612.01474), and takes the time of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from mimika.base.errors import ModelError, UsageError
from mimika.models.card import InputSpec
from mimika.training.networks.face_network import MAIN_HEAD
from mimika.training.networks.weights import load_network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mimika.schema.outputs import Output
    from mimika.training.networks.face_network import FaceNetwork

LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue, as OpenCV makes gray of a picture."""

SMALLEST = 1e-7
"""Mean probabilities below count as this, so that their logarithm is finite in float16 too."""


class Ensemble(nn.Module):
    """Faces in, the mean of what several networks say out; see `FaceNetwork`.

    Attributes:
        networks: the members.
        kinds: of each member, its network and input in words.
        spec: the crops that it takes: as large as the largest of a member, RGB if any is.
        outputs: what any member gives, by its name.
        members: by an output's name, which members it comes from and their shares in it, which
            sum to 1. Classes and continuous values are averaged over all members that have them;
            angles, which have no plain mean, are those of the first.
    """

    def __init__(self, networks: Sequence[FaceNetwork], shares: Sequence[float]) -> None:
        """Put networks together.

        Args:
            networks: the members; the outputs that two of them have must be the same.
            shares: of each in the mean, above 0.
        """
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.kinds = [f"{n.name} at {n.spec.width}x{n.spec.height}" for n in networks]
        self.spec = common_spec([network.spec for network in networks])
        self.outputs: dict[str, Output] = {}
        self.members: dict[str, dict[int, float]] = {}
        for network in networks:
            self.outputs |= network.outputs
        for name, output in self.outputs.items():
            own = {i: shares[i] for i, network in enumerate(networks) if name in network.outputs}
            if output.kind == "angles":
                own = {min(own): 1.0}
            total = sum(own.values())
            self.members[name] = {i: share / total for i, share in own.items()}
        self.views = nn.ModuleList(_View(self.spec, network.spec) for network in networks)

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Names of the classes by categorical head."""
        return {h: out.labels for h, out in self.outputs.items() if out.kind == "categorical"}

    def forward(self, faces: Tensor) -> dict[str, Tensor]:
        """Look at faces.

        Args:
            faces: (N, C, H, W) float, 0 to 1, gray or RGB as `spec` says.

        Returns:
            (N, K) by head: logarithms of the mean probabilities of a categorical one, whose softmax
            is that mean; values of all others.
        """
        said = [
            network(view(faces)) for network, view in zip(self.networks, self.views, strict=True)
        ]
        classes = self.classes
        return {
            head: _log_mean([(said[i][head], share) for i, share in own.items()])
            if head in classes
            else torch.stack([said[i][head] * share for i, share in own.items()]).sum(0)
            for head, own in self.members.items()
        }


class _View(nn.Module):
    """What a member sees of the crops that all get: shrunk by averaging areas, gray of RGB."""

    def __init__(self, given: InputSpec, wanted: InputSpec) -> None:
        super().__init__()
        self.to_gray = given.channels > wanted.channels
        self.shrinks = (given.height, given.width) != (wanted.height, wanted.width)
        self.rows: Tensor
        self.columns: Tensor
        rows, columns = (
            torch.from_numpy(area_weights(before, after))
            for before, after in ((given.height, wanted.height), (given.width, wanted.width))
        )
        self.register_buffer("rows", rows)
        self.register_buffer("columns", columns.T.contiguous())

    def forward(self, faces: Tensor) -> Tensor:
        if self.to_gray:
            red, green, blue = (faces[:, i : i + 1] * weight for i, weight in enumerate(LUMA))
            faces = red + green + blue
        # By products of matrices, as not every engine has a resizing that averages.
        return self.rows @ (faces @ self.columns) if self.shrinks else faces


def area_weights(before: int, after: int) -> NDArray[np.float32]:
    """Return the matrix that shrinks a row of pixels by averaging areas, as cv2.INTER_AREA does.

    Args:
        before: pixels of the row.
        after: pixels that it gets, at most as many.

    Returns:
        (after, before), rows summing to 1.
    """
    edges = np.arange(after + 1) * (before / after)
    pixels = np.arange(before)
    ends = np.minimum(edges[1:, np.newaxis], pixels + 1)
    starts = np.maximum(edges[:-1, np.newaxis], pixels)
    return (np.maximum(ends - starts, 0) * (after / before)).astype(np.float32)


def common_spec(specs: Sequence[InputSpec]) -> InputSpec:
    """Return the crops that hold all that any of several inputs needs."""
    richest = max(specs, key=lambda spec: spec.channels)
    return InputSpec(
        max(spec.height for spec in specs),
        max(spec.width for spec in specs),
        richest.channels,
        richest.color,
    )


def load_ensemble(
    sources: Sequence[Path], shares: Sequence[float] = ()
) -> tuple[Ensemble, dict[str, Any]]:
    """Load the networks of several runs as one.

    Args:
        sources: folders of runs, files of weights or checkpoints; see `load_network`.
        shares: of all but the first in the mean; the first has the rest. Alike where empty.

    Returns:
        The ensemble on the processor, in evaluation mode, and notes like those of `load_network`:
        `shares` (the weighted mean of the members'), `crop_margin`, `data`.

    Raises:
        UsageError: shares that are not one for each further source, or leave none to the first.
        ModelError: a source holds no network of Mimika's, or they differ in their classes, in
            another output, in the crop or in the logit adjustment.
    """
    parts = _all_shares(len(sources), shares)
    loaded = [load_network(source) for source in sources]
    first, notes = loaded[0]
    for source, (network, other) in zip(sources[1:], loaded[1:], strict=True):
        differ = _difference(first, notes, network, other)
        if differ:
            raise ModelError(
                f"{sources[0]} and {source} differ in their {differ}: give runs of one labeling "
                "and one kind of crop."
            )
    networks = [network for network, _ in loaded]
    class_shares: dict[str, list[float]] = {}
    ensemble = Ensemble(networks, parts)
    for head in ensemble.classes:
        own = ensemble.members[head].items()
        rows = [np.multiply(loaded[i][1]["shares"][head], share) for i, share in own]
        class_shares[head] = np.sum(rows, axis=0).tolist()
    data = dict.fromkeys(other["data"] for _, other in loaded)
    return ensemble.eval(), {**notes, "shares": class_shares, "data": " ".join(data)}


def described(ensemble: Ensemble) -> str:
    """Say in a sentence what an ensemble is made of."""
    shares = ensemble.members[MAIN_HEAD]
    parts = [f"{shares[i]:.3g} x {kind}" for i, kind in enumerate(ensemble.kinds)]
    return f"The mean of the probabilities of {len(parts)} networks: {', '.join(parts)}."


def _all_shares(count: int, shares: Sequence[float]) -> list[float]:
    if not shares:
        return [1 / count] * count
    if len(shares) != count - 1 or min(shares) <= 0 or sum(shares) >= 1:
        raise UsageError(
            "Give --share once for each --with, above 0 and together below 1: the first run has "
            "the rest."
        )
    return [1 - sum(shares), *shares]


def _difference(
    first: FaceNetwork, notes: Mapping[str, Any], other: FaceNetwork, other_notes: Mapping[str, Any]
) -> str:
    """What two runs that are to be averaged must not differ in; "" where they do not."""
    for name in first.outputs.keys() & other.outputs.keys():
        if first.outputs[name] != other.outputs[name]:
            return "classes" if name == MAIN_HEAD else f"output {name}"
    for key, word in (("crop_margin", "crop margin"), ("logit_adjustment", "logit adjustment")):
        if notes.get(key, 0) != other_notes.get(key, 0):
            return word
    return ""


def _log_mean(said: Sequence[tuple[Tensor, float]]) -> Tensor:
    mean = torch.stack([logits.softmax(1) * share for logits, share in said]).sum(0)
    return mean.clamp_min(SMALLEST).log()
