"""What changed in a stream's frames, and so where to look next for faces not known yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mimika.tracking.appearance import mean_difference
from mimika.tracking.tiles import tiles_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mimika.schema.geometry import Box
    from mimika.tracking.tiles import Tile

WHOLE_EVERY_S = 0.15
"""How often the whole smallest copy is looked at while it changes."""

WHOLE_UNCHANGED_S = 0.5
"""How often it is looked at where nothing changed beside the known faces."""

TILES_A_SECOND = 18.0
"""How many tiles are looked at, at any frame rate: one in two of three frames of a camera."""

MOST_AT_ONCE = 0.5
"""Seconds of which a frame makes up for, where frames come slowly."""

MOST_SAVED = 2.0
"""Tiles that are put off to later frames, at most."""

NEW_SCENE_FRAMES = 5
"""In how many frames all tiles of a new scene are looked at."""

UNCHANGED_PERIODS = (2.0, 12.0, 24.0)
"""Periods after which a tile is looked at that has not changed since the first look, the second …:
with other noise it may show a small face that the last look missed."""

SAMPLES = 160
"""Pixels of a frame's longer side that are compared to see what changed."""

CHANGED = 24
"""Difference of a sample, of 255, from which it has changed: more than a camera's noise."""

CUT = 40.0
"""Mean difference of the samples of two frames from which the later one is a new scene."""

FLAT = 3.0
"""Standard deviation of the samples of a tile up to which there is nothing to see in it."""

EDGE_WEIGHT = 1.5
"""How much sooner a tile at the frame's edge is looked at: people come in there."""


