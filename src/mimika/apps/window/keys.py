"""The keys: what they do, in both languages, on any keyboard layout."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from mimika.apps.window.display import sdl


class Action(Enum):
    """What a key asks for."""

    QUIT = "quit"
    SNAPSHOT = "snapshot"
    RECORD = "record"
    BARS = "bars"
    MIRROR = "mirror"
    PAUSE = "pause"
    CAMERA = "camera"
    LANGUAGE = "language"
    FULL_SCREEN = "full screen"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its letter on a Latin keyboard, and what it does, in both languages."""

    letter: str
    action: Action
    english: str
    russian: str


KEYS = (
    Key("q", Action.QUIT, "quit (also Esc)", "выход (или Esc)"),
    Key("s", Action.SNAPSHOT, "save a snapshot", "сохранить снимок"),
    Key("r", Action.RECORD, "start or stop recording", "начать или закончить запись"),
    Key("b", Action.BARS, "bars of all emotions", "столбики всех эмоций"),
    Key("m", Action.MIRROR, "mirror", "зеркало"),
    Key(" ", Action.PAUSE, "pause", "пауза"),
    Key("c", Action.CAMERA, "next camera", "следующая камера"),
    Key("l", Action.LANGUAGE, "language", "язык"),
    Key("f", Action.FULL_SCREEN, "full screen", "во весь экран"),
    Key("h", Action.HELP, "this help", "эта подсказка"),
)
_NAMES = {" ": ("Space", "Пробел")}
_BY_LETTER = {key.letter: key.action for key in KEYS} | {"?": Action.HELP, "\x1b": Action.QUIT}


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
    typed = chr(event.key) if 0 < event.key < 128 else ""
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


def help_lines(language: str) -> list[tuple[str, str]]:
    """Return the keys and what they do, for the help over the picture."""
    russian = language == "ru"
    return [
        (
            _NAMES.get(key.letter, (key.letter.upper(),) * 2)[russian],
            key.russian if russian else key.english,
        )
        for key in KEYS
    ]
