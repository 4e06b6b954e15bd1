"""The faces that an audit looks at, found and cut as the product does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.base.errors import InputError
from mimika.detection import HIGH_SCORE, open_detector
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
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.int64]
    columns: Mapping[str, tuple[str, ...]]
    detection: dict[str, Any] | None


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
        return AuditFaces(crops, labels, columns, None)
    boxes = _boxes(columns)
    found = _found(splits, spec, data.crop_margin, boxes, progress)
    rows = [row for row, each in enumerate(found) if each.crop is not None]
    if not rows:
        raise InputError(
            f"In none of the {len(found)} pictures of {data.name} a face was found: give pictures "
            "of faces, or --crop none where each picture is a face already."
        )
    crops = np.stack([crop for each in found if (crop := each.crop) is not None])
    kept = {name: tuple(cells[row] for row in rows) for name, cells in columns.items()}
    return AuditFaces(crops, labels[rows], kept, _detection(found, boxes))


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found in one row's picture.

    Attributes:
        crop: (H, W, C) uint8 of the row's face; None where it was not found.
        others: boxes that are not the row's.
        side: of the row's own box in pixels, the longer one; 0 where the table has none.
    """

    crop: NDArray[np.uint8] | None
    others: int
    side: float


def _found(
    splits: Sequence[Split],
    spec: InputSpec,
    margin: float,
    boxes: Sequence[Box] | None,
    progress: Progress | None,
) -> list[_Found]:
    detector = open_detector("yunet", threads=1)
    places = [(split, row) for split in splits for row in range(len(split))]

    def look(number: int) -> _Found:
        split, row = places[number]
        image = split.picture(row)
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        seen = detector.detect(image).at_least(HIGH_SCORE).boxes
        own = boxes[number] if boxes is not None else None
        if own is None:
            best = max(seen, key=lambda box: box.area, default=None)
        else:
            best = max(seen, key=own.iou, default=None)
            best = best if best is not None and own.iou(best) >= LEAST_OVERLAP else None
        crop = prepare(image, [best], spec, margin)[0] if best is not None else None
        side = max(own.width, own.height) if own is not None else 0.0
        return _Found(crop, len(seen) - (best is not None), side)

    found = []
    for each in in_parallel(len(places), look):
        found.append(each)
        if progress is not None:
            progress("finding the faces", len(found), len(places))
    return found


BANDS = ((0.0, 32.0), (32.0, 64.0), (64.0, 128.0), (128.0, float("inf")))
"""Of a face's longer side in pixels."""


def _detection(found: Sequence[_Found], boxes: Sequence[Box] | None) -> dict[str, Any]:
    """What the detector found: `found`, by `size` where the table has boxes.

    `found` is the share of the rows whose face was found (the largest in the picture, or the one
    over the row's box); `further` is how many more boxes there were a picture, of other people and
    of things that are no faces.
    """
    seen = [each.crop is not None for each in found]
    measured: dict[str, Any] = {
        "found": Share(sum(seen), len(found)).to_dict(),
        "further": sum(each.others for each in found) / len(found),
        "boxes": boxes is not None,
        "score": HIGH_SCORE,
    }
    if boxes is None:
        return measured
    measured["size"] = [
        {"from": low, "to": high if np.isfinite(high) else None}
        | Share(sum(s for s, _ in inside), len(inside)).to_dict()
        for low, high in BANDS
        if (inside := [(s, e) for s, e in zip(seen, found, strict=True) if low <= e.side < high])
    ]
    return measured


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
