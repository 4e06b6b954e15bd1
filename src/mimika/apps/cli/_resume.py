"""Going on with an interrupted run: what it saw is taken from its table, and the rest is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mimika.apps.cli._partial import note_of, read_note
from mimika.base.errors import UsageError
from mimika.base.files import remove
from mimika.schema.results import FrameResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mimika.pipeline.recognizer import Recognizer
    from mimika.sources.frame import Frame

# So long before the break the recognizer looks again, to know the faces and their past.
WARM_S = 2.0
SAME_FACE = 0.3
"""Least overlap (intersection over union) by which a face is the one that it was before."""


class ResumedRecognizer:
    """Gives what an earlier run saw, as far as that went, and recognizes the rest.

    Faces keep the numbers that they had at the break; new ones get numbers that were not used.

    Attributes:
        frames: how many frames were done.
        schema: which fields the results have.
    """

    def __init__(self, recognizer: Recognizer, known: Iterable[FrameResult], frames: int) -> None:
        """Take in what was seen.

        Args:
            recognizer: sees the rest.
            known: the earlier run's results.
            frames: how many frames it did, those without a face too.
        """
        self.frames, self.schema = frames, recognizer.schema
        self._recognizer = recognizer
        self._known = {result.frame_index: result for result in known}
        self._until = max(self._known, default=-1)
        self._ends_s = self._known[self._until].time_s if self._known else 0.0
        numbers = (face.track_id for result in self._known.values() for face in result.faces)
        self._used = max(numbers, default=0)
        self._number_of: dict[int, int] = {}
        self._done = 0

    def __call__(self, frame: Frame) -> FrameResult:
        """Give the result of the next frame."""
        self._done += 1
        # The last frame may have reached some of the files and not the others: it is seen again.
        if self._done >= self.frames:
            return self._renumbered(self._recognizer(frame))
        height, width = frame.image.shape[:2]
        nothing = FrameResult(frame.time_s, frame.index, width, height)
        known = self._known.get(frame.index, nothing)
        if frame.time_s >= self._ends_s - WARM_S:
            self._compare(self._recognizer(frame), known)
        return known

    def _compare(self, seen: FrameResult, known: FrameResult) -> None:
        """Find which number of the earlier run a face has that is seen again."""
        for face in seen.faces:
            near = max(known.faces, key=lambda other: face.box.iou(other.box), default=None)
            if near is not None and face.box.iou(near.box) >= SAME_FACE:
                self._number_of[face.track_id] = near.track_id

    def _renumbered(self, result: FrameResult) -> FrameResult:
        faces = []
        for face in result.faces:
            if face.track_id not in self._number_of:
                self._used += 1
                self._number_of[face.track_id] = self._used
            faces.append(replace(face, track_id=self._number_of[face.track_id]))
        return replace(result, faces=tuple(faces))


class Resumed:
    """What an interrupted run of one film has left.

    The files are written anew, under names of their own, and take the place of the old ones when
    they go at least as far.

    Attributes:
        whole: every file is there and complete: nothing is left to do.
        frames: how many frames were done; 0 where nothing was left.
    """

    def __init__(self, title: str, files: Mapping[str, Path], options: str = "") -> None:
        """Look at the files.

        Args:
            title: the film.
            files: option to file.
            options: that decide what is seen, see `options_of`.

        Raises:
            UsageError: there are no files, or they belong to another film or were begun with other
                options, or have no table.
        """
        from mimika.timeline.read import READERS

        if not files:
            raise UsageError(
                "--resume goes on with files: name them as before, such as with --csv."
            )
        self._files = files
        notes = {option: read_note(path) for option, path in files.items()}
        there = [path.exists() for path in files.values()]
        self.whole = all(there) and not any(notes.values())
        partial = [note for note in notes.values() if note is not None]
        self.frames = min((note.frames for note in partial), default=0)
        if any(note.source != title for note in partial):
            raise UsageError(
                f"{next(iter(files.values()))} holds a part of {partial[0].source}, and this is "
                f"{title}: name the same film again, or leave out --resume."
            )
        if other := [note for note in partial if note.options != options]:
            raise UsageError(
                f"{next(iter(files.values()))} was begun with {other[0].options or 'no options'}, "
                f"and this is with {options or 'none'}: give the same, or leave out --resume."
            )
        tables = [files[option] for option in READERS if notes.get(option)]
        self._table = tables[0] if tables else None
        if self.frames and self._table is None:
            raise UsageError(
                "--resume reads what was done from a table (--csv, --jsonl or --parquet), and the "
                "interrupted run wrote none: start again with --overwrite."
            )

    @property
    def targets(self) -> dict[str, Path]:
        """Where the files are written meanwhile."""
        return {
            option: path.with_name(f".resumed.{path.name}") for option, path in self._files.items()
        }

    def recognizer(self, recognizer: Recognizer) -> ResumedRecognizer:
        """Return what goes on.

        Raises:
            InputError: the table is broken.
        """
        from mimika.timeline.read import read_results

        assert self._table is not None  # the constructor refuses
        return ResumedRecognizer(recognizer, read_results(self._table), self.frames)

    def finish(self, frames: int) -> None:
        """Let the new files take the old ones' place, unless those go further."""
        for path, new in zip(self._files.values(), self.targets.values(), strict=True):
            if frames >= self.frames and new.exists():
                new.replace(path)
                remove(note_of(path))
            remove(new)
