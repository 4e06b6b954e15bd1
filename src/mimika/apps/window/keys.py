"""The keys: what they do, in both languages, on any keyboard layout."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from mimika.apps.window.display import sdl
from mimika.apps.words import word

if TYPE_CHECKING:
    from collections.abc import Collection


class Action(Enum):
    """What a key asks for."""

    QUIT = "quit"
    SNAPSHOT = "snapshot"
    RECORD = "record"
    BARS = "bars"
    CHOOSE = "choose"
    MIRROR = "mirror"
    PAUSE = "pause"
    BACK = "back"
    FORWARD = "forward"
    STEP_BACK = "step_back"
    STEP = "step"
    CAMERA = "camera"
    LANGUAGE = "language"
    FULL_SCREEN = "full_screen"
    HELP = "help"


KEYS = {
    "q": Action.QUIT,
    "s": Action.SNAPSHOT,
    "r": Action.RECORD,
    "b": Action.BARS,
    "\t": Action.CHOOSE,
    "m": Action.MIRROR,
    " ": Action.PAUSE,
    "←": Action.BACK,
    "→": Action.FORWARD,
    ",": Action.STEP_BACK,
    ".": Action.STEP,
    "c": Action.CAMERA,
    "l": Action.LANGUAGE,
    "f": Action.FULL_SCREEN,
    "h": Action.HELP,
}
"""What is on a key of a Latin keyboard, and what it asks for."""
ON_A_CAMERA = frozenset({Action.CAMERA})
"""What is asked of a camera only."""
IN_A_FILM = frozenset({Action.BACK, Action.FORWARD, Action.STEP_BACK, Action.STEP})
"""What is asked only of a film that can be gone through."""
_BY_LETTER = KEYS | {"?": Action.HELP, "\x1b": Action.QUIT}


def action_of(event: Any) -> Action | None:
    """Return what a pygame event asks for, None where it asks for nothing.

    A letter counts by what it types; where that is no Latin letter (a Russian layout), by where
    the key lies.
    """
    pygame = sdl()
    if event.type == pygame.QUIT:
        return Action.QUIT
    if event.type != pygame.KEYDOWN:
        return None
    arrows = {pygame.K_LEFT: "←", pygame.K_RIGHT: "→"}
    typed = arrows.get(event.key) or (chr(event.key) if 0 < event.key < 128 else "")
    if typed in _BY_LETTER:
        return _BY_LETTER[typed]
    if event.unicode in _BY_LETTER:
        return _BY_LETTER[event.unicode]
    if not typed:
        # Scan codes of the letters follow the alphabet (USB HID usage tables, keyboard page).
        place = event.scancode - pygame.KSCAN_A
        if 0 <= place < 26:
            return _BY_LETTER.get(chr(ord("a") + place))
    return None


def click_of(event: Any) -> tuple[int, int] | None:
    """Return where in the window a pygame event clicks, None where it is no click."""
    pygame = sdl()
    if event.type != pygame.MOUSEBUTTONDOWN or event.button != pygame.BUTTON_LEFT:
        return None
    return int(event.pos[0]), int(event.pos[1])


def help_lines(language: str, actions: Collection[Action]) -> list[tuple[str, str]]:
    """Return the keys and what they do, for the help over the picture.

    Args:
        language: "en" or "ru".
        actions: those that mean something for what is shown; the others are left out.
    """
    names = {" ": word("name_space", language), "\t": "Tab"}
    return [
        (names.get(letter, letter.upper()), word(f"key_{action.value}", language))
        for letter, action in KEYS.items()
        if action in actions
    ]
