"""Which files a finished video offers."""

from __future__ import annotations

from importlib.util import find_spec

from mimika.sinks.table import SINKS, SinkKind


def downloads() -> list[SinkKind]:
    """The sinks whose files a finished video offers: those whose packages are installed."""
    return [kind for kind in SINKS.values() if not kind.package or find_spec(kind.package)]
