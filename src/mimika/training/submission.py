"""The Kaggle submission: a row for every row of the sample, in its order and its line ends."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError
from mimika.base.files import replacing
from mimika.training.data.cropping import Cropper, choose_crop
from mimika.training.data.layouts.competition import SAMPLE, TABLE, TEST_FOLDER
from mimika.training.data.layouts.csv_rows import column, rows
from mimika.training.data.layouts.folders import pictures_below
from mimika.training.data.layouts.table import LABELS, PATHS
from mimika.training.data.picture_store import FilePictures, in_parallel
from mimika.training.evaluation.predictions import BATCH, mapping_to, predict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mimika.models.model import OnnxModel
    from mimika.training.data.cropping import Crop
    from mimika.training.evaluation.evaluate import Progress

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Sample:
    r"""A sample submission.

    Attributes:
        header: its first row.
        names: of the pictures, in its order.
        path_at: column of the names.
        label_at: column of the labels.
        line_end: "\r\n" or "\n".
        bom: it begins with a byte order mark.
        ends: its last line ends like the others.
    """

    header: tuple[str, ...]
    names: tuple[str, ...]
    path_at: int
    label_at: int
    line_end: str
    bom: bool
    ends: bool

    def render(self, labels: list[str]) -> bytes:
        """Write the submission: `labels` in the order of `names`."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator=self.line_end)
        writer.writerow(self.header)
        for name, label in zip(self.names, labels, strict=True):
            row = [""] * len(self.header)
            row[self.path_at], row[self.label_at] = name, label
            writer.writerow(row)
        body = text.getvalue()
        if not self.ends:
            body = body[: -len(self.line_end)]
        return body.encode("utf-8-sig" if self.bom else "utf-8")


def read_sample(path: Path) -> Sample:
    """Read a sample submission.

    Raises:
        InputError: it cannot be read, lacks a column, or names a picture twice.
    """
    raw = path.read_bytes() if path.is_file() else b""
    if not raw:
        raise InputError(
            f"There is no sample submission {path}: take sample_submission.csv from the "
            "competition, or name it with --sample."
        )
    table = list(rows(path))
    header = [cell.strip() for cell in table[0][1]]
    path_at, label_at = column(header, PATHS), column(header, LABELS)
    if path_at is None or label_at is None:
        raise InputError(
            f"{path} has the columns {', '.join(header)}: a sample submission has one of paths "
            "(image_path) and one of labels (emotion)."
        )
    names = [row[path_at] for _, row in table[1:] if len(row) > path_at]
    if len(names) != len(table) - 1 or not names:
        raise InputError(f"{path} has rows without a picture's name: get the file anew.")
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})[:_NAMED]
        raise InputError(f"{path} names pictures twice: {', '.join(twice)}. Get the file anew.")
    return Sample(
        header=tuple(header),
        names=tuple(names),
        path_at=path_at,
        label_at=label_at,
        line_end="\r\n" if b"\r\n" in raw else "\n",
        bom=raw.startswith(b"\xef\xbb\xbf"),
        ends=raw.endswith(b"\n"),
    )


def submit(
    model: OnnxModel,
    folder: Path,
    output: Path,
    *,
    sample: Path | None = None,
    pictures: Path | None = None,
    crop: Crop = "auto",
    mirror: bool = False,
    progress: Progress | None = None,
) -> list[str]:
    """Predict the test pictures and write the submission.

    Args:
        model: the model; its card's labels are what is written.
        folder: of the competition, with sample_submission.csv and test_kaggle/.
        output: the CSV file to write.
        sample: the sample submission, where it is not in `folder`.
        pictures: folder of the test pictures, where it is not in `folder`.
        crop: how faces are cut, "auto" looks at a sample of them.
        mirror: average each face with its mirror image.
        progress: called with what is done, how much of how much.

    Returns:
        What the user should know, a sentence each.

    Raises:
        InputError: pictures are missing or unreadable, or the model does not speak the
            competition's classes.
        OutputError: the file cannot be written.
    """
    wanted = read_sample(sample or folder / SAMPLE)
    place = pictures or folder / TEST_FOLDER
    if not place.is_dir():
        raise InputError(
            f"There is no folder {place} with the test pictures: unpack the competition's archive, "
            "or name the folder with --test-pictures."
        )
    notes = []
    there = {PurePosixPath(name).as_posix() for name in pictures_below(place)}
    paths = [_inside(name, place) for name in wanted.names]
    if missing := [name for name, p in zip(wanted.names, paths, strict=True) if p not in there]:
        raise InputError(
            f"{place} lacks {len(missing)} of the {len(paths)} pictures of the sample: "
            f"{_listed(missing)}. Unpack the archive again."
        )
    if extra := sorted(there - set(paths)):
        notes.append(
            f"{len(extra)} pictures in {place} are not in the sample and are left out: "
            f"{_listed(extra)}."
        )
    classes = _classes(model, folder / TABLE)
    probabilities = _predict(
        model, FilePictures(place, paths), classes, crop, mirror, notes, progress
    )
    labels = [classes[k] for k in probabilities.argmax(1)]
    with replacing(output) as beside:
        beside.write_bytes(wanted.render(labels))
    return notes


