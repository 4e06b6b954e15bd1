"""Which engine runs a server's networks."""

from __future__ import annotations

from mimika.engines.registry import AUTO_ORDER, find_engine

UNBOUNDED = "openvino"
"""With it the server takes more than the 600 MB that are promised (docs/security.md)."""


def engine_of(asked: str) -> str:
    """The engine to open networks with: `auto` takes an accelerator or the CPU, never OpenVINO.

    Args:
        asked: "auto" or an engine's name, which is taken as it is.
    """
    if asked != "auto":
        return asked
    accelerators = (name for name in AUTO_ORDER if name != UNBOUNDED)
    return "auto" if any(find_engine(name).installed() for name in accelerators) else "cpu"
