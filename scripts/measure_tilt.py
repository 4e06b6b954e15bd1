"""How pictures of tilted faces are judged: in a stream's way, and as pictures by themselves.

    python scripts/measure_tilt.py LONDON [--model default]

Every second picture of the London set (its folder with labels.csv), turned by up to 60 degrees to
either side, goes through the detector. Prints how many of the faces found are named rightly and how
many keep the label that the upright picture gets, cut as they lie and as `mimika.analyze` cuts
them; what the model says of the tilt; and the processor time of a picture.
"""

from __future__ import annotations

import argparse
import csv
import resource
from pathlib import Path

import cv2
import numpy as np

import mimika
from mimika.detection.tilted import turned
from mimika.models.mirrored import predict_mirrored
from mimika.pipeline.analyze import PictureAnalyzer
from mimika.schema.outputs import TILT_OUTPUT

TURNS = (0, 10, 20, 30, 45, 60)
WORDS = {"smiling": "happy"}


def seconds() -> float:
    """Processor time of this process, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("london", type=Path, metavar="LONDON")
    parser.add_argument("--model", default="default")
    given = parser.parse_args()
    with (given.london / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::2]
    settings = mimika.Settings(model=given.model, engine="cpu", threads=1, min_presence=0.0)
    analyzer = PictureAnalyzer(settings)
    networks = analyzer.networks
    labels = networks.model.card.labels
    upright: list[str] = []
    for degrees in TURNS:
        right, same, tilts, spent = np.zeros(2), np.zeros(2), [], 0.0
        found = 0
        for number, row in enumerate(rows):
            side = degrees if number % 2 else -degrees
            image = turned(cv2.imread(str(given.london / row["file"])), side)[0]
            before = seconds()
            faces = analyzer(image).faces
            spent += seconds() - before
            if not faces:
                continue
            found += 1
            face = max(faces, key=lambda each: each.box.area)
            crops = networks.crop(image, [face.box])
            plain = predict_mirrored(networks.model, crops, networks.model.card.judged)
            tilts.append(abs(float(plain[TILT_OUTPUT][0, 0]) - side))
            said = (labels[int(plain["emotion"][0].argmax())], face.emotion)
            if not degrees:
                upright.append(said[0])
            right += [each == WORDS.get(row["expression"], row["expression"]) for each in said]
            same += [each == upright[number] for each in said]
        shares = [f"{100 * share:.1f}%" for share in (*right / found, *same / found)]
        print(
            f"{degrees:>2} degrees: {found} of {len(rows)} found; right {shares[0]} as they lie, "
            f"{shares[1]} as pictures; same label {shares[2]} and {shares[3]}; the tilt is off by "
            f"{np.median(tilts):.1f} degrees in the median, {np.quantile(tilts, 0.95):.1f} at 95%; "
            f"{1e3 * spent / len(rows):.1f} ms a picture",
            flush=True,
        )


if __name__ == "__main__":
    main()
