"""The page on a network that means harm: raw sockets against a running server, on this computer only."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import pytest
from serving import SQUAT_BAR, Served, served

from firmware_bridge.recording import Recording
from imu_tempo.live.web import WebPlan, connections, radio, routes, server
from imu_tempo.live.web.connections import EACH, STRANGERS, TOLD, VIEWERS
from imu_tempo.live.web.security import BODY_BYTES, HEADER_BYTES

SOON_S = 0.3
LATE_S = 10.0
HELD_BY_EACH = 25
"""Sockets of an attacker: four of them leave the coach a place."""


class Watched(connections.Connection):
    """A connection that the tests can count."""

    alive: ClassVar[set[connections.Connection]] = set()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.alive.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.alive.discard(self)


@pytest.fixture(autouse=True, scope="module")
def watched() -> Iterator[None]:
    """Let the tests count the server's sockets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "Connection", Watched)
        yield


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a gym without sensors."""
    out = tmp_path_factory.mktemp("gym")
    with served(WebPlan(out=out / "s", history=out / "h", port=0)) as found:
        yield found


@contextmanager
def dial(page: Served, *, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.create_connection(
        ("127.0.0.1", page.access.port), timeout=LATE_S, source_address=(source, 0)
    ) as s:
        yield s


def head(page: Served, line: str = "GET / HTTP/1.1", *headers: str) -> bytes:
    return "\r\n".join([line, f"Host: {page.host}", *headers, "", ""]).encode()


def posted(page: Served, *headers: str) -> bytes:
    usual = (f"Origin: http://{page.host}", "Content-Type: application/json")
    return head(page, "POST /api/fix HTTP/1.1", *usual, *headers)


def read_all(s: socket.socket) -> bytes:
    """Read until the server closes; a reset is an end as well."""
    told = b""
    try:
        while piece := s.recv(1 << 16):
            told += piece
    except ConnectionError:
        pass
    return told


def read_until(s: socket.socket, mark: bytes) -> bytes:
    told = b""
    while mark not in told and (piece := s.recv(1 << 16)):
        told += piece
    return told


def until(what: Callable[[], bool], seconds: float = LATE_S) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


# What waits, and what only takes a place


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", "a body that does not come"]
)
def test_a_request_that_does_not_come_is_not_waited_for(
    page: Served, monkeypatch: pytest.MonkeyPatch, begun: bytes | str
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", SOON_S)
    sent = begun if isinstance(begun, bytes) else posted(page, "Content-Length: 20") + b"{"
    with dial(page) as s:
        s.sendall(sent)
        assert read_all(s) == b""
    assert page.get("/").status == 200


def test_trickling_gets_no_more_time_not_even_after_a_request(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_S", 2 * SOON_S)
    with dial(page) as s:
        s.sendall(head(page, "HEAD / HTTP/1.1"))
        read_until(s, b"\r\n\r\n")
        until(lambda: bool(held(page)))
        begun_s = time.monotonic()
        while held(page) and time.monotonic() - begun_s < LATE_S:
            with suppress(OSError):
                s.sendall(b"G")
            threading.Event().wait(SOON_S / 5)
        assert time.monotonic() - begun_s < LATE_S / 2


def test_too_many_sockets_are_told_so_and_the_page_comes_back(page: Served) -> None:
    with ExitStack() as stack:
        for number in range(VIEWERS):
            stack.enter_context(dial(page, source=f"127.0.0.{2 + number // EACH}"))
        until(lambda: len(held(page)) == VIEWERS)
        answer = page.get("/")
        assert answer.status == 503
        assert b"Too many connections" in answer.body
        until(lambda: len(held(page)) == VIEWERS)
        for _ in range(TOLD):
            stack.enter_context(dial(page, source="127.0.0.9"))
        until(lambda: len(held(page)) == VIEWERS + TOLD)
        with dial(page) as beyond:
            assert read_all(beyond) == b""
        assert len(held(page)) == VIEWERS + TOLD
    until(lambda: not held(page))
    assert page.get("/").status == 200


def test_one_device_cannot_keep_the_others_out(page: Served) -> None:
    with ExitStack() as stack:
        for _ in range(EACH):
            stack.enter_context(dial(page, source="127.0.0.2"))
        until(lambda: len(held(page)) == EACH)
        with dial(page, source="127.0.0.2") as greedy:
            greedy.sendall(head(page))
            assert b" 503 " in read_until(greedy, b"\r\n")
        assert page.get("/").status == 200
    until(lambda: not held(page))


def test_devices_without_the_token_cannot_keep_the_coach_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "EVERYWHERE", "127.0.0.1")
    monkeypatch.setattr(server, "token_of_today", lambda new: "the-token-of-today")
    plan = WebPlan(out=tmp_path / "s", history=tmp_path / "h", lan=True, port=0)
    with served(plan) as page, ExitStack() as stack:
        cookie = page.get("/?token=the-token-of-today").headers["set-cookie"].partition(";")[0]
        assert page.get("/api/names", Cookie=cookie).status == 200
        for number in range(2 * VIEWERS):
            stack.enter_context(dial(page, source=f"127.0.0.{2 + number % 50}"))
        until(lambda: len(held(page)) >= STRANGERS + TOLD)
        assert page.get("/api/names", Cookie=cookie).status == 200
        with dial(page, source="127.0.0.60") as stranger:
            assert read_all(stranger) == b""


def held(page: Served) -> list[connections.Connection]:
    """Return the sockets that the server holds."""
    return [one for one in tuple(Watched.alive) if one.server and one.server[1] == page.access.port]


# Viewers


def test_viewers_beyond_the_limit_are_told_so(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "READERS", 3)
    with ExitStack() as stack:
        for _ in range(3):
            s = stack.enter_context(dial(page))
            s.sendall(head(page, "GET /api/events HTTP/1.1"))
            assert b"event: state" in read_until(s, b"event: state")
        refused = page.get("/api/events")
        assert refused.status == 503
        assert b"screens watch already" in refused.body
        assert "retry-after" in refused.headers
        assert page.ask("HEAD", "/api/events").status == 503
    until(lambda: page.room.hub.readers == 0)


def test_of_viewers_that_come_at_once_no_more_are_let_in(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "READERS", 3)
    with ExitStack() as stack:
        sockets = [stack.enter_context(dial(page)) for _ in range(30)]
        for s in sockets:
            s.sendall(head(page, "GET /api/events HTTP/1.1"))
        for s in sockets:
            read_until(s, b"\r\n\r\n")
        until(lambda: page.room.hub.readers == 3)
        threading.Event().wait(SOON_S)
        assert page.room.hub.readers == 3
    until(lambda: page.room.hub.readers == 0)


def test_asking_about_events_takes_no_place(page: Served) -> None:
    assert page.ask("HEAD", "/api/events").status == 200
    assert page.room.hub.readers == 0


def test_a_viewer_that_never_reads_costs_no_memory_and_is_let_go(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "TAKE_S", 2 * SOON_S)
    with dial(page) as deaf, dial(page) as hearing:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for s in (deaf, hearing):
            s.sendall(head(page, "GET /api/events HTTP/1.1"))
        read_until(hearing, b"event: state")
        until(lambda: page.room.hub.readers == 2)
        most = 0
        for number in range(2000):  # 20 MB in all
            page.call(lambda n=number: page.room.hub.put({"test": "x" * 10_000, "n": n}))
            most = max(most, page.call(lambda: max(len(r.queue) for r in page.room.hub._readers)))
            read_until(hearing, f'"n":{number}'.encode())
            if page.room.hub.readers == 1:
                break
        assert most <= 64
        until(lambda: page.room.hub.readers == 1)
        page.call(lambda: page.room.hub.put({"test": None, "n": None, "last": 1}))
        assert read_until(hearing, b'"last":1')
    page.call(lambda: page.room.hub.put({"last": None}))
    until(lambda: page.room.hub.readers == 0)


def test_who_asks_for_what_is_logged_nowhere(page: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        page.get("/?token=the-token-of-today")
        page.get("/api/days?athlete=A12")
        page.post("/api/undo", {"recording": "A12"})
    assert "the-token-of-today" not in caplog.text
    assert "A12" not in caplog.text


# Nonsense on the wire

NONSENSE = {
    "no HTTP": lambda page: b"\x16\x03\x01\x02\x00garbage\r\n\r\n",
    "HTTP/2": lambda page: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": lambda page: b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": lambda page: head(page, "GET / HTTP/1.1", "Host: evil.example"),
    "old": lambda page: b"GET / HTTP/1.0\r\n\r\n",
    "not UTF-8": lambda page: head(page, "GET /static/%ff%fe%00 HTTP/1.1"),
    "raw bytes": lambda page: b"GET /\xff\xfe HTTP/1.1\r\nHost: " + page.host.encode() + b"\r\n\r\n",
    "garbage after a request": lambda page: head(page) + b"\x00\x01\x02garbage\r\n\r\n",
    "garbage into a body": lambda page: posted(page, "Transfer-Encoding: chunked") + b"zz\r\n\0\r\n",
    "two lengths": lambda page: posted(page, "Content-Length: 2", "Content-Length: 3") + b"{}",
    "length of 5000 digits": lambda page: posted(page, "Content-Length: " + "9" * 5000) + b"{}",
    "negative length": lambda page: posted(page, "Content-Length: -1") + b"{}",
    "long headers": lambda page: head(page, "GET / HTTP/1.1", "X: " + "a" * HEADER_BYTES),
    "many headers": lambda page: head(page, "GET / HTTP/1.1", *(f"X{i}: a" for i in range(4000))),
    "long address": lambda page: head(page, f"GET /{'a' * 2 * HEADER_BYTES} HTTP/1.1"),
    "unknown method": lambda page: head(page, "BREW / HTTP/1.1"),
    "options": lambda page: head(page, "OPTIONS * HTTP/1.1"),
    "proxy": lambda page: head(page, "CONNECT evil.example:443 HTTP/1.1") + b"\x16\x03\x01",
    "web socket": lambda page: head(page, "GET / HTTP/1.1", "Connection: upgrade", "Upgrade: websocket"),
    "an Origin that is none": lambda page: head(page, "POST / HTTP/1.1", "Origin: h://["),
    "a long body, chunked": lambda page: (
        posted(page, "Transfer-Encoding: chunked") + b"2000\r\n" + b"x" * BODY_BYTES + b"\r\n0\r\n\r\n"
    ),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_answered_or_cut_off_and_fills_no_terminal(
    page: Served, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    for size in (1 << 20, 999):
        with dial(page) as s, caplog.at_level(logging.WARNING):
            sent = NONSENSE[what](page)
            try:
                for i in range(0, len(sent), size):
                    s.sendall(sent[i : i + size])
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # cut off in the middle
            status = read_all(s).partition(b"\r\n")[0]
        assert status == b"" or 200 <= int(status.split()[1]) < 500, status
    assert caplog.text == ""
    assert page.get("/").status == 200


def test_requests_of_one_socket_are_answered_in_order(page: Served) -> None:
    with dial(page) as s:
        s.sendall(head(page, "GET /palette.css HTTP/1.1") + head(page, "GET /nowhere HTTP/1.1"))
        s.sendall(head(page, "GET /api/names HTTP/1.1", "Connection: close"))
        told = read_all(s)
    assert re.findall(rb"HTTP/1\.1 (\d+)", told) == [b"200", b"404", b"200"]


# The measuring goes on


def test_a_page_under_attack_loses_no_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radio, "VIRTUAL_HOURS", 0.1)
    plan = WebPlan(out=tmp_path / "s", history=tmp_path / "h", virtual=True, speed=3.0, port=0)
    with served(plan) as page:
        page.post("/api/bars/1/sensor", {"sensor": SQUAT_BAR})
        page.until(lambda s: s.get("1.phase", {}).get("name") not in (None, "rest"))
        stop = threading.Event()
        counts: list[int] = []
        attackers = [
            threading.Thread(target=attack, args=(page, stop, counts, kind), daemon=True) for kind in range(4)
        ]
        for attacker in attackers:
            attacker.start()
        try:
            page.until(lambda s: len(s.get("1.set", {}).get("reps", [])) >= 2)
            until(
                lambda: page.post("/api/bars/2/setup", {"load_kg": 120}).status == 200
            )  # and can be steered
        finally:
            stop.set()
            for attacker in attackers:
                attacker.join()
    assert sum(counts) > 100, "or it was no attack"
    (recording,) = (Recording.open(path) for path in plan.out.iterdir() if path.is_dir())
    contents = recording.manifest.contents
    assert contents is not None
    assert contents.lost == 0
    assert contents.samples > 200 * 20, "20 s of lifting"


def attack(page: Served, stop: threading.Event, counts: list[int], kind: int) -> None:
    """Do one kind of harm, again and again, until told to stop."""
    sent = (
        NONSENSE["no HTTP"](page),
        head(page, "GET /api/events HTTP/1.1"),
        posted(page, "Content-Length: 8000") + b"[" * 8000,
        head(page, "GET /api/choices HTTP/1.1") * 20,
    )[kind]
    done, sockets = 0, list[socket.socket]()
    while not stop.is_set():
        with suppress(OSError):
            sockets.append(
                socket.create_connection(
                    ("127.0.0.1", page.access.port), timeout=1.0, source_address=(f"127.0.0.{10 + kind}", 0)
                )
            )
            sockets[-1].sendall(sent)
            done += 1
        if len(sockets) > HELD_BY_EACH:
            sockets.pop(0).close()
    for s in sockets:
        s.close()
    counts.append(done)
