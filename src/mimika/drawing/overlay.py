"""What is drawn over a picture: a box and a plate for each face, bars, a header, a banner.

Sizes follow the picture, so that words are readable from 320x240 to 4K. Words are never mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mimika.drawing import text
from mimika.drawing.bars import Panel
from mimika.drawing.layout import Layout
from mimika.drawing.paint import BLACK, WHITE, bgr, readable_on, shade
from mimika.drawing.values import draw_landmarks, draw_mesh, draw_values
from mimika.labels.emotions import translate
from mimika.schema.geometry import Box, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mimika.schema.results import Face, FrameResult

SMALLEST_FONT = 12
FONT_SHARE = 0.036

MIRRORED = np.array([-1, 1, 1], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """How results are drawn.

    Labels and bars lie inside the picture and never over one another: a label that finds no room
    is drawn smaller, and bars that find none are left out, but for the chosen or the largest face.

    Attributes:
        language: "en" or "ru".
        bars: show the probabilities of all labels beside each face; the label that is held has a
            mark where another is likelier by now.
        chosen: number of the only face whose bars are shown, whatever `bars` says; 0 for none.
        values: show what else is known of each face: its landmarks, valence and arousal, a model's
            own numbers. What is derived from the probabilities is called derived.
        mesh: show the points of each face's mesh, where there is one (`--mesh`).
        mirror: turn the picture left to right first, as a mirror does.
    """

    language: str = "en"
    bars: bool = False
    chosen: int = 0
    values: bool = False
    mesh: bool = True
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
        return self.draw_parts(image, result, header=header, banner=banner)[0]

    def draw_parts(
        self, image: NDArray[np.uint8], result: FrameResult, *, header: str = "", banner: str = ""
    ) -> tuple[NDArray[np.uint8], list[Box]]:
        """As `draw`, and where something was drawn: all pixels outside of these boxes are the same.

        Args:
            image: (H, W, 3) uint8 BGR; left as it is.
            result: what was seen in it.
            header: one line for the upper left corner.
            banner: one line across the middle.
        """
        canvas = cv2.flip(image, 1) if self.mirror else image.copy()
        height, width = canvas.shape[:2]
        size = font_size(canvas)
        layout = Layout(width, height)
        faces = [self._as_shown(face, width) for face in result.faces]
        faces.sort(key=lambda face: -face.box.area)
        dotted = [draw_mesh(canvas, face, max(1, size // 14)) for face in faces if self.mesh]
        for face in faces:
            _draw_box(canvas, face, max(2, size // 9))
        if header:
            layout.take(_draw_header(canvas, header, size))
        for face in faces:
            others = [other.box for other in faces if other is not face]
            self._draw_label(canvas, layout, face, size, others)
        wanted = [face for face in faces if face.track_id == self.chosen]
        if self.bars or wanted:
            self._draw_bars(canvas, layout, wanted or faces, faces, size)
        if self.values:
            for face in faces:
                draw_landmarks(canvas, face, max(2, size // 8))
                small = max(SMALLEST_FONT, round(size * 0.72))
                draw_values(canvas, layout, face, small, self.language)
        if banner:
            draw_banner(canvas, banner)
        if self.mirror or banner:
            return canvas, [Box(0, 0, width, height)]
        edge = max(2, size // 8) + 3
        parts = [side for face in faces for side in _sides(face.box, edge)]
        for x, y in (point for face in faces for point in face.landmarks.values()):
            parts.append(Box(x - edge, y - edge, 2 * edge, 2 * edge))
        return canvas, [*parts, *(box for box in dotted if box), *layout.taken]

    def _as_shown(self, face: Face, width: int) -> Face:
        """The face where it is drawn."""
        if not self.mirror:
            return face
        box, landmarks = face.box, {k: Point(width - x, y) for k, (x, y) in face.landmarks.items()}
        return replace(
            face,
            box=Box(width - box.x - box.width, box.y, box.width, box.height),
            values={**face.values, "landmarks": landmarks},
            mesh=None if face.mesh is None else face.mesh * MIRRORED + (width, 0, 0),
        )

    def _draw_label(
        self,
        canvas: NDArray[np.uint8],
        layout: Layout,
        face: Face,
        size: int,
        others: Sequence[Box],
    ) -> None:
        emotion = translate(face.emotion, self.language)
        wordings = [f"{emotion} {face.confidence:.0%}"]
        if others:
            wordings = [f"{face.track_id}  {wordings[0]}", f"{face.track_id}  {emotion}"]
        steps = {size, round(size * 0.75), SMALLEST_FONT, 9, 7}
        fonts = sorted((font for font in steps if font <= size), reverse=True)
        # Small and short before it covers another face; and over faces it is not large.
        tries: list[tuple[str, int, Sequence[Box] | None]] = [
            (words, font, others) for words in wordings for font in fonts
        ]
        tries += [(wordings[0], font, None) for font in fonts[len(fonts) > 1 :]]
        for words, font, free in tries:
            if self._put_label(canvas, layout, face, words, font, free):
                return

    def _put_label(
        self,
        canvas: NDArray[np.uint8],
        layout: Layout,
        face: Face,
        words: str,
        font: int,
        others: Sequence[Box] | None,
    ) -> bool:
        """Draw a label where there is room for it; False where there is none.

        Args:
            canvas: (H, W, 3) uint8 BGR, changed in place.
            layout: what is taken.
            face: whose label.
            words: what it says.
            font: size in pixels.
            others: faces that it must not cover; None for anywhere in the picture.
        """
        top, bottom = round(face.box.y), round(face.box.y + face.box.height)
        pad = font // 3
        wide, high = text.measure(words, font)
        wide, high = wide + 2 * pad, high + pad
        x = layout.inside(round(face.box.x), wide)
        # Above the box, else below it, else inside, else the nearest room that there is.
        wished = [(x, top - high), (x, bottom), (x, max(0, top))]
        place = layout.find(wide, high, wished, others or ())
        if place is None and others is None:
            place = layout.find_near(wide, high, (x, max(0, top - high)))
        if place is None:
            return False
        x, y = round(place.x), round(place.y)
        main = bgr(face.emotion)
        cv2.rectangle(canvas, (x, y), (x + wide - 1, y + high - 1), main, cv2.FILLED)
        text.put(canvas, words, x + pad, y + pad // 2, font, readable_on(main))
        return True

    def _draw_bars(
        self,
        canvas: NDArray[np.uint8],
        layout: Layout,
        faces: Sequence[Face],
        everybody: Sequence[Face],
        size: int,
    ) -> None:
        height = canvas.shape[0]
        usual = max(SMALLEST_FONT, round(size * 0.72))
        for i, face in enumerate(faces):
            others = [other.box for other in everybody if other is not face]
            panel = Panel.of(face, usual, self.language, height)
            place = panel.place(layout, face.box, others, height)
            if place is None and i == 0:
                # The largest face has its bars as long as they cover no label.
                place = panel.place_anywhere(layout, face.box)
                if place is None:
                    panel = Panel.of(face, SMALLEST_FONT * 2 // 3, self.language, height)
                    place = panel.place_anywhere(layout, face.box)
            if place is not None:
                panel.draw(canvas, face, *place)


def _sides(box: Box, edge: int) -> list[Box]:
    """The four sides of a box, so far on both sides of its lines."""
    x, y, wide, high = box.x - edge, box.y - edge, box.width + 2 * edge, box.height + 2 * edge
    across, down = Box(x, y, wide, 2 * edge), Box(x, y, 2 * edge, high)
    return [
        across,
        down,
        replace(across, y=y + box.height),
        replace(down, x=x + box.width),
    ]


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
    shade(canvas, 0, top, width, 2 * high)
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
    shade(canvas, left, top, wide, high, keep=0.22)
    for i, (key, what) in enumerate(lines):
        y = top + size + i * row
        text.put(canvas, key, left + size, y, size, bgr("happy"))
        text.put(canvas, what, left + 2 * size + columns[0], y, size, WHITE)


def _draw_header(canvas: NDArray[np.uint8], words: str, size: int) -> Box:
    """Draw a plate into the upper left corner; return the whole corner."""
    at, size = size // 2, max(SMALLEST_FONT, round(size * 0.8))
    pad = size // 3
    lines = _wrapped(words, size, canvas.shape[1] - at - 2 * pad)
    measured = [text.measure(line, size) for line in lines]
    wide, row = max(wide for wide, _ in measured), max(high for _, high in measured)
    high = row * len(lines)
    shade(canvas, at, at, wide + 2 * pad, high + pad)
    for i, line in enumerate(lines):
        text.put(canvas, line, at + pad, at + pad // 2 + i * row, size, WHITE)
    return Box(0, 0, at + wide + 2 * pad, at + high + pad)


def _wrapped(words: str, size: int, wide: int) -> list[str]:
    """Words in as many lines as a narrow picture needs."""
    if text.measure(words, size)[0] <= wide:
        return [words]
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text.measure(longer, size)[0] <= wide:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [words]


def _draw_box(canvas: NDArray[np.uint8], face: Face, thick: int) -> None:
    box = face.box
    corner, opposite = (
        (round(box.x), round(box.y)),
        (
            round(box.x + box.width),
            round(box.y + box.height),
        ),
    )
    # A dark line outside keeps the box visible on a background of its own color.
    cv2.rectangle(canvas, corner, opposite, BLACK, thick + 2, cv2.LINE_AA)
    cv2.rectangle(canvas, corner, opposite, bgr(face.emotion), thick, cv2.LINE_AA)
