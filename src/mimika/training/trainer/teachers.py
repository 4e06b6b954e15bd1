"""Teachers: finished runs and model files whose probabilities the student learns from.

They see the very faces that the student sees, augmented and mixed (Beyer et al. 2022, "a good
teacher is patient and consistent", arXiv 2106.05237); several teachers are averaged.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name that everyone uses

from mimika.base.errors import UsageError
from mimika.training.networks import MAIN_HEAD
from mimika.training.networks.repvgg import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.models.card import InputSpec


class Teacher(Protocol):
    """One teacher.

    Attributes:
        spec: the faces that it takes.
        classes: names of its classes by head.
    """

    spec: InputSpec
    classes: Mapping[str, tuple[str, ...]]

    def __call__(self, faces: Tensor) -> Mapping[str, Tensor]:
        """Judge (N, C, H, W) float faces, 0 to 1; probabilities (N, K) by head."""


class RunTeacher:
    """A finished run, on the training device."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Load the kept weights of a run.

        Raises:
            ModelError: the folder holds no finished run.
        """
        from mimika.training.networks.weights import load_network

        network, notes = load_network(folder)
        # Branches folded into one convolution answer the same, 1.7 times as fast on a processor.
        self._network = fold(network)
        self._network.to(device).eval().requires_grad_(False)
        self.spec = self._network.spec
        self.classes: Mapping[str, tuple[str, ...]] = self._network.classes
        # A run with logit adjustment gives balanced probabilities; the student expects plain ones.
        power = float(notes.get("logit_adjustment", 0.0))
        self._adjust = {
            head: power * torch.tensor(share, device=device).clamp_min(1e-4).log()
            for head, share in notes.get("shares", {}).items()
        }

    def __call__(self, faces: Tensor) -> Mapping[str, Tensor]:
        """See `Teacher`."""
        logits = self._network(faces)
        return {h: (z.float() + self._adjust.get(h, 0.0)).softmax(1) for h, z in logits.items()}


class FileTeacher:
    """A model file, run by ONNX Runtime on the processor."""

    def __init__(self, path: Path) -> None:
        """Load a model file.

        Raises:
            ModelError: it is not a model file with a card.
        """
        from mimika.models.model import OnnxModel

        self._model = OnnxModel(path)
        card = self._model.card
        self.spec = card.input
        self.classes: Mapping[str, tuple[str, ...]] = {
            name: output.labels
            for name, output in card.outputs.items()
            if output.kind == "categorical"
        }

    def __call__(self, faces: Tensor) -> Mapping[str, Tensor]:
        """See `Teacher`."""
        pixels = faces.permute(0, 2, 3, 1).mul(255).round().clamp(0, 255).to(torch.uint8)
        found = self._model.predict(np.ascontiguousarray(pixels.cpu().numpy()), tuple(self.classes))
        return {head: torch.from_numpy(p).to(faces.device) for head, p in found.items()}


class Teachers:
    """The mean of all teachers, in the student's order of classes."""

    def __init__(
        self,
        names: Sequence[str],
        classes: Mapping[str, tuple[str, ...]],
        spec: InputSpec,
        device: torch.device,
    ) -> None:
        """Load the teachers.

        Args:
            names: folders of runs, model files, or names of models.
            classes: the student's classes by head.
            spec: the faces that the student sees.
            device: where the student is.

        Raises:
            ModelError: a teacher cannot be loaded.
            UsageError: a teacher does not know the student's classes.
        """
        self._spec = spec
        self._teachers: list[Teacher] = []
        self._orders: list[dict[str, Tensor]] = []
        for name in names:
            teacher = open_teacher(name, device)
            found = order_of_classes(name, teacher.classes, classes)
            self._teachers.append(teacher)
            self._orders.append({h: torch.tensor(k, device=device) for h, k in found.items()})
        # A head is taught only where all teachers have it.
        self.heads = tuple(h for h in classes if all(h in orders for orders in self._orders))
        self.on_device = all(isinstance(t, RunTeacher) for t in self._teachers)

    def __call__(self, faces: Tensor) -> dict[str, Tensor]:
        """Judge the student's faces.

        Args:
            faces: (N, C, H, W) float, 0 to 1, as the student's spec says.

        Returns:
            (N, K) probabilities by head; rows sum to 1.
        """
        total: dict[str, Tensor] = {}
        for teacher, orders in zip(self._teachers, self._orders, strict=True):
            found = teacher(_as_seen_by(teacher.spec, faces, self._spec))
            for head in self.heads:
                p = found[head][:, orders[head]]
                p = p / p.sum(1, keepdim=True).clamp_min(1e-8) / len(self._teachers)
                total[head] = total[head] + p if head in total else p
        return total


def order_of_classes(
    name: str, known: Mapping[str, tuple[str, ...]], wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, list[int]]:
    """Find a student's classes among those of a teacher.

    Args:
        name: of the teacher.
        known: the teacher's classes by head.
        wanted: the student's.

    Returns:
        By head, where each of the student's classes is; heads that the teacher lacks are left out.

    Raises:
        UsageError: the teacher does not know a class of the main head.
    """
    orders = {
        head: [known[head].index(c) for c in own]
        for head, own in wanted.items()
        if set(own) <= set(known.get(head, ()))
    }
    if MAIN_HEAD not in orders:
        have = known.get(MAIN_HEAD, ())
        lost = sorted(set(wanted[MAIN_HEAD]) - set(have))
        raise UsageError(
            f"The teacher {name} does not know {', '.join(lost)} (it knows "
            f"{', '.join(have)}): take one that was trained on the same classes."
        )
    return orders


def open_teacher(name: str, device: torch.device) -> Teacher:
    """Open a finished run, a model file, or a model by its name.

    Raises:
        ModelError: it cannot be loaded.
    """
    path = Path(name)
    if path.is_dir():
        return RunTeacher(path, device)
    if path.suffix == ".onnx":
        return FileTeacher(path)
    from mimika.models.find import model_path

    return FileTeacher(model_path(name))


def _as_seen_by(teacher: InputSpec, faces: Tensor, student: InputSpec) -> Tensor:
    if (teacher.height, teacher.width) != (student.height, student.width):
        faces = F.interpolate(
            faces, (teacher.height, teacher.width), mode="bilinear", antialias=True
        )
    if teacher.channels == student.channels:
        return faces
    if teacher.channels == 3:
        return faces.expand(-1, 3, -1, -1)
    # Without a tensor of weights, which a recorded step could not bring to the GPU.
    red, green, blue = (faces[:, channel : channel + 1] for channel in range(3))
    return 0.299 * red + 0.587 * green + 0.114 * blue
