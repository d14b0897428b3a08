"""Who has the page open: plain sockets that speak what a browser does, on the loop's own time."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

STEADY_BUFFER = 2**16
SMALL_BUFFER = 2**11
"""A tablet behind two walls: what the server sends piles up soon."""
READING_S = (10.0, 120.0)
AWAY_S = (1.0, 1200.0)
LEAVING_RATIO = 0.3
"""So often a viewer that was away has lost its connection, and comes back with the last number it had."""


@dataclass(slots=True)
class Viewer:
    """One screen.

    Attributes
    ----------
    state
        What it shows.
    messages, wholes, connections
        Messages had; those that brought all of it; times it connected.
    """

    port: int
    state: dict[str, Any] = field(default_factory=dict)
    messages: int = 0
    wholes: int = 0
    connections: int = 0
    last: str | None = None

    async def watch(self) -> None:
        """Read whatever comes, for ever."""
        while True:
            async with _stream(self.port, self.last, STEADY_BUFFER) as reader:
                self.connections += 1
                async for message in _messages(reader):
                    self.take(message)

    async def doze(self, chance: random.Random, calm: asyncio.Event) -> None:
        """Read for a while, then not at all for a while, for ever; from ``calm`` on read to the end."""
        while True:
            async with _stream(self.port, self.last, SMALL_BUFFER) as reader:
                self.connections += 1
                loop = asyncio.get_running_loop()
                until_s = loop.time() + chance.uniform(*READING_S)
                async for message in _messages(reader):
                    self.take(message)
                    if loop.time() < until_s or calm.is_set():
                        continue
                    with suppress(TimeoutError):
                        async with asyncio.timeout(chance.uniform(*AWAY_S)):
                            await calm.wait()
                    until_s = loop.time() + chance.uniform(*READING_S)
                    if chance.random() < LEAVING_RATIO:
                        break

    def take(self, message: dict[str, str]) -> None:
        """Take in a message as the page does."""
        self.messages += 1
        self.last = message["id"]
        body = json.loads(message["data"])
        if message["event"] == "state":
            self.wholes += 1
            self.state = body["state"]
        elif message["event"] == "patch":
            for key, value in body["patch"].items():
                if value is None:
                    self.state.pop(key, None)
                else:
                    self.state[key] = value


async def post(port: int, path: str, said: object) -> int:
    """Send what the page sends when a coach taps; return the status."""
    body = json.dumps(said).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    async with _connected(port, STEADY_BUFFER) as (reader, writer):
        writer.write(head.encode() + body)
        await writer.drain()
        return int((await reader.read()).split(b" ", 2)[1])


@asynccontextmanager
async def _connected(
    port: int, buffer: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    own.setblocking(False)
    await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=own, limit=buffer)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def _stream(port: int, last: str | None, buffer: int) -> AsyncIterator[asyncio.StreamReader]:
    again = f"Last-Event-ID: {last}\r\n" if last else ""
    async with _connected(port, buffer) as (reader, writer):
        writer.write(f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{again}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise ConnectionError(f"the page's events were refused: {head!r}")
        yield reader


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[dict[str, str]]:
    """Yield server-sent events out of a chunked answer; end with it."""
    text = b""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while size := int(await reader.readuntil(b"\r\n"), 16):
            text += (await reader.readexactly(size + 2))[:-2]
            *whole, text = text.split(b"\n\n")
            for one in whole:
                fields = dict(line.split(": ", 1) for line in one.decode().split("\n"))
                if "data" in fields:
                    yield fields
