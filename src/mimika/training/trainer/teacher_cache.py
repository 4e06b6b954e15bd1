"""What teachers say of every training face, computed once and kept in a safetensors file.

The views of a face are fixed: as it is and mirrored. A student learns the mean over both,
whatever is done to the face that it sees: its dim, blurred, tilted copies
should be called what the clean face is called, and so should its mirror image.

The file has, for every teacher, the tensor `<digest of the teacher>/<head>`, (views, faces,
classes) float16, in the order of the training faces and then of those without labels; its notes
name the faces by a digest of their pixels, the teachers and their classes. Sixteen classes in two
heads take 64 bytes a face and teacher: 2.6 MB for 41,000 faces.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mimika.base.errors import UsageError
from mimika.models.card import InputSpec
from mimika.training.networks import MAIN_HEAD
from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.weights import read_tensors
from mimika.training.trainer.checkpoint import save_tensors
from mimika.training.trainer.teachers import open_teacher, order_of_classes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from mimika.training.trainer.teachers import Teacher

    Notice = Callable[[str], None]
    Faces = Callable[[InputSpec], NDArray[np.uint8]]

MIRRORED = (False, True)
"""The views: as it is, and its mirror image."""
BATCH = 256
PART = 4096
"""Faces after which the answers so far are written."""
KNOWN_BY = InputSpec(48, 48, 1, "gray")
"""The size and color in which faces are told from others, whatever a network takes."""


@dataclass(slots=True)
class _Answers:
    """The content of a cache: tensors by key, and the notes beside them."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


def cached_answers(
    path: Path,
    names: Sequence[str],
    faces: Faces,
    classes: Mapping[str, tuple[str, ...]],
    device: torch.device,
    *,
    notice: Notice,
) -> dict[str, NDArray[np.float32]]:
    """Read what teachers say of the faces; those that the file lacks are asked, and added to it.

    Args:
        path: the .safetensors file; made where it is not there.
        names: folders of runs, model files, or names of models; none takes all that are in the
            file.
        faces: gives (N, H, W, C) uint8 faces as a network takes them.
        classes: the student's classes by head.
        device: where teachers that are runs compute.
        notice: called with what takes time.

    Returns:
        (N, K) float32 probabilities by head, the mean over views and teachers; rows sum to 1. A
        head that a teacher does not know is left out.

    Raises:
        UsageError: the file is of other faces or views, it has no teacher, or a teacher does not
            know the student's classes.
        ModelError: the file or a teacher cannot be read.
        OutputError: the file cannot be written.
    """
    digest = _digest(faces(KNOWN_BY))
    kept = _read(path, digest)
    wanted = {teacher_digest(name): name for name in names}
    known = kept.notes["teachers"]
    for key, name in wanted.items():
        if known.get(key, {}).get("whole"):
            continue
        teacher = open_teacher(name, device)
        order_of_classes(name, teacher.classes, classes)
        notice(f"Asking the teacher {name} about every face, for {path}.")
        _complete(kept, path, key, name, teacher, faces(teacher.spec), device)
    chosen = list(wanted) or [key for key, about in known.items() if about["whole"]]
    if not chosen:
        raise UsageError(f"{path} has no answers yet: name the teachers with --teacher.")
    return _mean(kept, chosen, classes)


def _read(path: Path, faces: str) -> _Answers:
    views = list(MIRRORED)
    if not path.is_file():
        return _Answers(notes={"faces": faces, "views": views, "teachers": {}})
    tensors, notes = read_tensors(path)
    if "teachers" not in notes:
        raise UsageError(f"{path} holds no answers of teachers: give --teacher-cache another name.")
    if notes["faces"] != faces or notes["views"] != views:
        raise UsageError(
            f"{path} holds answers about other faces (digest {notes['faces']}, these have "
            f"{faces}): give --teacher-cache another name, and they are computed anew."
        )
    return _Answers(tensors, notes)


def teacher_digest(name: str) -> str:
    """Return a short name that changes with a teacher's weights.

    Args:
        name: folder of a run, model file, or name of a model.

    Raises:
        ModelError: there is no such teacher.
    """
    from mimika.models.find import model_path
    from mimika.training.networks.weights import WEIGHTS_FILE

    path = Path(name)
    if path.is_dir():
        path = path / WEIGHTS_FILE
    elif path.suffix != ".onnx":
        path = model_path(name)
    content = path.read_bytes() if path.is_file() else name.encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _digest(faces: NDArray[np.uint8]) -> str:
    digest = hashlib.blake2b(repr(faces.shape).encode(), digest_size=12)
    for start in range(0, len(faces), 4096):
        digest.update(np.ascontiguousarray(faces[start : start + 4096]).data)
    return digest.hexdigest()


def _complete(
    kept: _Answers,
    path: Path,
    key: str,
    name: str,
    teacher: Teacher,
    faces: NDArray[np.uint8],
    device: torch.device,
) -> None:
    """Ask a teacher about the faces that its answers lack; what was answered outlives a stop."""
    classes = {head: list(names) for head, names in teacher.classes.items()}
    about = kept.notes["teachers"].setdefault(
        key, {"name": name, "classes": classes, "whole": False}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    first = next(iter(classes))
    done = kept.tensors[f"{key}/{first}"].shape[1] if f"{key}/{first}" in kept.tensors else 0
    for start in range(done, len(faces), PART):
        for head, p in _ask(teacher, faces[start : start + PART], device).items():
            old = kept.tensors.get(f"{key}/{head}")
            kept.tensors[f"{key}/{head}"] = p if old is None else torch.cat([old, p], 1)
        about["whole"] = start + PART >= len(faces)
        save_tensors(path, kept.tensors, kept.notes)


@torch.no_grad()
def _ask(teacher: Teacher, faces: NDArray[np.uint8], device: torch.device) -> dict[str, Tensor]:
    """Show a teacher all views of all faces; (views, N, K) float16 by head."""
    found: dict[str, list[list[Tensor]]] = {
        head: [[] for _ in MIRRORED] for head in teacher.classes
    }
    for start in range(0, len(faces), BATCH):
        raw = torch.from_numpy(np.array(faces[start : start + BATCH])).to(device)
        plain = to_pixels(raw)
        for number, mirrored in enumerate(MIRRORED):
            for head, p in teacher(plain.flip(3) if mirrored else plain).items():
                found[head][number].append(p.to("cpu", torch.float16))
    return {h: torch.stack([torch.cat(parts) for parts in views]) for h, views in found.items()}


def _mean(
    kept: _Answers, chosen: Sequence[str], classes: Mapping[str, tuple[str, ...]]
) -> dict[str, NDArray[np.float32]]:
    """Average over views and teachers, in the student's order of classes."""
    total: dict[str, NDArray[np.float32]] = {}
    orders = []
    for key in chosen:
        about = kept.notes["teachers"][key]
        known = {head: tuple(names) for head, names in about["classes"].items()}
        orders.append(order_of_classes(about["name"], known, classes))
    for head in classes:
        if not all(head in order for order in orders):
            continue
        for key, order in zip(chosen, orders, strict=True):
            p = kept.tensors[f"{key}/{head}"].numpy().mean(0, dtype=np.float32)[:, order[head]]
            p = p / np.maximum(p.sum(1, keepdims=True), 1e-8) / len(chosen)
            total[head] = total[head] + p if head in total else p
    assert MAIN_HEAD in total
    return total
