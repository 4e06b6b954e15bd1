"""One picture in one call: `mimika.analyze`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mimika.pipeline.recognizer import Recognizer
from mimika.pipeline.settings import Settings
from mimika.sources.picture import read_picture

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np
    from numpy.typing import NDArray

    from mimika.schema.results import Face


_kept: dict[Settings, Recognizer] = {}
_keeping = threading.Lock()


def analyze(
    picture: str | PathLike[str] | bytes | NDArray[np.uint8] | object,
    *,
    rgb: bool = False,
    settings: Settings | None = None,
) -> tuple[Face, ...]:
    """Find the faces of one picture and their emotions.

        for face in mimika.analyze("photo.jpg"):
            print(face.emotion, face.confidence, face.box)

    The networks are loaded at the first call and kept for later ones with the same settings; safe
    to call from several threads.

    Args:
        picture: a path, the bytes of an encoded picture, a PIL image, or an array (H, W, 3) uint8.
        rgb: an array's channels are RGB, not OpenCV's BGR.
        settings: the options; defaults where None.

    Returns:
        The faces from left to right, numbered from 1; empty where there is none.

    Raises:
        InputError: the picture is missing, broken, too large or not a picture.
        ModelError: a model is missing or unusable.
    """
    image = read_picture(picture, rgb=rgb)
    # A fork numbers its faces from 1.
    return _kept_recognizer(settings or Settings()).fork().picture(image).faces


def _kept_recognizer(settings: Settings) -> Recognizer:
    with _keeping:
        if settings not in _kept:
            _kept[settings] = Recognizer(settings)
        return _kept[settings]
