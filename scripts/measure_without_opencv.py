"""What OpenCV's work would take with the other libraries of the base install.

    python scripts/measure_without_opencv.py PICTURE

OpenCV is a third of the base install. Printed are milliseconds of processor time, the median of
`ROUNDS`, one thread, of what a stream and a picture ask of it, and of the same with Pillow, PyAV's
swscale and NumPy, the fastest way found with each: a frame of 1280x720 made smaller for the
detector, two compared, a face cut out turned, made small and gray, and the picture decoded.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path
from statistics import median

import av
import cv2
import numpy as np
from PIL import Image

from mimika.base.scaling import shrunk

ROUNDS = 40
GRAY = np.array([0.114, 0.587, 0.299], np.float32)


def milliseconds(work) -> str:
    took = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        work()
        took.append(time.thread_time() - began)
    return f"{median(took) * 1e3:.2f}"


def swscaled(frame, width: int, height: int):
    picture = av.VideoFrame.from_ndarray(frame, format="bgr24")
    return picture.reformat(width, height, "bgr24", interpolation="AREA").to_ndarray()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("picture", type=Path)
    encoded = parser.parse_args().picture.read_bytes()
    cv2.setNumThreads(1)
    picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    frame = cv2.resize(picture, (1280, 720))
    face = frame[100:420, 400:640].copy()
    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    later = np.roll(gray, 1, axis=1)
    turn = cv2.getRotationMatrix2D((120, 160), 20, 1)
    works = {
        "1280x720 to 320x180": {
            "opencv": lambda: shrunk(frame, 320, 180),
            "pillow": lambda: np.asarray(Image.fromarray(frame).reduce(4)),
            "pyav": lambda: swscaled(frame, 320, 180),
        },
        "1280x720 to 640x360": {
            "opencv": lambda: shrunk(frame, 640, 360),
            "pillow": lambda: np.asarray(Image.fromarray(frame).reduce(2)),
            "pyav": lambda: swscaled(frame, 640, 360),
        },
        "two gray frames compared": {
            "opencv": lambda: cv2.absdiff(gray, later),
            "numpy": lambda: np.where(gray > later, gray - later, later - gray),
        },
        "a face turned upright": {
            "opencv": lambda: cv2.warpAffine(face, turn, (240, 320)),
            "pillow": lambda: np.asarray(
                Image.fromarray(face).transform(
                    (240, 320), Image.Transform.AFFINE, turn.ravel(), Image.Resampling.BILINEAR
                )
            ),
        },
        "a face of 240x320 to 48x48": {
            "opencv": lambda: cv2.resize(face, (48, 48), interpolation=cv2.INTER_AREA),
            "pillow": lambda: np.asarray(
                Image.fromarray(face).resize((48, 48), Image.Resampling.BOX)
            ),
        },
        "a face of 240x320 to gray": {
            "opencv": lambda: cv2.cvtColor(face, cv2.COLOR_BGR2GRAY),
            "numpy": lambda: (face @ GRAY).astype(np.uint8),
        },
        f"a picture of {picture.shape[1]}x{picture.shape[0]} decoded": {
            "opencv": lambda: cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR),
            "pillow": lambda: np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")),
        },
    }
    for name, ways in works.items():
        print(name + ": " + ", ".join(f"{way} {milliseconds(ways[way])} ms" for way in ways))


if __name__ == "__main__":
    main()
