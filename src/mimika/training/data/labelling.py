"""From labels as a data set writes them to class numbers.

Protocols of FER2013 and FER+:
    fer2013: the original seven labels (Goodfellow et al. 2013, arXiv 1307.0414).
    nine: FER+ votes (Barsoum et al. 2016, arXiv 1608.01041); a vote that one annotator alone gave
        counts as noise; "unknown" is the class "uncertain"; the class is the one with most votes.
    ferplus-8: the same clean-up; kept are faces where one of the eight emotions has more than half
        of the votes that are left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError, UsageError
from mimika.labels.emotions import EMOTIONS, UNCERTAIN, canonical
from mimika.labels.vocabularies import FER2013, FERPLUS
from mimika.training.data.listing import DataProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.training.data.listing import Listing

PROTOCOLS: dict[str, tuple[str, ...]] = {
    "nine": EMOTIONS,
    "ferplus-8": tuple(sorted(FERPLUS.labels)),
    "fer2013": tuple(sorted(FER2013.labels)),
}
"""Protocol to its classes, alphabetical."""

VOTED = (*FERPLUS.labels, UNCERTAIN)
"""The first nine columns of FER+'s votes; the tenth is "not a face"."""

NOISE = 1
"""Votes up to this number are noise."""


@dataclass(slots=True)
class Labeled:
    """Class numbers of N pictures.

    Attributes:
        classes: K names, alphabetical.
        labels: (N,) int64; -1 where a picture is left out.
        soft: (N, K) float32 shares of the votes, rows summing to 1 where `labels` is not -1.
        further: name to (classes, (N,) int64 with -1 for none).
        fixed: the classes are a protocol's, whether they occur or not.
        problems: labels that are not known.
        notes: a sentence for each thing that was left out.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    soft: NDArray[np.float32] | None = None
    further: dict[str, tuple[tuple[str, ...], NDArray[np.int64]]] = field(default_factory=dict)
    fixed: bool = False
    problems: list[DataProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def label_faces(listing: Listing, labels: str) -> Labeled:
    """Give every picture its class number.

    Args:
        listing: the data set.
        labels: "auto" (nine where there are votes, else the data set's own), a protocol, or "own".

    Raises:
        UsageError: there is no such labeling.
        InputError: the data set has no such labels.
    """
    if labels not in {"auto", "own", *PROTOCOLS}:
        raise UsageError(
            f"There is no labeling {labels!r}: choose auto, own, {', '.join(PROTOCOLS)}."
        )
    if listing.votes is not None and labels in {"auto", "nine", "ferplus-8"}:
        return _by_votes(listing, "nine" if labels == "auto" else labels)
    if labels in PROTOCOLS:
        if listing.layout == "fer2013.csv" and labels != "fer2013":
            raise InputError(
                f"{labels} needs the votes of FER+: put fer2013new.csv beside fer2013.csv, or use "
                "fer2013."
            )
        return _by_protocol(listing, labels)
    return _by_name(listing, own=labels == "own")


def clean_votes(votes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drop votes of one annotator alone; (N, 10) to (N, 10)."""
    return np.where(votes <= NOISE, 0, votes)


def vote_labels(votes: NDArray[np.int64], protocol: str) -> NDArray[np.int64]:
    """Apply a protocol to FER+ votes.

    Args:
        votes: (N, 10): `VOTED`, then "not a face".
        protocol: nine or ferplus-8.

    Returns:
        (N,) numbers in `PROTOCOLS[protocol]`; -1 where the protocol leaves the face out. Of equal
        votes the first in FER+'s own order counts.
    """
    cleaned = clean_votes(votes)
    top = cleaned.argmax(1)
    number = np.array(
        [PROTOCOLS[protocol].index(n) if n in PROTOCOLS[protocol] else -1 for n in VOTED] + [-1]
    )
    result = number[top]
    if protocol == "ferplus-8":
        result[2 * cleaned.max(1) <= cleaned.sum(1)] = -1
    result[cleaned.sum(1) == 0] = -1
    return result.astype(np.int64)


def _by_votes(listing: Listing, protocol: str) -> Labeled:
    assert listing.votes is not None
    classes = PROTOCOLS[protocol]
    labels = vote_labels(listing.votes, protocol)
    columns = [VOTED.index(name) for name in classes]
    soft = clean_votes(listing.votes)[:, columns].astype(np.float32)
    soft /= np.maximum(soft.sum(1, keepdims=True), 1)
    result = Labeled(classes, labels, soft, fixed=True)
    if listing.fer2013 is not None:
        known = PROTOCOLS["fer2013"]
        result.further["fer2013"] = (known, _numbers(listing.fer2013, known))
    if left := int((labels < 0).sum()):
        result.notes.append(
            f"{left} pictures have no label under {protocol}: the annotators disagree, or see no "
            "face."
        )
    return result


def _by_protocol(listing: Listing, protocol: str) -> Labeled:
    """A vocabulary over plain labels: other emotions are left out, other words are problems."""
    classes = PROTOCOLS[protocol]
    written = listing.labels if listing.fer2013 is None else listing.fer2013
    labels = _numbers(written, classes)
    result = Labeled(classes, labels, fixed=True)
    if listing.fer2013 is None:
        _name_unknown(result, listing, protocol)
    if left := int((labels < 0).sum()) - len(result.problems):
        result.notes.append(f"{left} pictures show none of the emotions of {protocol}.")
    return result


def _by_name(listing: Listing, *, own: bool) -> Labeled:
    written = listing.labels
    if listing.votes is not None and listing.fer2013 is not None:
        written = listing.fer2013
    if listing.layout == "fer2013.csv":
        own = False
    words = sorted({_tidy(word) for word in written} - {""})
    known = [word for word in words if canonical(word)]
    if not own and known:
        classes = tuple(sorted({str(canonical(word)) for word in known}))
        result = Labeled(classes, _numbers(written, classes))
        if len(known) < len(words):
            _name_unknown(result, listing, "the nine emotions")
        return result
    # One spelling for all: the first in the alphabet.
    spelling: dict[str, str] = {}
    for word in words:
        spelling.setdefault(word.casefold(), word)
    classes = tuple(sorted(spelling.values()))
    number = {key: classes.index(word) for key, word in spelling.items()}
    labels = [number.get(_tidy(word).casefold(), -1) for word in written]
    return Labeled(classes, np.array(labels, np.int64))


def _name_unknown(result: Labeled, listing: Listing, known: str) -> None:
    for index, word in enumerate(listing.labels):
        if word and not canonical(word):
            result.problems.append(
                DataProblem(
                    "label", listing.pictures.name(index), f"{word!r} is not one of {known}"
                )
            )


def _numbers(words: Sequence[str], classes: tuple[str, ...]) -> NDArray[np.int64]:
    number = {
        word: classes.index(name) if (name := canonical(word)) in classes else -1
        for word in set(words)
    }
    return np.array([number[word] for word in words], np.int64)


def _tidy(word: str) -> str:
    return " ".join(word.split())
