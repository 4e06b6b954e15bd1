"""The live window, on SDL through pygame-ce."""

from __future__ import annotations

from mimika.apps.window.display import has_display, need_display
from mimika.apps.window.loop import show

__all__ = ["has_display", "need_display", "show"]
