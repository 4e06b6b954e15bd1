"""The page as files: what the server serves, and what `mimika web` writes for any other host.

The recognizer that runs inside the browser (web/) is built with Node; a wheel holds what was built,
a checkout where `npm run build` was never run has none, and its page asks the server.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.base.errors import UsageError
from mimika.base.files import output_error, part_of
from mimika.base.version import __version__
from mimika.labels.emotions import EMOTIONS_FILE
from mimika.models.card import Card
from mimika.pipeline.faces import FaceMaker

if TYPE_CHECKING:
    from mimika.schema.columns import ResultSchema
    from mimika.schema.field import Field

PAGE = Path(__file__).parent / "server" / "page"
SAMPLE = Path(__file__).parents[1] / "assets" / "demo.mp4"
BUILDS = (PAGE / "mimika", Path(__file__).parents[3] / "web" / "dist")
ENTRY = "mimika.js"
HOW_TO_BUILD = "run `npm ci` and `npm run build` in the folder web/ (needs Node)"

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What the page may load: its own files; WebAssembly is compiled, nothing else is evaluated."""

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
"""With these a browser lets the networks use several threads."""


def browser_build() -> Path | None:
    """The folder with the recognizer for the browser, None where it was not built."""
    return next((folder for folder in BUILDS if (folder / ENTRY).is_file()), None)


def config(*, server: bool) -> dict[str, Any]:
    """What the page can do where it is served.

    Args:
        server: there is a server behind it that recognizes as well.
    """
    return {"server": server, "browser": browser_build() is not None, "version": __version__}


def fields(schema: ResultSchema) -> dict[str, Any]:
    """The fields of a frame and of a face, and their columns, as JSON-ready values."""
    return {
        "frame": [_field(field, schema) for field in schema.frame],
        "face": [_field(field, schema) for field in schema.face],
    }


def browser_fields() -> dict[str, Any]:
    """The fields of what the browser's default model says."""
    build = browser_build()
    assert build is not None, "the recognizer for the browser was not built"
    path = build / "default.card.json"
    card = Card.from_json(path.read_text(encoding="utf-8"), str(path))
    return fields(FaceMaker(card).schema)


def write(out: Path) -> int:
    """Write the page with its recognizer as static files, for any host, below any path.

    Args:
        out: the folder; made where it is missing.

    Returns:
        How many bytes were written.

    Raises:
        UsageError: the recognizer was not built, or the folder holds something else.
        OutputError: a file cannot be written.
    """
    build = browser_build()
    if build is None:
        raise UsageError(f"The recognizer for browsers is not built in this copy: {HOW_TO_BUILD}.")
    if out.exists() and any(out.iterdir()) and not (out / "page" / "config.json").is_file():
        raise UsageError(f"{out} holds other files: give a new folder.")
    beside = part_of(out)
    try:
        _write_all(beside, build)
        shutil.rmtree(out, ignore_errors=True)
        beside.replace(out)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise output_error(out, error) from error
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def _write_all(out: Path, build: Path) -> None:
    """Write the site into a folder that does not exist yet."""
    page = out / "page"
    shutil.copytree(PAGE, page, ignore=_no_build)
    shutil.copytree(build, page / BUILDS[0].name)
    shutil.copyfile(EMOTIONS_FILE, page / EMOTIONS_FILE.name)
    shutil.copyfile(SAMPLE, page / "sample.mp4")
    _write(page / "config.json", json.dumps(config(server=False)))
    _write(page / "fields.json", json.dumps(browser_fields(), ensure_ascii=False))
    for name in ("index.html", "service-worker.js", "app.webmanifest"):
        shutil.move(page / name, out / name)
    index = (out / "index.html").read_text(encoding="utf-8")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    _write(out / "index.html", index.replace("<title>", f"{meta}\n<title>", 1))
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    _write(out / "files.json", json.dumps(files))


def _no_build(folder: str, names: list[str]) -> list[str]:
    del names
    return [BUILDS[0].name] if Path(folder) == PAGE else []


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")


def _field(field: Field, schema: ResultSchema) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "unit": field.unit,
        "meaning": field.meaning,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "decimals": field.decimals,
        "optional": field.optional,
        "columns": [
            {"name": column.name, "type": column.type, "path": column.path}
            for column in field.columns(schema.parts.get(field.name, ()))
        ],
    }
