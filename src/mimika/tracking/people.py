"""From tracks to people: who looks away for some seconds and comes back keeps the number.

A face that a tracker has lost gets a new track when it returns. Here it is compared with the people
who are away, by place, size and appearance (`mimika.tracking.appearance`), and gets the number of
the one that it resembles. Nothing is kept longer than `AWAY_S`, and nothing is stored.
`python scripts/measure_people.py` prints how alike the same and different people look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mimika.tracking.appearance import Appearance, mean_difference, samples_across

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mimika.detection import Detection, Detections
    from mimika.schema.geometry import Box
    from mimika.tracking.tracker import Track

AWAY_S = 60.0
"""How long somebody who is not seen is remembered, where the number of people is not given."""

SIMILAR = 0.6
"""Largest difference in appearance of one person who returns to the same place."""

VERY_SIMILAR = 0.5
"""The same for one who returns elsewhere."""

NEAR = 1.5
"""How far the same place reaches, in lengths of the face's side."""

RESIZED = 1.8
"""Most that a face's side may have grown or shrunk for it to count as the same place."""

LOOK_EVERY_S = 1.0
LOOKS = 16
NEW_LOOK = 0.1
"""How often a person is looked at, how many looks are kept, from which difference one is new."""

GLANCE = 12
CHANGED = 30.0
"""Mean difference of 12x12 pixels of a face between two frames, on the scale 0 to 255, from which
the film may have been cut to somebody else in the same place."""

MUCH_LARGER = 1.5
"""Times the area that a face needs to take the place of one of at most so many people."""


@dataclass(eq=False, slots=True)
class Person:
    """One person of a stream.

    Attributes:
        number: from 1, never used again.
        track_id: of the track that shows the person, or did last.
        box: where the person was last seen.
        seen_s: when that was, in seconds.
        looked_s: when the appearance was last looked at.
        looks: different appearances, the oldest first.
        glance: some pixels of the last frame that showed the person.
    """

    number: int
    track_id: int
    box: Box
    seen_s: float
    looked_s: float
    looks: list[Appearance] = field(default_factory=list)
    glance: NDArray[np.uint8] | None = None

    def add(self, look: Appearance, time_s: float) -> None:
        """Remember how the person looks now."""
        self.looked_s = time_s
        if self.difference(look) > NEW_LOOK:
            self.looks = [*self.looks[1 - LOOKS :], look]

    def difference(self, look: Appearance) -> float:
        """How much a face differs from how the person looked, from 0."""
        return min((known.difference(look) for known in self.looks), default=float("inf"))

    def is_cut(self, image: NDArray[np.uint8], box: Box) -> bool:
        """Whether the face on the person's track is suddenly somebody else's."""
        before, self.glance = self.glance, samples_across(image, box, GLANCE)
        if before is None or mean_difference(before, self.glance) < CHANGED:
            return False
        look = Appearance.of(image, box)
        return all(look.is_other(known) for known in self.looks)

    def was_at(self, box: Box) -> bool:
        """Whether a face is near where the person was, and about as large."""
        size, other = max(self.box.width, self.box.height), max(box.width, box.height)
        (x0, y0), (x1, y1) = self.box.center, box.center
        larger, distance = max(size, other), ((x0 - x1) ** 2 + (y0 - y1) ** 2) ** 0.5
        return distance <= NEAR * larger and larger <= RESIZED * min(size, other)


class People:
    """Numbers the people of one stream; not thread-safe."""

    def __init__(self, most: int = 0) -> None:
        """Begin.

        Args:
            most: how many people there are at most, 0 where that is not known. Then somebody who is
                away is remembered for `AWAY_S`. Else for good: once so many are known, a face that
                resembles nobody is taken for the one whom it resembles most, and while all are in
                sight further faces are left out.
        """
        self._most = most
        self._people: list[Person] = []
        self._last_number = 0

    def reset(self) -> None:
        """Forget everybody, as before a new film; people of a given number are kept."""
        if self._most:
            for person in self._people:
                person.track_id = 0
        else:
            self._people = []

    def update(
        self,
        image: NDArray[np.uint8],
        found: Detections,
        tracks: Sequence[Track],
        time_s: float,
    ) -> dict[int, int]:
        """Take in a frame's faces.

        Args:
            image: (H, W, 3) uint8 BGR.
            found: the frame's detections.
            tracks: the confirmed faces that are there, made from them.
            time_s: the frame's time in seconds.

        Returns:
            The number of each track that is wanted, by its `track_id`.
        """
        self._forget(time_s)
        seen = {t.track_id: found[t.detection] for t in tracks if t.detection is not None}
        shown = {person.track_id: person for person in self._people}
        followed = {
            track_id
            for track_id, person in shown.items()
            if track_id in seen and self._follow(person, seen[track_id], image, time_s)
        }
        new = [track_id for track_id in seen if track_id not in followed]
        if self._most:
            new.sort(key=lambda track_id: -_weight(seen[track_id]))
        for track_id in new:
            self._place(track_id, image, seen, time_s)
        wanted = {track.track_id for track in tracks}
        return {p.track_id: p.number for p in self._people if p.track_id in wanted}

    @property
    def track_ids(self) -> frozenset[int]:
        """Of the tracks that show people, or did last."""
        return frozenset(person.track_id for person in self._people)

    def _forget(self, time_s: float) -> None:
        if not self._most:
            self._people = [p for p in self._people if 0 <= time_s - p.seen_s <= AWAY_S]

    @staticmethod
    def _follow(person: Person, face: Detection, image: NDArray[np.uint8], time_s: float) -> bool:
        """Take in the next frame of a person's track; False where it is another person's now."""
        box = face.box
        if person.is_cut(image, box):
            person.track_id, person.glance = 0, None
            return False
        person.box, person.seen_s = box, time_s
        if not 0 <= time_s - person.looked_s < LOOK_EVERY_S:
            person.add(Appearance.of(image, box), time_s)
        return True

    def _place(
        self, track_id: int, image: NDArray[np.uint8], seen: Mapping[int, Detection], time_s: float
    ) -> None:
        """Find out whose face a new track shows."""
        box, look = seen[track_id].box, Appearance.of(image, seen[track_id].box)
        away = [person for person in self._people if person.track_id not in seen]
        ranked = sorted((p.difference(look) / _limit(p, box), i) for i, p in enumerate(away))
        full = bool(self._most) and len(self._people) >= self._most
        person = None
        if ranked and (ranked[0][0] <= 1 or full):
            person = away[ranked[0][1]]
        elif not full:
            self._last_number += 1
            person = Person(self._last_number, 0, box, time_s, time_s)
            self._people.append(person)
        elif (least := min(self._people, key=lambda p: p.box.area)).box.area * MUCH_LARGER < (
            _weight(seen[track_id])
        ):
            # It was something else: the main face is the larger one.
            person = least
            person.looks = []
        if person is not None:
            person.track_id, person.box, person.seen_s = track_id, box, time_s
            person.glance = None
            person.add(look, time_s)


def _weight(face: Detection) -> float:
    return face.box.area * face.score


def _limit(person: Person, box: Box) -> float:
    return SIMILAR if person.was_at(box) else VERY_SIMILAR