def score(submission: Path, solution: Path) -> tuple[int, int]:
    """Compare a submission with the solution (categorization accuracy).

    Args:
        submission: CSV of path and label.
        solution: likewise.

    Returns:
        How many are right, out of how many.

    Raises:
        InputError: a picture of the solution is not in the submission, or a column is missing.
    """
    predicted, true = labels_by_name(submission), labels_by_name(solution)
    if missing := sorted(true.keys() - predicted.keys()):
        raise InputError(
            f"{submission} lacks {len(missing)} pictures of {solution}: {_listed(missing)}."
        )
    return sum(predicted[name] == label for name, label in true.items()), len(true)


def _predict(
    model: OnnxModel,
    files: FilePictures,
    classes: list[str],
    crop: Crop,
    mirror: bool,
    notes: list[str],
    progress: Progress | None,
) -> NDArray[np.float32]:
    """Predict all pictures; they are decoded a few batches ahead and not kept."""
    spec, mapping = model.card.input, mapping_to(model.card, classes)
    cut = choose_crop(crop, model.card.crop_margin, files, np.arange(len(files)))
    notes += [cut.why] if cut.why else []
    cropper = Cropper(cut.crop, cut.margin)

    def read(index: int) -> NDArray[np.uint8] | str:
        try:
            return cropper(files.read(index), spec)
        except InputError as error:
            return str(error)

    parts: list[NDArray[np.float32]] = []
    faults: list[str] = []
    batch: list[NDArray[np.uint8]] = []
    for number, face in enumerate(in_parallel(len(files), read), 1):
        if isinstance(face, str):
            faults.append(files.name(number - 1))
        else:
            batch.append(face)
        if batch and (len(batch) == BATCH or number == len(files)):
            parts.append(predict(model, np.stack(batch), mapping, mirror=mirror))
            batch.clear()
        if progress is not None:
            progress("predicting the pictures", number, len(files))
    if faults:
        raise InputError(
            f"{len(faults)} test pictures cannot be read: {_listed(faults)}. Unpack the archive "
            "again; nothing was written."
        )
    return np.concatenate(parts)


def _classes(model: OnnxModel, table: Path) -> list[str]:
    """The model's labels, checked against the competition's where its table is at hand."""
    labels = list(model.card.labels)
    if not table.is_file():
        return labels
    known = set(labels_by_name(table).values())
    if foreign := [label for label in labels if label not in known]:
        raise InputError(
            f"The model {model.card.name} gives {_listed(foreign)}, which {table.name} does "
            f"not know: it knows {', '.join(sorted(known))}. Train on this data set first."
        )
    return labels


def labels_by_name(path: Path) -> dict[str, str]:
    """Read a submission, a solution or the competition's table: picture to label.

    Raises:
        InputError: it cannot be read, or a column is missing.
    """
    table = rows(path)
    header = next(table, (0, []))[1]
    path_at, label_at = column(header, PATHS), column(header, LABELS)
    if path_at is None or label_at is None:
        raise InputError(f"{path} needs a column image_path and a column emotion.")
    return {row[path_at]: row[label_at] for _, row in table if len(row) > max(path_at, label_at)}


def _inside(name: str, place: Path) -> str:
    """The picture's path in its folder; a sample may repeat the folder's name."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if ".." in parts or name.startswith("/"):
        raise InputError(f"The sample's picture {name} lies outside of {place}: get the file anew.")
    if len(parts) > 1 and parts[0] == place.name:
        parts = parts[1:]
    return "/".join(parts)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
