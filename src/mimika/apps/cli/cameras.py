"""`mimika cameras`: which webcams there are."""

from __future__ import annotations

from mimika.apps.cli._json import write_json
from mimika.apps.cli._options import JsonFile, Overwrite, Quiet
from mimika.apps.cli._targets import claim
from mimika.apps.cli.console import be_quiet, out


def cameras(*, json: JsonFile = None, quiet: Quiet = False, overwrite: Overwrite = False) -> None:
    """List the cameras of this computer.

    Examples:
        mimika cameras
    """
    from dataclasses import asdict

    from mimika.sources.cameras import list_cameras

    be_quiet(quiet)
    claim([json], overwrite=overwrite)
    found = list_cameras()
    if json:
        write_json(json, [asdict(camera) for camera in found])
        return
    if not found:
        out.print("No camera was found: plug one in, or check that this user may use it.")
    for camera in found:
        out.print(f"{camera.number}  {camera.name}")
