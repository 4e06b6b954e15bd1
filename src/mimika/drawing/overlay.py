"""What is drawn over a picture: a box and a plate for each face, bars, a header, a banner.

Sizes follow the picture, so that words are readable from 320x240 to 4K. Words are never mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2

from mimika.drawing import text
from mimika.labels.emotions import color, translate
from mimika.schema.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.results import Face, FrameResult

    Color = tuple[int, int, int]

BLACK: Color = (16, 16, 16)
WHITE: Color = (245, 245, 245)
SHADE = 0.62
SMALLEST_FONT = 12
FONT_SHARE = 0.036


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """How results are drawn.

    Attributes:
        language: "en" or "ru".
        bars: show the probabilities of all labels beside each face.
        mirror: turn the picture left to right first, as a mirror does.
    """

    language: str = "en"
    bars: bool = False
    mirror: bool = False

    def draw(
        self, image: NDArray[np.uint8], result: FrameResult, *, header: str = "", banner: str = ""
    ) -> NDArray[np.uint8]:
        """Draw a result over a copy of its picture.

        Args:
            image: (H, W, 3) uint8 BGR; left as it is.
            result: what was seen in it.
            header: one line for the upper left corner.
            banner: one line across the middle, such as what is waited for.

        Returns:
            (H, W, 3) uint8 BGR, a new array.
        """
        canvas = cv2.flip(image, 1) if self.mirror else image.copy()
        size = font_size(canvas)
        taken: list[Box] = []
        for face in result.faces:
            self._draw_face(canvas, face, size, taken, several=len(result.faces) > 1)
        if header:
            _plate(canvas, header, size // 2, size // 2, max(SMALLEST_FONT, round(size * 0.8)))
        if banner:
            draw_banner(canvas, banner)
        return canvas

    def _draw_face(
        self,
        canvas: NDArray[np.uint8],
        face: Face,
        size: int,
        taken: list[Box],
        *,
        several: bool,
    ) -> None:
        width = canvas.shape[1]
        box = face.box
        left = width - box.x - box.width if self.mirror else box.x
        x0, y0 = round(left), round(box.y)
        x1, y1 = round(left + box.width), round(box.y + box.height)
        main = _bgr(face.emotion)
        thick = max(2, size // 9)
        # A dark line outside keeps the box visible on a background of its own color.
        cv2.rectangle(canvas, (x0, y0), (x1, y1), BLACK, thick + 2, cv2.LINE_AA)
        cv2.rectangle(canvas, (x0, y0), (x1, y1), main, thick, cv2.LINE_AA)
        words = f"{translate(face.emotion, self.language)} {face.confidence:.0%}"
        if several:
            words = f"{face.track_id}  {words}"
        self._label(canvas, words, (x0, y0, y1), main, size, taken)
        if self.bars:
            _bars(canvas, face.probabilities, (x0, y0, x1, y1), size, self.language, taken)

    def _label(
        self,
        canvas: NDArray[np.uint8],
        words: str,
        at: tuple[int, int, int],
        main: Color,
        size: int,
        taken: list[Box],
    ) -> None:
        x, top, bottom = at
        pad = size // 3
        wide, high = text.measure(words, size)
        wide, high = wide + 2 * pad, high + pad
        height, width = canvas.shape[:2]
        x = min(max(x, 0), max(0, width - wide))
        # Above the box, else below it, else inside: the first place that is in the picture and
        # free of other plates.
        places = [top - high, bottom, max(0, top)]
        inside = [y for y in places if 0 <= y <= height - high] or [max(0, height - high)]
        free = [
            y for y in inside if not any(Box(x, y, wide, high).iou(other) > 0 for other in taken)
        ]
        y = (free or inside)[0]
        taken.append(Box(x, y, wide, high))
        cv2.rectangle(canvas, (x, y), (x + wide - 1, y + high - 1), main, cv2.FILLED)
        text.put(canvas, words, x + pad, y + pad // 2, size, _readable_on(main))


def font_size(image: NDArray[np.uint8]) -> int:
    """Font size in pixels that is readable on a picture (H, W, 3) shown whole."""
    return max(SMALLEST_FONT, round(min(image.shape[:2]) * FONT_SHARE))


def draw_banner(canvas: NDArray[np.uint8], words: str) -> None:
    """Draw a line of words across the middle of (H, W, 3) uint8 BGR, in place."""
    height, width = canvas.shape[:2]
    size = font_size(canvas)
    while size > SMALLEST_FONT and text.measure(words, size)[0] > width * 0.94:
        size -= 1
    wide, high = text.measure(words, size)
    top = (height - 2 * high) // 2
    _shade(canvas, 0, top, width, 2 * high)
    text.put(canvas, words, (width - wide) // 2, top + high // 2, size, WHITE)


def draw_lines(canvas: NDArray[np.uint8], lines: list[tuple[str, str]]) -> None:
    """Draw a two-column list (such as keys and what they do) in the middle, in place."""
    height, width = canvas.shape[:2]
    size = font_size(canvas)
    while True:
        columns = [max(text.measure(line[i], size)[0] for line in lines) for i in (0, 1)]
        row = round(size * 1.7)
        wide, high = sum(columns) + 4 * size, row * len(lines) + 2 * size
        if size <= SMALLEST_FONT or (wide <= width and high <= height):
            break
        size -= 1
    left, top = max(0, (width - wide) // 2), max(0, (height - high) // 2)
    _shade(canvas, left, top, wide, high, keep=0.22)
    for i, (key, what) in enumerate(lines):
        y = top + size + i * row
        text.put(canvas, key, left + size, y, size, _bgr("happy"))
        text.put(canvas, what, left + 2 * size + columns[0], y, size, WHITE)


def _plate(canvas: NDArray[np.uint8], words: str, x: int, y: int, size: int) -> None:
    wide, high = text.measure(words, size)
    pad = size // 3
    _shade(canvas, x, y, wide + 2 * pad, high + pad)
    text.put(canvas, words, x + pad, y + pad // 2, size, WHITE)


def _bars(
    canvas: NDArray[np.uint8],
    probabilities: Mapping[str, float],
    box: tuple[int, int, int, int],
    size: int,
    language: str,
    taken: list[Box],
) -> None:
    height, width = canvas.shape[:2]
    x0, y0, x1, y1 = box
    size = max(SMALLEST_FONT, round(size * 0.72))
    # Many labels or a small picture: the panel must fit.
    while size > 7 and (len(probabilities) * round(size * 1.45) + size) > height:
        size -= 1
    names = {label: translate(label, language) for label in probabilities}
    row, gap = round(size * 1.45), size // 2
    name_wide = max(text.measure(name, size)[0] for name in names.values())
    bar_wide, number_wide = size * 5, text.measure("100%", size)[0]
    wide = name_wide + bar_wide + number_wide + 4 * gap
    high = row * len(names) + gap
    # Right of the face or left of it, below or above: the first place that covers nothing else.
    level = min(max(y0, 0), max(0, height - high))
    places = [
        (x1 + gap, level),
        (x0 - gap - wide, level),
        (x0, y1 + gap),
        (x0, y0 - gap - high),
    ]
    places = [(x, y) for x, y in places if 0 <= x <= width - wide and 0 <= y <= height - high] or [
        (max(0, width - wide) if x0 + x1 < width else 0, level)
    ]
    left, top = min(
        places, key=lambda at: sum(Box(at[0], at[1], wide, high).iou(other) for other in taken)
    )
    taken.append(Box(left, top, wide, high))
    _shade(canvas, left, top, wide, high)
    for i, (label, share) in enumerate(probabilities.items()):
        y = top + gap // 2 + i * row
        text.put(canvas, names[label], left + gap, y, size, WHITE)
        bar = left + name_wide + 2 * gap
        middle = y + row // 2 - size // 12
        thick = max(2, size // 2)
        ends = [(bar, middle - thick // 2), (bar + bar_wide, middle + (thick + 1) // 2)]
        cv2.rectangle(canvas, ends[0], ends[1], (90, 90, 90), cv2.FILLED)
        filled = (bar + round(bar_wide * min(max(share, 0.0), 1.0)), ends[1][1])
        if filled[0] > bar:
            cv2.rectangle(canvas, ends[0], filled, _bgr(label), cv2.FILLED)
        text.put(canvas, f"{share:.0%}", bar + bar_wide + gap, y, size, WHITE)


def _shade(
    canvas: NDArray[np.uint8], x: int, y: int, width: int, height: int, keep: float = 1 - SHADE
) -> None:
    part = canvas[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
    if part.size:
        part[:] = cv2.convertScaleAbs(part, alpha=keep)


def _bgr(label: str) -> Color:
    red, green, blue = color(label)
    return blue, green, red


def _readable_on(background: Color) -> Color:
    blue, green, red = background
    return BLACK if 0.114 * blue + 0.587 * green + 0.299 * red > 128 else WHITE
