"""Small data sets of real faces, without files: the demo clip's woman, crying and laughing."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.detection import open_detector
from mimika.models.preprocessing import fit, square_crop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mimika.models.card import InputSpec


@dataclass
class Labels:
    classes: tuple[str, ...]
    labels: np.ndarray


@dataclass
class MemorySplit:
    pictures: np.ndarray
    labels: np.ndarray
    soft: np.ndarray | None = None
    further: Mapping[str, Labels] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def faces(self, spec: InputSpec) -> np.ndarray:
        return np.stack([fit(picture, spec) for picture in self.pictures])


@dataclass
class MemoryFaces:
    classes: tuple[str, ...]
    splits: Mapping[str, Any]
    crop_margin: float = 0.0


def clip_pictures(clip: Path, every: int = 2, side: int = 96) -> np.ndarray:
    """Faces of the clip in their order, (N, side, side, 3) uint8 BGR."""
    video = cv2.VideoCapture(str(clip))
    detector = open_detector("yunet")
    found = []
    number = 0
    while True:
        there, frame = video.read()
        if not there:
            break
        number += 1
        if number % every == 0:
            boxes = detector.detect(frame).boxes
            if boxes:
                crop = square_crop(frame, max(boxes, key=lambda b: b.area), 0.0)
                found.append(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA))
    video.release()
    return np.stack(found)


def crying_and_laughing(pictures: np.ndarray, count: int, *, heads: bool = False) -> MemoryFaces:
    """A train split of `count` faces and a valid split of half as many others.

    The first third of the clip is sad, the last is happy, what lies between neutral; a further
    head `fer2013`, where asked for, knows only happy and sad.
    """
    classes = ("happy", "neutral", "sad")
    third = len(pictures) // 3
    labels = np.full(len(pictures), 1)
    labels[:third], labels[2 * third :] = 2, 0
    order = np.random.default_rng(0).permutation(len(pictures))
    parts = {"train": order[:count], "valid": order[count : count + count // 2]}
    splits = {}
    for name, rows in parts.items():
        mine = labels[rows].astype(np.int64)
        two = np.where(mine == 1, -1, mine // 2)
        further = {"fer2013": Labels(("happy", "sad"), two)} if heads else {}
        splits[name] = MemorySplit(pictures[rows], mine, further=further)
    return MemoryFaces(classes, splits)


def shared_faces(shared: Path, train: int, valid: int) -> MemoryFaces:
    """FER2013 faces with the nine FER+ classes: the first of Training and of PublicTest."""
    votes = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")
    votes = (*votes, "contempt", "unknown")
    names = ("neutral", "happy", "surprise", "sad", "anger", "disgust", "fear")
    names = (*names, "contempt", "uncertain")
    with (shared / "data" / "ferplus" / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    sheets = []
    for path in sorted((shared / "data" / "ferplus").glob("faces-*.webp")):
        sheet = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        cells = sheet.reshape(-1, 48, sheet.shape[1] // 48, 48).transpose(0, 2, 1, 3)
        sheets.append(cells.reshape(-1, 48, 48))
    faces = np.concatenate(sheets)[: len(rows)]
    classes = tuple(sorted(names))
    splits = {}
    for split, usage, count in (("train", "Training", train), ("valid", "PublicTest", valid)):
        chosen, labels = [], []
        for number, row in enumerate(rows):
            cast = np.array([int(row[vote]) for vote in votes])
            cast[cast <= 1] = 0  # a single vote is noise
            if row["usage"] == usage and cast.any() and len(chosen) < count:
                chosen.append(number)
                labels.append(classes.index(names[int(cast.argmax())]))
        splits[split] = MemorySplit(faces[chosen], np.array(labels))
    return MemoryFaces(classes, splits)
