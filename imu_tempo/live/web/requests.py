"""Reading what a page asks for, and answering in JSON; trouble is one sentence."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from firmware_bridge.errors import BridgeError
from imu_tempo.errors import TempoError
from imu_tempo.live.web.hub import Json
from imu_tempo.live.web.room import Room

Endpoint = Callable[[Request], Awaitable[Response]]
NO_STORE = {"cache-control": "no-store"}


def endpoint(what: Callable[[Room, Request], Awaitable[Json]]) -> Endpoint:
    """Make a request handler: what it returns is sent as JSON, and an error a user can mend as a sentence."""

    @wraps(what)
    async def answer(request: Request) -> Response:
        room: Room = request.app.state.room
        try:
            found = await what(room, request)
        except (TempoError, BridgeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400, headers=NO_STORE)
        if isinstance(found, Response):
            return found
        return JSONResponse({} if found is None else found, headers=NO_STORE)

    return answer


async def body_of(request: Request) -> dict[str, Any]:
    """Return a request's JSON object.

    Raises
    ------
    TempoError
        It is none.
    """
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError, ClientDisconnect) as error:
        raise TempoError("The page sent something that is not JSON: load it again.") from error
    if not isinstance(found, dict):
        raise TempoError("The page sent something else than was expected: load it again.")
    return found


def text(said: dict[str, Any], name: str) -> str:
    """Return a text of a request.

    Raises
    ------
    TempoError
        It is missing or no text.
    """
    value = said.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise TempoError(f"The page did not say {name}: load it again.")
    return value


def number(said: dict[str, Any], name: str) -> float:
    """Return a number of a request.

    Raises
    ------
    TempoError
        It is missing or no finite number.
    """
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise TempoError(f"The page did not say {name}: load it again.")
    return float(value)
