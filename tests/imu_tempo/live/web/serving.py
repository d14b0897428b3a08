"""The page served from a thread of its own, with virtual bars, for tests that open it as anyone does."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from imu_tempo.live.web import WebPlan, serve
from imu_tempo.live.web.access import Access
from imu_tempo.live.web.room import Room

READY_S = 60.0
SQUAT_BAR, BENCH_BAR = "F0:0D:BA:2B:E1:01", "F0:0D:BA:2B:E1:02"


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """The running page."""

    room: Room
    access: Access
    url: str
    loop: asyncio.AbstractEventLoop
    stop: Callable[[], None] = field(repr=False)

    @property
    def state(self) -> dict[str, Any]:
        return self.room.hub.state

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.access.port}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request as it is; a header is left out where its value is empty."""
        sent = {"Host": self.host, **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection = http.client.HTTPConnection("127.0.0.1", self.access.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers={k: v for k, v in sent.items() if v})
            response = connection.getresponse()
            found = {k.lower(): v for k, v in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, said: object = None, **headers: str) -> Answer:
        usual = {"Content_Type": "application/json", "Origin": f"http://{self.host}"}
        return self.ask("POST", path, json.dumps(said or {}).encode(), **{**usual, **headers})

    def call(self, what: Callable[[], Any]) -> Any:
        """Do something in the server's event loop."""
        done: Future[Any] = Future()

        def run() -> None:
            try:
                done.set_result(what())
            except Exception as error:  # the test is to see it
                done.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return done.result(20)

    def until(self, what: Callable[[dict[str, Any]], Any], timeout_s: float = 60.0) -> Any:
        """Wait for the state to be so."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if found := what(dict(self.state)):
                return found
            threading.Event().wait(0.02)
        raise AssertionError(f"not within {timeout_s} s; the state is {json.dumps(self.state)[:3000]}")


@contextmanager
def served(plan: WebPlan) -> Iterator[Served]:
    """Serve the page for the block."""
    ready = threading.Event()
    found: list[Served] = []
    failures: list[BaseException] = []

    async def run() -> None:
        until, loop = asyncio.Event(), asyncio.get_running_loop()

        def on_ready(room: Room, access: Access, url: str) -> None:
            stop = lambda: loop.call_soon_threadsafe(until.set)  # noqa: E731
            found.append(Served(room, access, url, loop, stop))
            ready.set()

        await serve(plan, until=until, on_ready=on_ready)

    def thread() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # the test is to see it
            failures.append(error)
        finally:
            ready.set()

    worker = threading.Thread(target=thread, daemon=True)
    worker.start()
    assert ready.wait(READY_S)
    if failures:
        raise failures[0]
    try:
        yield found[0]
    finally:
        found[0].stop()
        worker.join(READY_S)
        assert not worker.is_alive()
    if failures:
        raise failures[0]
