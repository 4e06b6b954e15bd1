"""Data sets on the disk, in the layouts that people have them in, made of real faces."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

HEADER = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")
HEADER = (*HEADER, "contempt", "unknown", "NF")


def write_folders(root: Path, faces, labels, splits=None) -> Path:
    """A folder per class, below a folder per split where `splits` are given."""
    for number, (face, label) in enumerate(zip(faces, labels, strict=True)):
        folder = root / (splits[number] if splits else "") / label
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number}.png"), face)
    return root


def write_table(path: Path, rows, *, header=("path", "label"), delimiter=",", end="\n", bom=False):
    text = [delimiter.join(map(str, row)) for row in ([header] if header else []) + list(rows)]
    body = end.join(text) + end
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode("utf-8-sig" if bom else "utf-8"))
    return path


def write_competition(root: Path, faces, labels, test_faces) -> Path:
    """The Kaggle folder: CRLF, an index column, ./train/<class>/<n>.jpg, test_kaggle/<n>.jpg."""
    rows = []
    for number, (face, label) in enumerate(zip(faces, labels, strict=True)):
        path = root / "train" / label / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), face)
        rows.append((number, f"./train/{label}/{number}.jpg", label))
    write_table(root / "train.csv", rows, header=("", "image_path", "emotion"), end="\r\n")
    (root / "test_kaggle").mkdir()
    # Not in the order of their names: the submission must follow the sample, not the folder.
    order = np.random.default_rng(1).permutation(len(test_faces))
    for number in order:
        cv2.imwrite(str(root / "test_kaggle" / f"{number}.jpg"), test_faces[number])
    sample = [(f"{number}.jpg", "neutral") for number in order]
    write_table(
        root / "sample_submission.csv", sample, header=("image_path", "emotion"), end="\r\n"
    )
    return root


def gray48(face) -> np.ndarray:
    return cv2.resize(
        cv2.cvtColor(face, cv2.COLOR_BGR2GRAY), (48, 48), interpolation=cv2.INTER_AREA
    )


def write_fer2013(root: Path, faces, emotions, usages, votes=None) -> Path:
    """fer2013.csv, and fer2013new.csv where votes are given."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "fer2013.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        for face, emotion, usage in zip(faces, emotions, usages, strict=True):
            writer.writerow([emotion, " ".join(map(str, gray48(face).ravel())), usage])
    if votes is not None:
        with (root / "fer2013new.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Usage", "Image name", *HEADER])
            for number, (row, usage) in enumerate(zip(votes, usages, strict=True)):
                writer.writerow([usage, f"fer{number:07d}.png", *row])
    return root
