"""The page, and the tables of Python that it reads too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from mimika.labels.emotions import EMOTIONS_FILE

if TYPE_CHECKING:
    from fastapi import FastAPI

PAGE = Path(__file__).parent / "page"


def add_to(app: FastAPI) -> None:
    """Add the page's addresses."""
    app.add_api_route("/", _index, include_in_schema=False)
    app.add_api_route("/page/emotions.json", _emotions, include_in_schema=False)
    app.mount("/page", StaticFiles(directory=PAGE), name="page")


async def _index() -> Response:
    return FileResponse(PAGE / "index.html")


async def _emotions() -> Response:
    """Names, words and colors of the emotions: the file that Python reads."""
    return FileResponse(EMOTIONS_FILE, media_type="application/json")
