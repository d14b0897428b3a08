"""The application: the page's files and its requests, behind the guard."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from imu_tempo.live.web.access import Access
from imu_tempo.live.web.room import Room
from imu_tempo.live.web.routes import ROUTES
from imu_tempo.live.web.security import Guard
from imu_tempo.palette import DARK, LIGHT

STATIC = Path(__file__).parent / "static"


class _Files(StaticFiles):
    """The page's own files, asked for again after an update."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


def make_app(room: Room, access: Access, url: str) -> Guard:
    """Return the guarded application.

    Parameters
    ----------
    room
        What requests act on.
    access
        Who may come in.
    url
        Address that the QR code leads to.
    """
    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/palette.css", _palette),
            *ROUTES,
            Mount("/static", _Files(directory=STATIC), name="static"),
        ]
    )
    app.router.redirect_slashes = False  # there is one way to write each address
    app.state.room = room
    app.state.url = url
    return Guard(app, access)


async def _palette(request: Request) -> Response:
    """Return the colours of figures and reports, so that a phase is of one colour everywhere."""
    dark = f":root:not([data-theme=light]) {{ {DARK.css()} }}"
    style = (
        f":root {{ {LIGHT.css()} }}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n"
        f":root[data-theme=dark] {{ {DARK.css()} }}\n"
    )
    return Response(style, media_type="text/css", headers={"cache-control": "no-cache"})


async def _index(request: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})
