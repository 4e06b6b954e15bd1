"""Holds a film to its limits by what its frames are, whatever its header says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimika.apps.server.film_work import frame_work
from mimika.apps.server.job_errors import too_long, too_many_faces, too_much

if TYPE_CHECKING:
    from mimika.apps.server.options import Limits
    from mimika.apps.server.work_queue import Ticket, WorkQueue
    from mimika.pipeline.process import Progress


class FilmMeter:
    """What one film has had so far."""

    def __init__(self, limits: Limits, queue: WorkQueue, ticket: Ticket) -> None:
        """Begin before its first frame."""
        self._limits, self._queue, self._ticket = limits, queue, ticket
        self._faces = 0
        self._people: set[int] = set()

    def count(self, progress: Progress, size: tuple[int, int]) -> None:
        """Count a frame, of this width and height.

        Raises:
            InputError: the film is longer, larger or has more faces than are taken.
        """
        if progress.result.time_s > self._limits.video_s:
            raise too_long(self._limits.video_s)
        pixels = frame_work(*size)
        if self._queue.work_done(self._ticket, pixels) > self._limits.video_work:
            raise too_much()
        faces = progress.result.faces
        self._faces += len(faces)
        self._people.update(face.track_id for face in faces)
        if self._faces > self._limits.video_faces or len(self._people) > self._limits.video_people:
            raise too_many_faces()
