"""The faces that an audit looks at, found and cut as the product does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.base.errors import InputError
from mimika.detection import HIGH_SCORE, open_detector
from mimika.detection.tilted import detect_tilted
from mimika.models.card import InputSpec
from mimika.models.preprocessing import prepare
from mimika.schema.geometry import Box
from mimika.training.audit.proportions import Share
from mimika.training.data.listing import SPLITS
from mimika.training.data.picture_store import in_parallel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mimika.training.data.dataset import LabeledFaces, Split
    from mimika.training.evaluation.evaluate import Progress, Which

CORNERS = (("x", "left", "x1", "xmin"), ("y", "top", "y1", "ymin"))
ENDS = (("right", "x2", "xmax"), ("bottom", "y2", "ymax"))
SIDES = (("width", "w"), ("height", "h"))
LEAST_OVERLAP = 0.5
"""Intersection over union from which a box is the face's, as in PASCAL VOC."""


@dataclass(frozen=True, slots=True)
class AuditFaces:
    """N faces.

    Attributes:
        crops: (N, H, W, C) uint8, of the model's input, or smaller where the pictures are.
        labels: (N,) int64 class numbers.
        columns: name of a further column of the table to N cells.
        detection: what the detector found, where it was asked; see `_detection`.
        further: (M, H, W, C) uint8 of the model's input: boxes that are none of the faces.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.int64]
    columns: Mapping[str, tuple[str, ...]]
    detection: dict[str, Any] | None
    further: NDArray[np.uint8]


def load_faces(
    data: LabeledFaces, which: Which, spec: InputSpec, progress: Progress | None = None
) -> AuditFaces:
    """Cut the faces of a data set.

    Args:
        data: opened by `mimika.training.evaluation.evaluate.open_for_evaluation`.
        which: train, valid, test or all.
        spec: the model's input.
        progress: called with what is done, how much of how much.

    Raises:
        InputError: there are none, or the detector finds none.
    """
    splits = [data.splits[s] for s in (SPLITS if which == "all" else (which,))]
    splits = [split for split in splits if len(split)]
    if not splits:
        raise InputError(f"{data.name} has no labeled faces to audit on.")
    labels = np.concatenate([split.labels for split in splits])
    columns = {
        name: tuple(cell for split in splits for cell in split.columns[name])
        for name in splits[0].columns
    }
    if data.crop != "face":
        small = _native(data, splits, spec)
        crops = np.concatenate([split.faces(small, progress) for split in splits])
        return AuditFaces(crops, labels, columns, None, crops[:0])
    boxes = _boxes(columns)
    found = _found(splits, spec, data.crop_margin, boxes, progress)
    faces = {row: crop for each in found for row, crop in each.faces.items()}
    if not faces:
        raise InputError(
            f"In none of the {len(found)} pictures of {data.name} a face was found: give pictures "
            "of faces, or --crop none where each picture is a face already."
        )
    rows = sorted(faces)
    kept = {name: tuple(cells[row] for row in rows) for name, cells in columns.items()}
    further = np.concatenate([each.further for each in found])
    seen = np.isin(np.arange(len(labels)), rows)
    detection = _detection(seen, boxes) | {
        "pictures": len(found),
        "further": len(further) / len(found),
    }
    return AuditFaces(
        np.stack([faces[row] for row in rows]), labels[rows], kept, detection, further
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found in one picture.

    Attributes:
        faces: row of the data set to (H, W, C) uint8, for those that were found.
        further: (M, H, W, C) uint8: boxes that are no row's.
    """

    faces: dict[int, NDArray[np.uint8]]
    further: NDArray[np.uint8]


def _found(
    splits: Sequence[Split],
    spec: InputSpec,
    margin: float,
    boxes: Sequence[Box] | None,
    progress: Progress | None,
) -> list[_Found]:
    """Look at each picture once, however many rows name it."""
    detector = open_detector("yunet", threads=1)
    places = [(split, index) for split in splits for index in range(len(split))]
    pictures: dict[str, list[int]] = {}
    for row, name in enumerate(name for split in splits for name in split.names):
        pictures.setdefault(name, []).append(row)
    of_pictures = list(pictures.values())

    def look(number: int) -> _Found:
        rows = of_pictures[number]
        split, index = places[rows[0]]
        image = split.picture(index)
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        # As `mimika.pipeline.analyze` looks at a picture.
        found = detector.detect(image).at_least(HIGH_SCORE) or detect_tilted(detector, image)
        owns = {row: _own(found.boxes, boxes[row] if boxes is not None else None) for row in rows}
        crops = prepare(image, found.boxes, spec, margin)
        return _Found(
            {row: crops[place] for row, place in owns.items() if place is not None},
            crops[[place for place in range(len(crops)) if place not in owns.values()]],
        )

    found = []
    for each in in_parallel(len(of_pictures), look):
        found.append(each)
        if progress is not None:
            progress("finding the faces", len(found), len(of_pictures))
    return found


