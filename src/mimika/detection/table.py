"""The table of detectors: which there are, from which file, and how they are opened.

From it come the help of `--detector`, `open_detector`, docs/detectors.md and the test that holds
every detector to its contract. A further detector is one file with its class and one entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import ModelError
from mimika.detection.detector import AS_YUNET, BoxToCrop

if TYPE_CHECKING:
    from collections.abc import Callable

    from mimika.detection.detector import Detector

ASSETS = Path(__file__).parent.parent / "assets"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorOptions:
    """How a detector is to work.

    Attributes:
        min_face: shortest side of a face that is reported, in pixels of the full picture.
        engine: what is to run a network.
        threads: processor threads for a network; 0 takes what suits the machine.
    """

    min_face: int = 1
    engine: str = "auto"
    threads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorKind:
    """One kind of detector.

    Attributes:
        name: how the user calls the bundled one.
        meaning: what it is, a sentence.
        file: the bundled file's name in `mimika/assets`.
        sha256: digest of that file, hexadecimal.
        license: of that file.
        source: where that file is from.
        open: opens a file of this kind; raises ModelError where it is missing or unusable.
        own_file: what a file of one's own is, such as "a cascade"; "" where there is none.
        suffix: ending of such a file, lower case; no other kind has the same.
        box_to_crop: how its boxes relate to the models' crops.
        landmarks: names of the points that it gives for a face.
        beside: further bundled files that it opens, and their digests.
    """

    name: str
    meaning: str
    file: str
    sha256: str
    license: str
    source: str
    open: Callable[[Path, DetectorOptions], Detector]
    own_file: str = ""
    suffix: str = ""
    box_to_crop: BoxToCrop = AS_YUNET
    landmarks: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()

    def bundled(self) -> Path:
        """The bundled file.

        Raises:
            ModelError: it is missing, or not the one that this version came with.
        """
        for file, digest in ((self.file, self.sha256), *self.beside):
            if _digest(ASSETS / file) != digest:
                raise ModelError(
                    f"{ASSETS / file} is not the file that Mimika came with: install Mimika again"
                    + (
                        f", or give your own file (--detector FILE{self.suffix})."
                        if self.suffix
                        else "."
                    )
                )
        return ASSETS / self.file


@cache
def _digest(path: Path) -> str:
    """Of a file, once for a process: it takes a millisecond a megabyte; "" where there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _yunet(path: Path, options: DetectorOptions) -> Detector:
    from mimika.detection.yunet import YuNet

    halves = (ASSETS / "yunet_first.onnx", ASSETS / "yunet_second.onnx")
    return YuNet(
        path,
        min_face=options.min_face,
        engine=options.engine,
        threads=options.threads,
        halves=halves if path == ASSETS / "yunet.onnx" else None,
    )


def _haar(path: Path, options: DetectorOptions) -> Detector:
    from mimika.detection.haar import HaarCascade

    return HaarCascade(path, min_face=options.min_face)


DETECTORS: dict[str, DetectorKind] = {
    kind.name: kind
    for kind in (
        DetectorKind(
            name="yunet",
            meaning="YuNet (Wu, Peng & Yu 2023), a small network; finds turned and covered faces.",
            file="yunet.onnx",
            sha256="a724b14b8a33aed9e7f8e738793355beff86fa7c97298ddfa4d407ca6f065662",
            license="Apache-2.0",
            source="https://github.com/ShiqiYu/libfacedetection.train",
            beside=(
                (
                    "yunet_first.onnx",
                    "514b4d24c8ad7447fe25ebd8e70052529d208d7f8ed73751623630b195e77e5f",
                ),
                (
                    "yunet_second.onnx",
                    "bde902d0fbf35d55c1ec4e0a5b280f253f353b710afc628dbc6eb6e63a8d6947",
                ),
            ),
            own_file="a YuNet",
            suffix=".onnx",
            open=_yunet,
            # Its five points do not follow a head that is turned in the plane, so they are left
            # out: on faces turned by 45 degrees its eyes' line lies at -5 to -11.
        ),
        DetectorKind(
            name="haar",
            meaning="OpenCV's cascade of Haar features (Viola & Jones 2001); frontal faces only.",
            file="haarcascade_frontalface_default.xml",
            sha256="0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0",
            license="Intel License Agreement",
            source="https://github.com/opencv/opencv",
            own_file="a cascade",
            suffix=".xml",
            open=_haar,
            # Measured by scripts/measure_box_to_crop.py on faces that both find.
            box_to_crop=BoxToCrop(scale=1.14, down=0.04),
        ),
    )
}
"""Kinds of detectors by name; the first is the default."""


def own_file_kinds() -> list[DetectorKind]:
    """The kinds of which people may have files of their own."""
    return [kind for kind in DETECTORS.values() if kind.suffix]


def choices() -> str:
    """What `--detector` takes, as a part of a sentence."""
    names = ", ".join(DETECTORS)
    files = " or ".join(f"{kind.own_file} {kind.suffix}" for kind in own_file_kinds())
    return f"{names}, or your own file ({files})"
