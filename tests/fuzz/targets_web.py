"""The coach's page: every route and every command, as bytes on a socket and as requests of a viewer.

There is no socket: a request goes to the protocol that the server speaks, and what it writes is read back.
Each answer must be one that was thought of (below 500, or 503), what is told to viewers must be text that can
be sent, and the recording on the shelf must stay as it was, byte by byte.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import h11
from uvicorn.server import ServerState

from firmware_bridge.link import SensorNotFoundError
from imu_tempo.live.web import WebPlan
from imu_tempo.live.web.access import Access
from imu_tempo.live.web.app import make_app
from imu_tempo.live.web.connections import Connection
from imu_tempo.live.web.hub import Message
from imu_tempo.live.web.memory import FILE_NAME, Bar, Memory
from imu_tempo.live.web.radio import Radio
from imu_tempo.live.web.room import Room
from imu_tempo.live.web.security import Guard
from imu_tempo.live.web.server import configured
from imu_tempo.live.web.setup import Setup
from imu_tempo.live.web.shelf import ref_edit
from tests.fuzz.harness import Target

RECORDINGS = Path(__file__).parents[2] / "recordings"
KEY = "squat_3-1-X-1.tempo"
ACCESS = Access(8421, token="the-token-of-today")
HOST = "127.0.0.1:8421"
TURNS = 60
"""Of the event loop, after which what still goes on is a viewer that listens."""
PIECE = 7
PATIENCE_S = 5.0
"""For a file that a thread reads."""
FIRST_REP_S = 12.2
EDITS = "edits.jsonl"

GETS = (
    *(
        "/",
        "/palette.css",
        "/static/main.js",
        "/static/icon.svg",
        "/api/choices",
        "/api/names",
        "/api/qr.svg",
    ),
    *("/api/events", f"/api/recordings/{KEY}", f"/api/recordings/{KEY}/export/csv"),
    *(f"/api/recordings/{KEY}/export/json", "/api/standing?athlete=A12&exercise=squat"),
    *("/api/days?athlete=A12&exercise=squat", "/api/weeks?athlete=A12", "/?token=the-token-of-today"),
    "/static/..%2f..%2fapp.py",
)
SETUP = {"athlete": "A12", "exercise": "squat", "load_kg": 102.5, "tempo": "3-1-X-1", "protocol": None}
POSTS: tuple[tuple[str, object], ...] = (
    ("/api/bars/1/setup", {**SETUP, "stop_loss_pct": 20}),
    ("/api/bars/2/setup", {"exercise": "bench_press", "protocol": "eccentric_overload"}),
    ("/api/bars/1/sensor", {"sensor": "F0:0D:BA:2B:E1:01"}),
    ("/api/bars/2/sensor", {"sensor": None}),
    ("/api/scan", {}),
    ("/api/identify", {"sensor": "F0:0D:BA:2B:E1:01"}),
    ("/api/fix", {"recording": KEY, "at_s": FIRST_REP_S, "action": "partial"}),
    ("/api/undo", {"recording": KEY}),
    ("/api/replay", {"recording": KEY, "pace": 4}),
    ("/api/replay", {"recording": KEY, "pace": 0}),
)


class _Radio(Radio):
    """Has no sensor in the air."""

    async def scan(self) -> list[Any]:
        return []

    async def find(self, who: str | None) -> Any:
        raise SensorNotFoundError(who, waited_s=0.0)


@dataclass(frozen=True)
class _Page:
    """A page with one recording on its shelf, its event loop, and what it must not do."""

    room: Room
    app: Guard
    runner: asyncio.Runner
    folder: Path
    kept: dict[str, bytes]
    edits: bytes
    errors: list[str]

    def check(self) -> None:
        """Look whether all is as it must be, and put the edits back."""
        said, self.errors[:] = self.errors[:], []
        assert not said, said[0]
        Message("state", "0", json.dumps(self.room.hub.state, ensure_ascii=False, allow_nan=False)).encode()
        assert _files(self.folder) == self.kept
        (self.folder / EDITS).write_bytes(self.edits)


@cache
def _page() -> _Page:
    place = Path(tempfile.mkdtemp(prefix="imu-tempo-fuzz-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder = place / "sessions" / KEY
    shutil.copytree(RECORDINGS / KEY, folder)
    runner = asyncio.Runner()
    atexit.register(runner.close)
    room = runner.run(_room(WebPlan(out=folder.parent, history=place / "history", port=0)))
    errors: list[str] = []
    for name in ("uvicorn.error", "asyncio", "imu_tempo"):
        logger = logging.getLogger(name)
        logger.addHandler(_Kept(errors))
        logger.propagate = False
    app = make_app(room, ACCESS, ACCESS.url())
    room.shelf.say(KEY, FIRST_REP_S, lambda rep: ref_edit("assisted", rep))
    return _Page(room, app, runner, folder, _files(folder), (folder / EDITS).read_bytes(), errors)


async def _room(plan: WebPlan) -> Room:
    room = Room(plan, _Radio())
    room.work = _at_once  # type: ignore[method-assign,assignment]  # a thread is no matter of bytes
    room.player.play = _no_replay  # type: ignore[method-assign]
    await room._wake()
    return room


async def _at_once(what: Callable[[], Any]) -> Any:
    return what()


async def _no_replay(opened: object, *, pace: float) -> None:
    assert pace in (1.0, 2.0, 4.0, 8.0)


class _Kept(logging.Handler):
    """Keeps what would fill the coach's terminal."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        self._errors.append(logging.Formatter().format(record))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != EDITS}