def _own(found: Sequence[Box], own: Box | None) -> int | None:
    """Which box is a row's: the one over the row's own box, the largest where it has none."""
    if not found:
        return None
    if own is None:
        return max(range(len(found)), key=lambda i: found[i].area)
    best = max(range(len(found)), key=lambda i: own.iou(found[i]))
    return best if own.iou(found[best]) >= LEAST_OVERLAP else None


BANDS = ((0.0, 32.0), (32.0, 64.0), (64.0, 128.0), (128.0, float("inf")))
"""Of a face's longer side in pixels."""


def _detection(seen: NDArray[np.bool_], boxes: Sequence[Box] | None) -> dict[str, Any]:
    """What the detector found: `found`, by `size` where the table has boxes.

    `found` is the share of the rows whose face was found (the largest in the picture, or the one
    over the row's box).
    """
    measured: dict[str, Any] = {
        "found": _share(seen).to_dict(),
        "boxes": boxes is not None,
        "score": HIGH_SCORE,
    }
    if boxes is None:
        return measured
    sides = np.array([max(box.width, box.height) for box in boxes])
    measured["size"] = [
        {"from": low, "to": high if np.isfinite(high) else None} | _share(seen[inside]).to_dict()
        for low, high in BANDS
        if (inside := (low <= sides) & (sides < high)).any()
    ]
    return measured


def _share(true: NDArray[np.bool_]) -> Share:
    return Share(int(true.sum()), len(true))


def _boxes(columns: Mapping[str, Sequence[str]]) -> list[Box] | None:
    """The rows' own boxes, None where the table has none."""
    names = {name.strip().casefold().removeprefix("box_"): name for name in columns}

    def place(choices: Sequence[str]) -> str | None:
        return next((names[choice] for choice in choices if choice in names), None)

    corner, ends, sides = ([place(axis) for axis in kind] for kind in (CORNERS, ENDS, SIDES))
    if None in corner or (None in ends and None in sides):
        return None
    chosen = [*corner, *(ends if None in sides else sides)]
    try:
        cells = np.array([columns[name] for name in chosen if name is not None], np.float64).T
    except ValueError as error:
        raise InputError(
            f"The columns {', '.join(map(str, chosen))} are the faces' boxes, and a cell of theirs "
            "is no number: mend it, or rename the columns."
        ) from error
    if None in sides:
        cells[:, 2:] -= cells[:, :2]
    if (cells[:, 2:] <= 0).any():
        raise InputError("A face's box in the table has no width or no height: mend it.")
    return [Box(*map(float, row)) for row in cells]


def is_box_column(name: str) -> bool:
    """Whether a column says where a face is."""
    words = [word for kind in (CORNERS, ENDS, SIDES) for axis in kind for word in axis]
    return name.strip().casefold().removeprefix("box_") in words


def _native(data: LabeledFaces, splits: Sequence[Split], spec: InputSpec) -> InputSpec:
    """The model's input, or as small as most pictures are: degradations are made on real pixels."""
    rows = np.concatenate([split.rows for split in splits])
    side = int(np.median(data.scan.sizes[rows].min(1)))
    if side >= min(spec.height, spec.width):
        return spec
    return InputSpec(side, side, spec.channels, spec.color)


def enlarged(crops: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Bring crops (N, h, w, C) to the model's size, as `mimika.models.preprocessing.fit` does."""
    if crops.shape[1:3] == (spec.height, spec.width):
        return crops
    size = (spec.width, spec.height)
    out = np.empty((len(crops), spec.height, spec.width, spec.channels), np.uint8)
    for place, crop in zip(out, crops, strict=True):
        place[:] = cv2.resize(crop, size).reshape(place.shape)
    return out