class FrameScan:
    """Says when the whole smallest copy of a stream's frames is to be looked at, and which tiles.

    What has not changed since it was looked at shows what it showed, so it waits longer. Changes
    around the known faces do not count: there is a look at them anyway. The tiles of the larger
    copies (`tiles.tiles_of`) take turns, the one first that has waited longest for its period. A
    new scene is looked at in all tiles within `NEW_SCENE_FRAMES` frames. It serves one stream.
    """

    def __init__(self, sides: Sequence[int]) -> None:
        """Begin.

        Args:
            sides: longer sides of the copies that are looked at in tiles, in pixels, rising.
        """
        self._sides = tuple(sides)
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._samples = self._whole = np.empty((0, 0), np.uint8)
        self._others = np.empty((0, 0), np.uint8)
        self._shape: tuple[int, ...] = ()
        self._tiles: tuple[Tile, ...] = ()
        self._time_s = self._whole_s = math.inf
        self._credit, self._most = 0.0, 1
        self._burst = 0

    def begin(self, image: NDArray[np.uint8], time_s: float) -> bool:
        """Take in the next frame.

        Args:
            image: (H, W, 3) uint8 BGR.
            time_s: its time in seconds.

        Returns:
            Whether it begins a new scene.
        """
        self._step = max(1, max(image.shape[:2]) // SAMPLES)
        samples = np.ascontiguousarray(image[:: self._step, :: self._step, 1])
        passed_s = time_s - self._time_s
        new = image.shape != self._shape or passed_s < 0
        # A stream of slow frames changes as much within a scene as others do at a cut.
        if not new and passed_s < MOST_AT_ONCE:
            new = mean_difference(samples, self._samples) > CUT
        if new:
            self._begin_scene(image, samples)
        else:
            # Hardly more than this frame's share is saved up, so that frames take the same time.
            share = min(passed_s, MOST_AT_ONCE) * TILES_A_SECOND
            self._credit = min(self._credit + share, max(MOST_SAVED, share))
            self._most = max(1, round(share))
        self._samples, self._time_s = samples, time_s
        return bool(new)

    def know(self, places: Iterable[Box]) -> None:
        """Take in which parts of this frame are looked at anyway, around the known faces."""
        self._others = np.full(self._samples.shape, 255, np.uint8)
        for place in places:
            self._others[_within(place, self._step)] = 0

    def whole_is_due(self, *, sooner: bool = False) -> bool:
        """Whether the whole smallest copy is to be looked at in this frame.

        Args:
            sooner: as if something had changed.
        """
        passed_s = self._time_s - self._whole_s
        if not 0 <= passed_s < WHOLE_UNCHANGED_S:
            return True
        return passed_s >= WHOLE_EVERY_S and (sooner or self._has_changed(self._whole, ...))

    @property
    def whole_changed(self) -> bool:
        """Whether the whole smallest copy is due because something changed."""
        return self._time_s - self._whole_s < WHOLE_UNCHANGED_S

    def saw_whole(self) -> None:
        """Know that this frame's whole smallest copy was looked at."""
        self._whole, self._whole_s = self._samples, self._time_s

    def tiles(self, *, beside: float = 0) -> list[Tile]:
        """The tiles to look at in this frame.

        Args:
            beside: what else the frame is looked at for, in tiles; they wait a little for a frame
                with less.
        """
        if self._burst:
            count, self._burst = -(-len(self._tiles) // NEW_SCENE_FRAMES), self._burst - 1
            waiting = np.flatnonzero(np.isinf(self._looked_s)).tolist()[:count]
            return [self._look(index) for index in waiting]
        found: list[Tile] = []
        least = min(1 + beside / 4, MOST_SAVED)
        while (
            len(found) < self._most
            and self._credit >= least
            and (index := self._next()) is not None
        ):
            self._credit -= 1
            found.append(self._look(index))
        return found

    def hurry(self, place: Box) -> None:
        """Look soon at the tiles around a place, where a face was lost."""
        x, y = place.center
        for index, tile in enumerate(self._tiles):
            box = tile.box
            if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height:
                self._looked_s[index] = self._checked_s[index] = -math.inf
                self._looks[index] = 0

    def _begin_scene(self, image: NDArray[np.uint8], samples: NDArray[np.uint8]) -> None:
        height, width = image.shape[:2]
        self._shape, self._whole_s = image.shape, math.inf
        self._tiles = tiles_of(width, height, self._sides)
        self._seen = [samples] * len(self._tiles)
        self._parts = [_within(tile.box, self._step) for tile in self._tiles]
        self._looked_s = np.full(len(self._tiles), -math.inf)
        self._checked_s = self._looked_s.copy()
        self._looks = np.zeros(len(self._tiles), int)
        at_edge = [any(t.open_sides) and not all(t.open_sides) for t in self._tiles]
        weights = np.where(at_edge, EDGE_WEIGHT, 1.0)
        self._periods_s = np.array([tile.period_s for tile in self._tiles]) / weights
        self._burst, self._credit = NEW_SCENE_FRAMES, 0.0

    def _look(self, index: int) -> Tile:
        self._looked_s[index] = self._checked_s[index] = self._time_s
        self._seen[index] = self._samples
        self._looks[index] += 1
        return self._tiles[index]

    def _next(self) -> int | None:
        """The tile that has waited longest for its period and may show something new, if any."""
        while len(self._tiles):
            waited = (self._time_s - self._checked_s) / self._periods_s
            index = int(waited.argmax())
            if waited[index] < 1:
                return None
            if self._may_show_new(index):
                return index
            self._checked_s[index] = self._time_s
        return None

    def _may_show_new(self, index: int) -> bool:
        part = self._parts[index]
        if self._has_changed(self._seen[index], part):
            self._looks[index] = 0
        else:
            looks = min(max(1, int(self._looks[index])), len(UNCHANGED_PERIODS))
            wait_s = UNCHANGED_PERIODS[looks - 1] * self._periods_s[index]
            if self._time_s - self._looked_s[index] < wait_s:
                return False
        return bool(cv2.meanStdDev(self._samples[part])[1][0, 0] > FLAT)

    def _has_changed(self, before: NDArray[np.uint8], part: Any) -> bool:
        """Whether a part of the frame, beside the known faces, is not as it was."""
        difference = cv2.absdiff(self._samples[part], before[part])
        changed = cv2.compare(difference, CHANGED, cv2.CMP_GT)
        return cv2.countNonZero(cv2.bitwise_and(changed, self._others[part])) > 0


def _within(box: Box, step: int) -> tuple[slice, slice]:
    """The samples of a box."""
    (left, right), (top, bottom) = (
        (max(0, math.floor(begin / step)), max(0, math.ceil((begin + length) / step)))
        for begin, length in ((box.x, box.width), (box.y, box.height))
    )
    return slice(top, bottom), slice(left, right)
