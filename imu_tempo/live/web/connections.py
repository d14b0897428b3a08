"""The page's sockets: how many, for how long, and what becomes of those that only hold a place.

uvicorn waits as long as a client likes, for a request to come and for an answer to be taken. On a gym's
network that is an invitation: a hundred sockets that say nothing would keep the coach out, and a thousand
would leave the recorder no file to open.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from imu_tempo.live.web.security import App, Guard

VIEWERS = 128
"""Sockets of devices that have shown the token: each viewer holds one for events and a few for requests."""
STRANGERS = 64
"""Sockets of devices that have not: however many they are, the coach's tablet finds a place."""
EACH = 64
"""Sockets of one address: ten pages of a browser, with its usual six."""
TOLD = 64
"""So many more are told that there are too many; those beyond are closed."""
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
        self._guard = cast(Guard, self.config.app)
        self._answer: App = self._guard
        self.app = self._answered
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the socket in, or say that there are too many."""
        super().connection_made(transport)
        beyond = self._beyond()
        if beyond > TOLD:
            transport.abort()
            return
        if beyond > 0:
            self._answer = _too_many
        self._begin("asking", REQUEST_S)

    def _beyond(self) -> int:
        """Return how many too many there are with this one, of its kind or of its address."""
        knows = self._guard.knows
        held = [other.address for other in self.connections if isinstance(other, Connection)]
        known = knows(self.address)
        kind = sum(1 for address in held if knows(address) == known)
        return max(kind - (VIEWERS if known else STRANGERS), held.count(self.address) - EACH)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        for name in tuple(self._timers):
            self._end(name)

    def handle_events(self) -> None:
        """Take in what has come. What trickles in gets no more time for that."""
        try:
            super().handle_events()
        except (h11.LocalProtocolError, ValueError):
            # Nonsense in the middle of an answer, no place for a 400; or a length of thousands of digits.
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

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self.client[0] if self.client else ""

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
