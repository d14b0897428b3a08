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

    _asking: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the socket in, or say that there are too many."""
        super().connection_made(transport)
        each = sum(1 for other in self.connections if self._address_of(other) == self._address_of(self))
        if len(self.connections) > HELD:
            transport.abort()
            return
        if len(self.connections) > SERVED or each > SERVED_EACH:
            self.app = _too_many
        self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        self._asking, self._taking = _cancelled(self._asking), _cancelled(self._taking)

    def handle_events(self) -> None:
        """Take in what has come; a client that talks into its own answer is cut off."""
        try:
            super().handle_events()
        except h11.LocalProtocolError:  # uvicorn wants to answer 400 in the middle of another answer
            self.transport.abort()
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._hurry()
        else:
            self._asking = _cancelled(self._asking)

    def pause_writing(self) -> None:
        """Wait for a client that does not take its answer, and not for ever."""
        super().pause_writing()
        self._taking = self._taking or self.loop.call_later(TAKE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it has taken some."""
        super().resume_writing()
        self._taking = _cancelled(self._taking)

    def _hurry(self) -> None:
        """Begin to wait for the rest of a request; what trickles in does not begin it anew."""
        self._asking = self._asking or self.loop.call_later(REQUEST_S, self.transport.abort)

    @staticmethod
    def _address_of(connection: object) -> str | None:
        client = getattr(connection, "client", None)
        return client[0] if client else None


def _cancelled(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
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
