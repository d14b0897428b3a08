"""The page's sockets: how many, for how long, and what becomes of those that only hold a place.

uvicorn waits as long as a client likes, for a request to come and for an answer to be taken. On a gym's
network that is an invitation: a hundred sockets that say nothing would keep the coach out, and a thousand
would leave the recorder no file to open.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

SERVED = 128
"""Sockets that are answered: every viewer holds one for events and a few for requests."""
SERVED_EACH = 64
"""Of one address, so that no single device can take all: ten pages of a browser, with its usual six."""
HELD = 192
"""Sockets that may be open at all: those above `SERVED` are told to come back, those above this closed."""
ACCEPTED_AT_ONCE = 32
"""Connections taken between two turns of the event loop, which has a radio to listen to."""
REQUEST_S = 10.0
"""A request is whole by then: a page sends it in one piece, and a poor network repeats within seconds."""
TAKE_S = 30.0
"""A viewer that has taken nothing of what waits for it for so long is gone, or means harm."""

_FULL = b"Too many connections: close pages that nobody looks at, and try again in a few seconds."


class Connection(H11Protocol):
    """One socket: refused where there are too many, and closed where it only waits."""

    def __init__(self, *args: Any, **others: Any) -> None:
        super().__init__(*args, **others)
        self._answer = self.app
        self.app = self._answered
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the socket in, or say that there are too many."""
        super().connection_made(transport)
        each = sum(1 for other in self.connections if _address_of(other) == _address_of(self))
        if len(self.connections) > HELD:
            transport.abort()
            return
        if len(self.connections) > SERVED or each > SERVED_EACH:
            self._answer = _too_many
        self._begin("asking", REQUEST_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        for name in tuple(self._timers):
            self._end(name)

    def handle_events(self) -> None:
        """Take in what has come. What trickles in gets no more time for that."""
        try:
            super().handle_events()
        except h11.LocalProtocolError:  # nonsense in the middle of an answer, which is no place for a 400
            self.transport.abort()
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._begin("asking", REQUEST_S)
        else:
            self._end("asking")

    def pause_writing(self) -> None:
        """Wait for a client that does not take its answer, and not for ever."""
        super().pause_writing()
        self._begin("taking", TAKE_S)

    def resume_writing(self) -> None:
        """Go on: it has taken some."""
        super().resume_writing()
        self._end("taking")

    async def _answered(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._answer(scope, receive, send)
        except h11.LocalProtocolError:  # what came after the request was nonsense, and was answered first
            self.cycle.disconnected = True
            self.transport.abort()

    def _begin(self, name: str, seconds: float) -> None:
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, self.transport.abort)

    def _end(self, name: str) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()


def _address_of(connection: object) -> str | None:
    client = getattr(connection, "client", None)
    return client[0] if client else None


async def _too_many(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """Answer one that came after too many others."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(_FULL)).encode()),
        (b"retry-after", b"5"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _FULL})
