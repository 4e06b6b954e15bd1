"""Networks for faces: one file a kind, `build` to choose by name."""

from __future__ import annotations

from mimika.training.networks.choose import build, input_spec
from mimika.training.networks.face_network import MAIN_HEAD, FaceNetwork
from mimika.training.networks.table import NETWORKS, NetworkKind

__all__ = ["MAIN_HEAD", "NETWORKS", "FaceNetwork", "NetworkKind", "build", "input_spec"]
