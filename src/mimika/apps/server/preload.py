"""Loads the decoders in the process from which those of pictures and films are forked.

What is loaded here lies in memory once, and not once in each of them.
"""

from __future__ import annotations

import gc

import av  # noqa: F401
import cv2
import numpy as np
from PIL import Image

from mimika.apps.server import decoder, film_decoder  # noqa: F401
from mimika.sources.picture import ignore_pillows_warnings

cv2.setNumThreads(1)
Image.init()
ignore_pillows_warnings()
BUDGET = decoder.Budget(pixels=100, side=10, longest=10, cpu_s=1.0, memory_bytes=0)
for ending in (".jpg", ".png"):
    decoder.decode(cv2.imencode(ending, np.zeros((8, 8, 3), np.uint8))[1].tobytes(), BUDGET)
# A collection in a child would touch, and so copy, all that it shares with the others.
gc.collect()
gc.freeze()
