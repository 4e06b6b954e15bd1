"""`mimika web`: the page as static files."""

from __future__ import annotations

from pathlib import Path


def web(out: Path, /) -> None:
    """Write the page that recognizes inside the visitor's browser, for any static host.

    No picture leaves the visitor's browser, and no server is needed but one that hands out files.
    The page works below any path, and offline after the first visit. Browsers give a camera to
    https pages only, or to this machine's own. With the headers that are printed at the end the
    networks use several threads; without them one.

    Examples:
        mimika web site/
        python3 -m http.server --directory site/

    Args:
        out: The folder to write to.
    """
    from mimika.apps.cli.console import notice
    from mimika.apps.page import HEADERS, write

    size = write(out)
    notice(f"Wrote {out} ({size / 1e6:.0f} MB): publish all of it.")
    for name, value in HEADERS.items():
        notice(f"For several threads let the host send: {name}: {value}")
