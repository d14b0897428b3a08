"""What viewers are told: one state that grows by patches, and readers that cannot slow it down.

The state is a dictionary of keys, each replaced as a whole. A reader gets all of it once and then the
patches, each with a number; one that comes back says the last number it had, and gets what it missed, or all
of it again where that is too long ago. A reader too slow for its queue is sent all of it again, and never
waited for.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 512
"""Patches that a reader may have missed and still catch up by: some minutes of lifting."""
QUEUE = 64
"""Patches that may wait for one reader: some seconds of lifting."""
BEAT_S = 10.0
"""A word at least so often: by its absence a page knows that the link to the server is gone."""

Json = Any
"""What JSON holds; the shapes are those that :mod:`imu_tempo.live.web.tracker` and its neighbours build."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as server-sent events have it: a kind, a number that a reader can come back to, a body."""

    kind: str
    number: str
    body: str

    def encode(self) -> bytes:
        """Return the bytes on the wire."""
        return f"event: {self.kind}\nid: {self.number}\ndata: {self.body}\n\n".encode()


@dataclass(slots=True, eq=False)
class _Reader:
    queue: deque[Message] = field(default_factory=deque)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    behind: bool = False


class Hub:
    """The state of the page, and who reads it.

    Attributes
    ----------
    state
        What every reader has; change it by :meth:`put` only.
    """

    def __init__(self) -> None:
        self.state: dict[str, Json] = {}
        self._epoch = secrets.token_hex(4)
        self._number = 0
        self._recent: deque[Message] = deque(maxlen=KEPT)
        self._readers: set[_Reader] = set()
        self._closed = False

    @property
    def readers(self) -> int:
        """How many read now."""
        return len(self._readers)

    def put(self, patch: Mapping[str, Json]) -> None:
        """Replace keys of the state, and tell everyone; None takes a key away."""
        for key, value in patch.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value
        self._number += 1
        message = Message("patch", self._id(self._number), _dumps({"sent_ms": now_ms(), "patch": patch}))
        self._recent.append(message)
        for reader in self._readers:
            if len(reader.queue) >= QUEUE:
                reader.behind = True
                reader.queue.clear()
            if not reader.behind:
                reader.queue.append(message)
            reader.ready.set()

    def close(self) -> None:
        """End every reader's stream."""
        self._closed = True
        for reader in self._readers:
            reader.ready.set()

    async def read(self, last: str | None = None, *, beat_s: float = BEAT_S) -> AsyncIterator[Message]:
        """Yield messages to one reader, for as long as it reads.

        Parameters
        ----------
        last
            Number of the last message that it had, where it comes back.
        beat_s
            Longest silence.
        """
        reader = _Reader()
        missed = self._since(last)
        reader.behind = missed is None
        reader.queue.extend(missed or ())
        self._readers.add(reader)
        try:
            while not self._closed:
                if reader.behind:
                    reader.behind = False
                    yield self._whole()
                while reader.queue:
                    yield reader.queue.popleft()
                reader.ready.clear()
                if reader.queue or reader.behind or self._closed:
                    continue
                try:
                    async with asyncio.timeout(beat_s):
                        await reader.ready.wait()
                except TimeoutError:
                    yield Message("beat", self._id(self._number), _dumps({"sent_ms": now_ms()}))
        finally:
            self._readers.discard(reader)

    def _whole(self) -> Message:
        body = _dumps({"sent_ms": now_ms(), "state": self.state})
        return Message("state", self._id(self._number), body)

    def _since(self, last: str | None) -> list[Message] | None:
        """Return what came after a message; None where that is not known any more."""
        epoch, _, number = (last or "").partition("-")
        if epoch != self._epoch or not (number.isascii() and number.isdigit()):
            return None
        missed = self._number - int(number)
        if not 0 <= missed <= len(self._recent):
            return None
        return list(self._recent)[len(self._recent) - missed :]

    def _id(self, number: int) -> str:
        return f"{self._epoch}-{number}"


def now_ms() -> float:
    """Return the wall clock in milliseconds since 1970, as browsers count."""
    return round(time.time() * 1000, 1)


def _dumps(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
