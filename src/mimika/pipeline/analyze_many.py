"""Many pictures: read ahead, judged in batches."""

from __future__ import annotations

import os
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from mimika.base.errors import InputError, MissingExtra, UsageError
from mimika.base.names import as_text
from mimika.pipeline.analyze import kept_analyzer, regions_of
from mimika.pipeline.settings import Settings
from mimika.schema.outputs import TILT_OUTPUT
from mimika.schema.results import FrameResult
from mimika.schema.tables import Results
from mimika.sources.encoded import names_a_file
from mimika.sources.listing import find_pictures
from mimika.sources.orientation import upright
from mimika.sources.picture import read_picture
from mimika.sources.rotation import rotation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from mimika.detection import Detections
    from mimika.mesh.reading import MeshReading
    from mimika.pipeline.analyze import PictureAnalyzer

    Meshes = tuple[MeshReading | None, ...]
    Read = Callable[[object], NDArray[np.uint8]]

READ_AHEAD = 4


def analyze_many(
    pictures: str | os.PathLike[str] | Iterable[object],
    *,
    rgb: bool = False,
    value_range: tuple[float, float] | None = None,
    rotate: int | str = 0,
    recursive: bool = False,
    batch: int = 16,
    settings: Settings | None = None,
) -> Results:
    """Find the faces of many pictures: each picture's result in order, or all as a table.

        for result in mimika.analyze_many("photos/"):
            print(result.name, [face.emotion for face in result.faces])

        table = mimika.analyze_many("photos/").to_pandas()

    The next pictures are read while one is looked at, and the faces of several pictures go through
    the model at once. Only a few pictures are in memory at a time.

    Args:
        pictures: a folder or a pattern such as "*.jpg"; or a list or any iterable of what
            `mimika.analyze` takes.
        rgb: as for `mimika.analyze`.
        value_range: likewise.
        rotate: likewise.
        recursive: of a folder, also the folders in it.
        batch: pictures whose faces are judged at once; results come in such steps.
        settings: the options; defaults where None.

    Returns:
        Results with the picture's number as `frame_index`, its path (if it has one) as `name`, and
        faces from left to right, numbered from 1. Unreadable pictures of a folder or pattern are
        left out with a warning (Python's `warnings`), and so is what was passed over there.

    Raises:
        InputError: a picture of an iterable is missing, broken or too large, when its turn comes;
            a folder or pattern holds none.
        UsageError: there is no such rotation or range.
        ModelError: a model is missing or unusable.
    """
    if batch < 1:
        raise UsageError(f"A batch has one picture or more, and {batch} is fewer.")
    rotation = rotation_of(rotate)

    def read(picture: object) -> NDArray[np.uint8]:
        return upright(read_picture(picture, rgb=rgb, value_range=value_range), rotation)[0]

    found_here = isinstance(pictures, (str, os.PathLike))
    if isinstance(pictures, (str, os.PathLike)):
        listing = find_pictures([os.fspath(pictures)], recursive=recursive)
        if passed_over := listing.sentence():
            warnings.warn(passed_over, stacklevel=2)
        pictures = [path for path, _ in listing.pictures]
    analyzer = kept_analyzer(settings or Settings())
    images = _read_ahead(pictures, read, leave_out=found_here)
    return Results(_judged(images, analyzer, batch), schema=analyzer.schema.named())


def _read_ahead(
    pictures: Iterable[object], read: Read, *, leave_out: bool
) -> Iterator[tuple[int, str, NDArray[np.uint8]]]:
    """Yield each picture's number, its name and the picture, while others are being read."""
    numbered = enumerate(pictures)
    with ThreadPoolExecutor(2, thread_name_prefix="read pictures") as readers:
        waiting: deque[tuple[int, object, Future[NDArray[np.uint8]]]] = deque()
        try:
            while True:
                for number, picture in islice(numbered, READ_AHEAD - len(waiting)):
                    waiting.append((number, picture, readers.submit(read, picture)))
                if not waiting:
                    return
                number, picture, future = waiting.popleft()
                try:
                    image = future.result()
                except (InputError, MissingExtra) as error:
                    if not leave_out:
                        raise
                    warnings.warn(f"A picture was left out: {error}", stacklevel=2)
                    continue
                yield number, _name(picture), image
        finally:
            for _, _, future in waiting:
                future.cancel()


def _name(picture: object) -> str:
    """A picture's path; "" for one that has none."""
    if isinstance(picture, os.PathLike):
        return str(os.fspath(picture))
    return picture if isinstance(picture, str) and names_a_file(picture) else ""


def _judged(
    images: Iterator[tuple[int, str, NDArray[np.uint8]]], analyzer: PictureAnalyzer, batch: int
) -> Iterator[FrameResult]:
    """Find faces picture by picture, and judge those of several pictures at once."""
    networks = analyzer.networks
    tilts = TILT_OUTPUT in networks.model.card.outputs
    while True:
        seen: list[tuple[int, str, tuple[int, ...], Detections, Meshes]] = []
        crops: list[NDArray[np.uint8]] = []
        around: list[NDArray[np.uint8] | None] = []
        failed: Exception | None = None
        try:
            for number, name, image in islice(images, batch):
                found, meshes = analyzer.read_meshes(image, analyzer.detect(image))
                crops.append(networks.crop(image, found.boxes, regions_of(meshes)))
                if tilts:
                    # Small ones: many pictures would be in memory at a time.
                    pairs = zip(found.boxes, meshes, strict=True)
                    around += [analyzer.around(image, box, mesh) for box, mesh in pairs]
                seen.append((number, name, image.shape, found, meshes))
        except (InputError, MissingExtra) as error:
            # The results before it come first.
            failed = error
        if seen:
            predicted = analyzer.judge(np.concatenate(crops), around.__getitem__)
            begin = 0
            for number, name, (height, width, _), found, meshes in seen:
                end = begin + len(found)
                rows = {output: values[begin:end] for output, values in predicted.items()}
                faces = analyzer.faces(found, rows, meshes)
                yield FrameResult(0.0, number, width, height, faces, as_text(name) or None)
                begin = end
        if failed is not None:
            raise failed
        if len(seen) < batch:
            return
