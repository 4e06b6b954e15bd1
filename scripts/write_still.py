"""Write the still that the page shows before Start: a frame of the demo clip, and its faces.

python scripts/write_still.py
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
from PIL import Image

import mimika

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "src" / "mimika" / "assets" / "demo.mp4"
PAGE = ROOT / "src" / "mimika" / "apps" / "server" / "page"
TIME_S = 14.5


def main() -> None:
    with mimika.open_source(DEMO) as source:
        image = next(frame.image for frame in source if frame.time_s >= TIME_S)
    picture = Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    picture.save(PAGE / "still.webp", quality=60, method=6)
    height, width = image.shape[:2]
    faces = [face.to_dict() for face in mimika.analyze(image)]
    text = json.dumps({"width": width, "height": height, "faces": faces})
    (PAGE / "still.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
