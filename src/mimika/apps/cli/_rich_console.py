"""What prints styled lines and tables: a console of Rich that changes nothing in names."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console

from mimika.apps.cli.console import as_typed, harmless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment

USUAL_WIDTH = 80


class RichConsole(Console):
    """Prints strings as they are: no markup, no emoji codes, nothing that steers the terminal."""

    def __init__(self, *, stderr: bool = False) -> None:
        """Print to standard output, or to standard error."""
        # Emacs, and terminals that do not know their width, say 0.
        width = USUAL_WIDTH if os.environ.get("COLUMNS", "").strip() == "0" else None
        super().__init__(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; a string's control characters are shown as escapes."""
        super().print(*(harmless(o) if isinstance(o, str) else o for o in objects), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render; help, which is Markdown, names commands as they were typed."""
        # Only help loads it.
        module = sys.modules.get("rich.markdown")
        if module is not None and isinstance(renderable, module.Markdown):
            renderable = module.Markdown(as_typed(renderable.markup))
        return super().render(renderable, options)
