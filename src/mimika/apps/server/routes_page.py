"""The page, the tables of Python that it reads too, and the recognizer for the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from mimika.apps import page
from mimika.labels.emotions import EMOTIONS_FILE

if TYPE_CHECKING:
    from fastapi import FastAPI

# The models are megabytes: a browser asks whether they changed instead of fetching them again.
KEPT = {"Cache-Control": "no-cache"}


class _Kept(StaticFiles):
    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(KEPT)
        return response


def add_to(app: FastAPI) -> None:
    """Add the page's addresses."""
    app.add_api_route("/", _index, include_in_schema=False)
    app.add_api_route("/page/emotions.json", _emotions, include_in_schema=False)
    app.add_api_route("/page/config.json", _config, include_in_schema=False)
    app.add_api_route("/page/sample.mp4", _sample, include_in_schema=False)
    if build := page.browser_build():
        app.add_api_route("/page/fields.json", _fields, include_in_schema=False)
        app.mount("/page/mimika", _Kept(directory=build), name="browser")
    app.mount("/page", StaticFiles(directory=page.PAGE), name="page")


async def _index() -> Response:
    return FileResponse(page.PAGE / "index.html")


async def _emotions() -> Response:
    """Names, words and colors of the emotions: the file that Python reads."""
    return FileResponse(EMOTIONS_FILE, media_type="application/json")


async def _sample() -> Response:
    """The bundled clip, to try the page without a camera."""
    return FileResponse(page.SAMPLE, media_type="video/mp4", headers=KEPT)


async def _config() -> Response:
    """What the page can do here."""
    return JSONResponse(page.config(server=True))


async def _fields() -> Response:
    """The fields of what the browser's own recognizer says."""
    return JSONResponse(page.browser_fields())
