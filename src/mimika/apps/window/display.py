"""Whether there is a screen, and the one window on it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import cv2

from mimika.base.errors import NoDisplay
from mimika.drawing.icon import icon

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOT_A_SCREEN = {"dummy", "offscreen", "evdev", ""}
SHARE_OF_SCREEN = 0.85
SMALLEST_WIDTH = 640
BACKGROUND = (16, 16, 16)
ICON_SIDE = 64


def need_display() -> None:
    """Refuse where there is no screen.

    Raises:
        NoDisplay: there is none.
    """
    if not has_display():
        raise NoDisplay(
            "There is no screen to open a window on: use --no-window with --output, --csv or "
            "--jsonl, or run it on a desktop."
        )


def has_display() -> bool:
    """Whether a window can be opened; asks SDL, which asks the system."""
    if os.environ.get("SDL_VIDEODRIVER", "x") in NOT_A_SCREEN:
        return False
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    pygame = sdl()
    try:
        pygame.display.init()
        return pygame.display.get_driver() not in NOT_A_SCREEN
    except pygame.error:
        return False
    finally:
        pygame.display.quit()


def sdl() -> Any:
    """Import pygame without its greeting."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    # A laptop must not dim its screen in the middle of a film, and other programs keep their sound.
    os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")
    import pygame

    return pygame


class Display:
    """A resizable window that shows pictures whole, in their own proportions."""

    def __init__(self, title: str, picture_size: tuple[int, int]) -> None:
        """Open the window.

        Args:
            title: in the window's frame.
            picture_size: (width, height) of the pictures, in pixels.

        Raises:
            NoDisplay: there is no screen.
        """
        need_display()
        self._pygame = sdl()
        self._pygame.display.init()
        self._pygame.display.set_caption(title)
        drawn = icon(ICON_SIDE)
        self._pygame.display.set_icon(
            self._pygame.image.frombytes(drawn.tobytes(), drawn.size, "RGBA")
        )
        self._windowed = self._fitting(picture_size)
        self._full = False
        self._screen = self._open(self._windowed)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or go back to the window."""
        if not self._full:
            self._windowed = self._screen.get_size()
        self._full = not self._full
        self._screen = self._open(self._windowed)

    def viewport(self, picture_size: tuple[int, int]) -> tuple[int, int]:
        """Return the size (width, height) at which a picture fills the window."""
        wide, high = self._screen.get_size()
        scale = min(wide / picture_size[0], high / picture_size[1])
        return max(1, round(picture_size[0] * scale)), max(1, round(picture_size[1] * scale))

    def place_of(
        self, position: tuple[int, int], picture_size: tuple[int, int]
    ) -> tuple[float, float]:
        """Return where in a picture a point of the window is, in pixels of the picture."""
        view, screen = self.viewport(picture_size), self._screen.get_size()
        x, y = ((p - (s - v) // 2) for p, s, v in zip(position, screen, view, strict=True))
        return x * picture_size[0] / view[0], y * picture_size[1] / view[1]

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture (H, W, 3) uint8 BGR, best of the `viewport`'s size."""
        height, width = picture.shape[:2]
        if (width, height) != (view := self.viewport((width, height))):
            picture = cv2.resize(picture, view)
            width, height = view
        surface = self._pygame.image.frombuffer(picture, (width, height), "BGR")
        wide, high = self._screen.get_size()
        if (wide, high) != (width, height):
            self._screen.fill(BACKGROUND)
        self._screen.blit(surface, ((wide - width) // 2, (high - height) // 2))
        self._pygame.display.flip()

    def events(self) -> list[Any]:
        """Take what happened since the last call."""
        return list(self._pygame.event.get())

    def close(self) -> None:
        """Close the window; more than once does no harm."""
        self._pygame.display.quit()

    def _open(self, size: tuple[int, int]) -> Any:
        if self._full:
            return self._pygame.display.set_mode((0, 0), self._pygame.FULLSCREEN)
        return self._pygame.display.set_mode(size, self._pygame.RESIZABLE)

    def _fitting(self, picture_size: tuple[int, int]) -> tuple[int, int]:
        width, height = picture_size
        screen_wide, screen_high = self._pygame.display.get_desktop_sizes()[0]
        scale = max(1.0, SMALLEST_WIDTH / width)
        scale = min(
            scale, screen_wide * SHARE_OF_SCREEN / width, screen_high * SHARE_OF_SCREEN / height
        )
        return max(1, round(width * scale)), max(1, round(height * scale))
