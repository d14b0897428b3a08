"""Reading what a page asks for, and answering in JSON; trouble is one sentence."""

from __future__ import annotations

import json
import logging
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
IN_WORK = 24
"""Requests answered at once; each waits for its turn at the disk, and a bar's own work waits with them."""
LONGEST_TEXT = 200

_log = logging.getLogger(__name__)


def endpoint(what: Callable[[Room, Request], Awaitable[Json]]) -> Endpoint:
    """Make a request handler: what it returns is sent as JSON, and an error a user can mend as a sentence."""

    @wraps(what)
    async def answer(request: Request) -> Response:
        room: Room = request.app.state.room
        if room.in_work >= IN_WORK:
            return _trouble(503, "The computer at the rack is busy: try again in a moment.")
        room.in_work += 1
        try:
            found = await what(room, request)
        except (TempoError, BridgeError) as error:
            return _trouble(400, str(error))
        except OSError as error:  # the disk
            return _trouble(500, f"That could not be read or written: {error.strerror or error}.")
        except Exception:
            _log.exception("%s %s", request.method, request.url.path)
            return _trouble(500, "Something went wrong at the rack; its terminal says what.")
        finally:
            room.in_work -= 1
        if isinstance(found, Response):
            return found
        return JSONResponse({} if found is None else found, headers=NO_STORE)

    return answer


def _trouble(status: int, words: str) -> Response:
    # A name of a file or a sensor may hold what is no text; that must not keep the sentence from being told.
    told = words.encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"error": told}, status_code=status, headers=NO_STORE)


async def body_of(request: Request) -> dict[str, Any]:
    """Return a request's JSON object.

    Raises
    ------
    TempoError
        It is none.
    """
    try:
        found = json.loads(await request.body())
        # What cannot be told again (NaN, half a character) is JSON to Python only.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
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
        It is missing, no text, or not printable.
    """
    value = said.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT or not value.isprintable():
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
