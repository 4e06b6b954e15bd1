"""Calling a Mimika server from Python; needs the `serve` extra.

with mimika.Client("http://127.0.0.1:8765") as client:
    for face in client.analyze("photo.jpg").faces:
        print(face.emotion, face.confidence)
"""

from __future__ import annotations

from mimika.client.client import Client
from mimika.client.stream import ClientStream
from mimika.client.video import VideoJob

__all__ = ["Client", "ClientStream", "VideoJob"]
