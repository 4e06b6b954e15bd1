"""Labeled faces, ready for a network; `open_data` opens a data set in any layout."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from mimika.base.errors import InputError, UsageError
from mimika.training.data.cache import cached_array, key_of
from mimika.training.data.cropping import CropChoice, Cropper, choose_crop
from mimika.training.data.duplicates import Duplicates, find_duplicates
from mimika.training.data.labelling import Labeled, label_faces
from mimika.training.data.layouts.recognize import read_listing
from mimika.training.data.listing import SPLITS, VALUES, DataProblem, Listing
from mimika.training.data.picture_store import in_parallel
from mimika.training.data.scan import Scan, scan
from mimika.training.data.splitting import assign_splits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mimika.models.card import InputSpec
    from mimika.schema.outputs import Output
    from mimika.training.data.picture_store import Pictures
    from mimika.training.data.scan import Progress

VALID_SHARE, TEST_SHARE = 0.1, 0.1
_NAMED = 5


@dataclass(frozen=True, slots=True)
class HeadLabels:
    """Another labeling of the same faces.

    Attributes:
        classes: K names, alphabetical.
        labels: (N,) int64 class numbers, -1 where a face has none.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HeadValues:
    """Values of the same faces, such as valence and arousal.

    Attributes:
        output: what they are.
        values: (N, K) float32, NaN where a face has none.
    """

    output: Output
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Split:
    """N faces for one purpose.

    Attributes:
        labels: (N,) int64 class numbers.
        soft: (N, K) float32 shares of the annotators' votes, rows summing to 1; or None.
        further: name to another labeling of the same faces.
        values: output's name to values of the same faces.
        rows: (N,) int64, where the faces are among the data set's pictures.
        columns: name of any further column of a table to the cells of the same faces.
    """

    labels: NDArray[np.int64]
    soft: NDArray[np.float32] | None
    further: Mapping[str, HeadLabels]
    values: Mapping[str, HeadValues]
    rows: NDArray[np.int64]
    columns: Mapping[str, tuple[str, ...]]
    _pictures: Pictures
    _crop: Literal["face", "none"]
    _margin: float

    def __len__(self) -> int:
        """How many faces."""
        return len(self.labels)

    @property
    def names(self) -> list[str]:
        """How the data set calls each picture."""
        return [self._pictures.name(int(row)) for row in self.rows]

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Decode the whole picture of a face: (H, W, 3) BGR or (H, W) gray, uint8."""
        return self._pictures.read(int(self.rows[index]))

    def faces(self, spec: InputSpec, progress: Progress | None = None) -> NDArray[np.uint8]:
        """Cut, scale and keep all faces; the second call reads them from the disk.

        Args:
            spec: the network's input.
            progress: called with what is done, how much of how much.

        Returns:
            (N, height, width, channels) uint8, 0-255, gray or RGB; lies on the disk and is not to
            be written to.

        Raises:
            InputError: a picture has become unreadable.
            OutputError: the cache cannot be written.
        """
        shape = (len(self), spec.height, spec.width, spec.channels)
        if not len(self):
            return np.empty(shape, np.uint8)

        def fill(array: NDArray[np.uint8]) -> None:
            cropper = Cropper(self._crop, self._margin)
            done = in_parallel(len(self), lambda i: cropper(self.picture(i), spec))
            for number, face in enumerate(done):
                array[number] = face
                if progress is not None:
                    progress("cutting the faces", number + 1, len(self))

        key = key_of(self._pictures.key, self.rows, self._crop, self._margin, spec)
        return cached_array("faces", key, shape, fill)


@dataclass(frozen=True, slots=True)
class LabeledFaces:
    """A data set.

    Attributes:
        classes: K names, alphabetical.
        splits: train, valid and test; a split that the data set lacks is empty.
        name: what the data set is called.
        layout: how it lies on the disk, in words.
        crop: how faces are cut: "face" or "none".
        crop_margin: what the webcam must cut to show a network the same; goes into the card.
        notes: what was done and left out, a sentence each.
        problems: what is wrong with the data set; these pictures are left out.
        duplicates: equal pictures, as found before training pictures were dropped.
        scan: size and digest of every picture that the data set names.
        pictures: every picture that the data set names.
    """

    classes: tuple[str, ...]
    splits: Mapping[str, Split]
    name: str
    layout: str
    crop: Literal["face", "none"]
    crop_margin: float
    notes: tuple[str, ...]
    problems: tuple[DataProblem, ...]
    duplicates: Duplicates
    scan: Scan = field(repr=False)
    pictures: Pictures = field(repr=False)

    def counts(self, split: str) -> dict[str, int]:
        """Count the faces of each class."""
        found = np.bincount(self.splits[split].labels, minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, found, strict=True)}


def open_data(
    path: Path | str,
    *,
    labels: str = "auto",
    crop: str = "auto",
    margin: float = 0.0,
    skip_bad: bool = False,
    keep_leaks: bool = False,
    valid_share: float = VALID_SHARE,
    test_share: float = TEST_SHARE,
    to_train: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> LabeledFaces:
    """Open a data set: a folder per class, the competition's folder, fer2013.csv, or any CSV.

    Args:
        path: the folder or the CSV file.
        labels: "nine", "ferplus-8" or "fer2013" (see `labelling`), "own" for the data set's own
            words, "auto" for the best there is: nine from votes, emotions by their usual names,
            else own.
        crop: "face" cuts out the largest face, "none" takes the picture whole, "auto" looks at a
            sample.
        margin: of the cut; see `mimika.models.preprocessing.square_crop`.
        skip_bad: leave out what is wrong instead of refusing the data set.
        keep_leaks: keep training pictures that equal a picture of valid or test.
        valid_share: share that is split off for validation where the data set has none.
        test_share: likewise for the test, where the data set has no splits at all.
        to_train: a class without training faces is a problem.
        seed: of the automatic split.
        progress: called with what is done, how much of how much.

    Raises:
        UsageError: an option is wrong.
        InputError: the data set is unusable, or something in it is and `skip_bad` is false.
        OutputError: the cache cannot be written.
    """
    if crop not in {"auto", "face", "none"}:
        raise UsageError(f"There is no --crop {crop}: choose auto, face or none.")
    if not (0 <= valid_share < 1 and 0 <= test_share < 1 and valid_share + test_share < 1):
        raise UsageError("The shares split off for valid and test are from 0 to 1, together below.")
    path = Path(path)
    listing = read_listing(path)
    seen = scan(listing.pictures, progress)
    labeled = label_faces(listing, labels)
    problems = [*listing.problems, *_unreadable(listing, seen), *labeled.problems]
    notes = [*listing.notes, *labeled.notes]
    usable = labeled.labels >= 0
    usable[list(seen.faults)] = False
    if not usable.any():
        why = f" The first: {problems[0]}." if problems else " ".join(["", *notes])
        raise InputError(f"{path} has no usable picture.{why}")
    splits = np.full(len(usable), "", "U5")
    splits[usable] = assign_splits(
        np.array(listing.splits, "U5")[usable],
        labeled.labels[usable],
        seen.digests[usable],
        valid_share=valid_share,
        test_share=0.0 if listing.own_test else test_share,
        seed=seed,
    )
    words = [labeled.classes[k] if k >= 0 else "" for k in labeled.labels]
    duplicates = find_duplicates(seen.digests, splits, words)
    if len(duplicates.leaked) and to_train:
        notes.append(_leak_note(len(duplicates.leaked), kept=keep_leaks))
        if not keep_leaks:
            splits[duplicates.leaked] = ""
    if to_train and not labeled.fixed:
        problems += _without_training(labeled, splits)
    if problems and not skip_bad:
        raise InputError(refusal(path, problems))
    if problems:
        notes.append(f"{_count(problems)} left out.")
    _keep_occurring(labeled, splits)
    notes += _remarks(labeled, splits, seen)
    notes += _values_found(listing, splits)
    cut = choose_crop(crop, margin, listing.pictures, np.flatnonzero(splits != ""))  # type: ignore[arg-type]
    notes += [cut.why] if cut.why else []
    parts = {
        split: _split(listing, labeled, np.flatnonzero(splits == split), cut) for split in SPLITS
    }
    return LabeledFaces(
        classes=labeled.classes,
        splits=parts,
        name=path.resolve().name,
        layout=listing.layout,
        crop=cut.crop,
        crop_margin=cut.margin,
        notes=tuple(notes),
        problems=tuple(problems),
        duplicates=duplicates,
        scan=seen,
        pictures=listing.pictures,
    )


def refusal(path: Path, problems: list[DataProblem] | tuple[DataProblem, ...]) -> str:
    """Say in a sentence or two what is wrong with a data set."""
    named = "; ".join(str(problem) for problem in problems[:_NAMED])
    more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return (
        f"{path} has {_count(problems)}: {named}{more}. Mend them (`mimika dataset` lists them "
        "all), or leave them out with --skip-bad."
    )


_WORDS = {
    "missing": ("missing picture", "missing pictures"),
    "unreadable": ("unreadable picture", "unreadable pictures"),
    "row": ("unusable row", "unusable rows"),
    "outside": ("path outside of its folder", "paths outside of its folder"),
    "label": ("unknown label", "unknown labels"),
    "empty class": ("empty class", "empty classes"),
    "class without training": (
        "class without training pictures",
        "classes without training pictures",
    ),
}


def _count(problems: list[DataProblem] | tuple[DataProblem, ...]) -> str:
    found = Counter(problem.kind for problem in problems)
    return ", ".join(f"{count} {_WORDS[kind][count > 1]}" for kind, count in found.items())


def _unreadable(listing: Listing, seen: Scan) -> list[DataProblem]:
    found = []
    for index, why in seen.faults.items():
        missing = why.startswith("There is no picture")
        name = listing.pictures.name(index)
        if missing:
            found.append(DataProblem("missing", name, "there is no such file"))
        else:
            # It begins with the picture's path, in which there may be anything.
            reason = why.rpartition(f"{Path(name).name} ")[2].partition(": ")[0]
            found.append(DataProblem("unreadable", name, reason))
    return found


def _leak_note(count: int, *, kept: bool) -> str:
    what = "they stay, and the figures flatter" if kept else "they are left out of training"
    return f"{count} training pictures equal a picture of valid or test: {what}."


def _without_training(labeled: Labeled, splits: NDArray[np.str_]) -> list[DataProblem]:
    """Classes that are evaluated and never learned; their pictures are left out."""
    training = set(labeled.labels[splits == "train"].tolist())
    if not training:
        return []
    found = []
    for number in sorted(set(labeled.labels[splits != ""].tolist()) - training):
        mine = (labeled.labels == number) & (splits != "")
        places = " and ".join(s for s in SPLITS if (splits[mine] == s).any())
        what = f"its {mine.sum()} pictures are all in {places}"
        found.append(DataProblem("class without training", labeled.classes[number], what))
        splits[mine] = ""
    return found


def _keep_occurring(labeled: Labeled, splits: NDArray[np.str_]) -> None:
    """Drop classes that have no picture, unless a protocol fixes the classes."""
    if labeled.fixed:
        return
    kept = sorted(set(labeled.labels[splits != ""].tolist()))
    number = np.full(len(labeled.classes) + 1, -1, np.int64)
    number[kept] = np.arange(len(kept))
    labeled.labels = number[labeled.labels]
    labeled.classes = tuple(labeled.classes[k] for k in kept)


def _values_found(listing: Listing, splits: NDArray[np.str_]) -> list[str]:
    used = splits != ""
    return [
        f"{int((~np.isnan(values[used])).all(1).sum())} of {int(used.sum())} pictures have "
        f"{' and '.join(VALUES[name].labels)}, which train the output {name}."
        for name, values in listing.values.items()
    ]


def _remarks(labeled: Labeled, splits: NDArray[np.str_], seen: Scan) -> list[str]:
    found = []
    used = splits != ""
    for split in SPLITS:
        mine = labeled.labels[splits == split]
        counts = np.bincount(mine, minlength=len(labeled.classes))
        if len(mine) and split == "train" and (few := np.flatnonzero(counts < 2)).size:
            names = ", ".join(f"{labeled.classes[k]} ({counts[k]})" for k in few)
            found.append(f"Fewer than two training pictures: {names}.")
        elif len(mine) and (none := np.flatnonzero(counts == 0)).size:
            names = ", ".join(labeled.classes[k] for k in none)
            found.append(f"No picture in {split}: {names}; it cannot be evaluated there.")
    if blank := int((seen.blank & used).sum()):
        found.append(f"{blank} pictures have one color all over; look at them.")
    return found


def _split(
    listing: Listing,
    labeled: Labeled,
    rows: NDArray[np.int64],
    cut: CropChoice,
) -> Split:
    return Split(
        labels=labeled.labels[rows],
        soft=None if labeled.soft is None else labeled.soft[rows],
        further={
            name: HeadLabels(classes, numbers[rows])
            for name, (classes, numbers) in labeled.further.items()
        },
        values={
            name: HeadValues(VALUES[name], values[rows]) for name, values in listing.values.items()
        },
        rows=rows,
        columns={
            name: tuple(cells[row] for row in rows) for name, cells in listing.columns.items()
        },
        _pictures=listing.pictures,
        _crop=cut.crop,
        _margin=cut.margin,
    )
