"""What a word was meant to be that is no verb: a misspelt one, or something to be seen."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MODEL_SUFFIXES = {".onnx"}
TABLE_SUFFIXES = {".csv", ".jsonl", ".ndjson", ".parquet"}


def no_verb(word: str, verbs: Iterable[str]) -> str:
    """Return a sentence that says which verb is meant by a word that is none.

    Args:
        word: the first word of the line.
        verbs: those that there are.
    """
    verbs = list(verbs)
    if Path(word).is_dir() and not _is_seen(_endings_in(Path(word))):
        return f"The folder {word} holds no picture and no film: name one that does."
    if meant := _verb_for(word):
        quoted = f'"{word}"' if " " in word else word
        return f"Say what to do with {word}: `mimika {meant.format(quoted)}`."
    if close := get_close_matches(word.casefold(), verbs, 1, 0.55):
        return f"There is no verb {word!r}; did you mean `mimika {close[0]}`?"
    return f"There is no verb {word!r}: `mimika --help` lists them."


def _verb_for(word: str) -> str:
    """The command for something that can be seen, "" where the word names no such thing."""
    from mimika.sources.listing import FILM_SUFFIXES
    from mimika.sources.picture import PICTURE_SUFFIXES

    pictures = PICTURE_SUFFIXES - {".gif"}
    path = Path(word)
    suffix = path.suffix.lower()
    if word.isdecimal():
        return "webcam {}"
    if suffix in MODEL_SUFFIXES:
        return "webcam --model {}"
    if suffix in pictures or (path.is_dir() and pictures & _endings_in(path)):
        return "image {}"
    if suffix in TABLE_SUFFIXES:
        return "report {}"
    film = "://" in word or suffix in FILM_SUFFIXES or path.is_dir()
    return "video {}" if film or path.is_file() else ""


def _is_seen(endings: set[str]) -> bool:
    """Whether some of the endings are those of pictures, films or tables."""
    from mimika.sources.listing import FILM_SUFFIXES
    from mimika.sources.picture import PICTURE_SUFFIXES

    return bool(endings & (FILM_SUFFIXES | PICTURE_SUFFIXES | TABLE_SUFFIXES))


def _endings_in(folder: Path) -> set[str]:
    return {each.suffix.lower() for each in folder.iterdir()}
