"""How a detector's boxes relate to YuNet's, and what that changes in the emotions.

    python scripts/measure_box_to_crop.py haar [MORE_FILES …]

For each file, of the faces that both find: the median ratio of the longer sides and how much lower
YuNet's box lies, as a share of the other's height. Then, for the detector's boxes as they are and
as `box_to_crop` of its table entry turns them: how far the probabilities are from those of YuNet's
boxes, and in how many faces the likeliest emotion is the same (means over files).
"""

from __future__ import annotations

import itertools
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import mimika
from mimika.detection import HIGH_SCORE, open_detector
from mimika.models.model import open_model
from mimika.models.preprocessing import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimika.schema.geometry import Box
    from mimika.sources.frame import Frame

ROOT = Path(__file__).parent.parent
FILES = (
    ROOT / "src" / "mimika" / "assets" / "demo.mp4",
    *sorted((ROOT / "tests" / "media_files").glob("*.[jpg][pni][gf]")),
)
SAME_FACE_IOU = 0.3
EVERY = 4


def pairs(path: Path, name: str) -> Iterator[tuple[Frame, Box, Box]]:
    """The faces that both find: frame, YuNet's box, the other's."""
    yunet, other = open_detector("yunet"), open_detector(name)
    with mimika.open_source(path) as source:
        for frame in itertools.islice(source, 0, None, EVERY):
            known = yunet.detect(frame.image).at_least(HIGH_SCORE).boxes
            for box in other.detect(frame.image).at_least(HIGH_SCORE).boxes:
                best = max(known, key=box.iou, default=None)
                if best is not None and box.iou(best) > SAME_FACE_IOU:
                    yield frame, best, box


def main() -> None:
    name = sys.argv[1]
    model, to_crop = open_model("default", engine="cpu"), open_detector(name).box_to_crop
    table: dict[str, list[tuple[float, float]]] = {"as they are": [], "turned": []}
    print("file                   faces  longer  lower")
    for path in (*FILES, *map(Path, sys.argv[2:])):
        found = list(pairs(path, name))
        if not found:
            continue
        longer = [max(a.width, a.height) / max(b.width, b.height) for _, a, b in found]
        lower = [(a.center.y - b.center.y) / b.height for _, a, b in found]
        print(
            f"{path.name[:22]:22} {len(found):5} {statistics.median(longer):7.3f} "
            f"{statistics.median(lower):6.3f}"
        )
        for row, turn in (("as they are", lambda box: box), ("turned", to_crop)):
            differences, same = [], []
            for frame, known, box in found:
                a, b = model(prepare(frame.image, [known, turn(box)], model.card.input, 0.0))
                differences.append(float(np.abs(a - b).max()))
                same.append(bool(a.argmax() == b.argmax()))
            table[row].append((statistics.mean(differences), statistics.mean(same)))
    print("boxes        difference  same emotion")
    for row, values in table.items():
        difference, same = (statistics.mean(column) for column in zip(*values, strict=True))
        print(f"{row:12} {difference:10.3f} {same:13.1%}")


if __name__ == "__main__":
    main()