# As bytes on a socket


class _Wire(asyncio.Transport):
    """A socket's other end, in memory."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__({"peername": ("127.0.0.9", 50000), "sockname": ("127.0.0.1", 8421)})
        self.written = bytearray()
        self.connection: Connection | None = None
        self._loop = loop
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing and self.connection is not None:
            self._closing = True
            self._loop.call_soon(self.connection.connection_lost, None)

    abort = close

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def _wire(data: bytes) -> None:
    page = _page()
    for size in (len(data) or 1, PIECE):
        if size == PIECE and len(data) > 100 * PIECE:
            continue
        _answers(page.runner.run(_exchange(page, [data[i : i + size] for i in range(0, len(data), size)])))
        page.check()


async def _exchange(page: _Page, pieces: list[bytes]) -> bytes:
    loop, state = asyncio.get_running_loop(), ServerState()
    wire = _Wire(loop)
    wire.connection = connection = Connection(configured(page.app), state, {}, loop)  # type: ignore[arg-type]
    connection.connection_made(wire)
    for piece in pieces:
        if not wire.is_closing():
            connection.data_received(piece)
            await asyncio.sleep(0)
    await _settled(page, *state.tasks)
    wire.close()
    while state.tasks:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not connection._timers
    assert not state.connections
    assert not page.room.hub.readers
    return bytes(wire.written)


async def _settled(page: _Page, *tasks: asyncio.Task[None]) -> None:
    """Wait until all is answered, or only a viewer that listens is left."""
    for _ in range(TURNS):
        if all(task.done() for task in tasks):
            return
        await asyncio.sleep(0)
    if not page.room.hub.readers:
        await asyncio.wait(tasks, timeout=PATIENCE_S)


def _answers(told: bytes) -> None:
    statuses = [int(code) for code in re.findall(rb"(?:^|\n)HTTP/1\.1 (\d{3})", told)]
    assert all(status < 500 or status == 503 for status in statuses), statuses
    if statuses:
        reader = h11.Connection(h11.CLIENT)
        reader.send(h11.Request(method="GET", target="/", headers=[("Host", HOST)]))
        reader.send(h11.EndOfMessage())
        reader.receive_data(told)
        reader.next_event()  # raises where it is no answer at all


def _cookie() -> str:
    from imu_tempo.live.web.security import COOKIE, _cookie_value

    return f"{COOKIE}={_cookie_value(ACCESS.token or '')}"


def _raw(method: str, path: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Origin: http://{HOST}", f"Cookie: {_cookie()}"]
    if method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _wires() -> list[bytes]:
    posts = [_raw("POST", path, json.dumps(said).encode()) for path, said in POSTS]
    odd = [_raw(method, "/") for method in ("HEAD", "OPTIONS", "PUT", "TRACE", "CONNECT")]
    chunked = _raw("POST", "/api/scan").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    upgrade = _raw("GET", "/").replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
    pipelined = _raw("GET", "/api/names") + _raw("GET", "/palette.css") + _raw("GET", "/api/events")
    return [
        *(_raw("GET", path) for path in GETS),
        *posts,
        *odd,
        chunked + b"2\r\n{}\r\n0\r\n\r\n",
        upgrade,
        pipelined,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]


# As requests of a viewer that is in


def _request(data: bytes) -> None:
    """Ask for what the first line says, with the rest as the body, as a browser that is let in does."""
    page = _page()
    line, _, body = data.partition(b"\n")
    method, _, target = line.partition(b" ")
    path, _, query = target.partition(b"?")
    status, headers, answer = page.runner.run(
        _ask(page, method.decode("latin-1"), path.decode("utf-8", "replace"), query, body)
    )
    assert status < 500 or status == 503, answer
    assert b"content-security-policy" in headers
    if headers.get(b"content-type", b"").startswith(b"application/json"):
        json.loads(answer, parse_constant=_refuse)
    page.check()


async def _ask(
    page: _Page, method: str, path: str, query: bytes, body: bytes
) -> tuple[int, dict[bytes, bytes], bytes]:
    told: list[Any] = []
    gone = asyncio.Event()
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        if (message := next(asked, None)) is None:
            await gone.wait()
            return {"type": "http.disconnect"}
        return message

    async def send(message: Any) -> None:
        told.append(message)

    usual = {"host": HOST, "origin": f"http://{HOST}", "cookie": _cookie(), "sec-fetch-site": "same-origin"}
    if method == "POST":
        usual |= {"content-type": "application/json", "content-length": str(len(body))}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [(name.encode(), value.encode()) for name, value in usual.items()],
    }
    asking = asyncio.ensure_future(page.app(scope, receive, send))
    await _settled(page, asking)
    gone.set()
    await asking
    return told[0]["status"], dict(told[0]["headers"]), b"".join(m.get("body", b"") for m in told[1:])


def _refuse(constant: str) -> object:
    raise AssertionError(f"{constant} is no JSON")


def _requests() -> list[bytes]:
    gets = [f"GET {path}\n".encode() for path in GETS]
    return [*gets, *(f"POST {path}\n{json.dumps(said)}".encode() for path, said in POSTS)]


# The file that a restart reads


def _memory(data: bytes) -> None:
    page, day = _page(), date(2026, 3, 1)
    folder = page.folder.parent.parent / "memory"
    folder.mkdir(exist_ok=True)
    (folder / FILE_NAME).write_bytes(data)
    memory = Memory.read(folder, day)
    memory.write(folder, day)
    assert Memory.read(folder, day) == memory


def _memories() -> list[bytes]:
    page, day = _page(), date(2026, 3, 1)
    setup = Setup.read({**SETUP, "stop_loss_pct": 20})
    Memory({"1": Bar(setup, "Bar A12"), "2": Bar()}, {KEY: setup}).write(page.folder.parent, day)
    path = page.folder.parent / FILE_NAME
    data = path.read_bytes()
    path.unlink()
    return [data, b"{}"]


TARGETS = (
    Target("web-wire", _wire, (), _wires, text=True, seconds=10, examples=150),
    Target("web-request", _request, (), _requests, text=True, seconds=10, examples=300),
    Target("web-memory", _memory, (), _memories, text=True, examples=100),
)
