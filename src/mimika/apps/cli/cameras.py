"""`mimika cameras`: which webcams there are."""

from __future__ import annotations

from mimika.apps.cli.console import out


def cameras(*, json: bool = False) -> None:
    """List the cameras of this computer.

    Examples:
        mimika cameras

    Args:
        json: Print the list as JSON.
    """
    from dataclasses import asdict
    from json import dumps

    from mimika.sources.cameras import list_cameras

    found = list_cameras()
    if json:
        out.print_json(dumps([asdict(camera) for camera in found]))
        return
    if not found:
        out.print("No camera was found: plug one in, or check that this user may use it.")
    for camera in found:
        out.print(f"{camera.number}  {camera.name}", markup=False)
