"""Who may talk to the page, and what the page may do in a browser.

1. Host: only names of this computer, so that no other site's name can be made to point here (DNS rebinding).
2. Origin: whatever changes something must come from the page itself, as JSON (no cross-site posting). Another
   site may lead to the page, and fetch nothing of it.
3. Token: on a network, whoever opens the page must have the address with the token; a cookie then stands
   for it.
4. Bounds: bodies, the length of a query; of sockets in :mod:`imu_tempo.live.web.connections`.
5. Headers: a content security policy that allows nothing but the page's own files.

What this is to withstand, and what not, is in ``docs/threat-model.md``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from imu_tempo.live.web.access import Access

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES = 8 * 1024
"""The longest request is a setup of a few hundred bytes."""
QUERY_BYTES = 1024
HEADER_BYTES = 16 * 1024
"""A browser sends one or two thousand."""
LENGTH_DIGITS = 9
"""Of a body's length: beyond is too long, and Python reads no number of thousands of digits."""
COOKIE = "imu_tempo"
COOKIE_S = 24 * 3600
"""A training day; the token itself is the day's."""
TOKEN_NAME = "token"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
NOT_KEPT = (b"cache-control", b"no-store")
"""What says nothing of it is kept by no cache: a tablet may be anybody's tomorrow."""


class Guard:
    """Stands before the page's application.

    Parameters
    ----------
    app
        What is guarded.
    access
        Names of this computer, and the token where one is asked for.
    """

    def __init__(self, app: App, access: Access) -> None:
        self._app = app
        self._access = access
        self._shown: set[str] = set()

    def knows(self, address: str) -> bool:
        """Say whether a device at this address has shown the token; where none is asked for, all have."""
        return self._access.token is None or address in self._shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        sending = _with_headers(send)
        headers = _headers(scope)
        if refusal := self._refusal(scope, headers):
            await _answer(sending, *refusal)
        elif self._access.token and self._has_token(scope):
            await _welcome(sending, scope, _cookie_value(self._access.token))
        elif self._access.token and not self._has_cookie(headers):
            await _answer(sending, 403, _LOCKED, b"text/html; charset=utf-8")
        else:
            self._shown.add((scope.get("client") or ("",))[0])
            await self._app(scope, _bounded(receive), sending)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, bytes] | None:
        if not self._access.is_own(headers.get("host", "")):
            return 421, b"This page does not answer to that name: use the address that imu-tempo printed."
        if not scope["path"].isprintable():
            return 404, b"There is nothing of that name."
        if len(scope.get("query_string", b"")) > QUERY_BYTES:
            return 414, b"That address is too long."
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
            return 431, b"Those headers are too long."
        if _from_elsewhere(scope, headers):
            return 403, b"Another site may lead to the page, and not use it."
        if scope["method"] in ("GET", "HEAD"):
            return None
        if scope["method"] != "POST":
            return 405, b"Only GET and POST."
        if not _same_origin(headers):
            return 403, b"Only the page itself may change anything."
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return 415, b"Expected JSON."
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            return 411, b"Expected a length."
        too_long = len(length) > LENGTH_DIGITS or int(length) > BODY_BYTES
        return (413, b"That is too long.") if too_long else None

    def _has_token(self, scope: Scope) -> bool:
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(TOKEN_NAME, [""])
        return _equal(given[0], self._access.token or "")

    def _has_cookie(self, headers: dict[str, str]) -> bool:
        wanted = _cookie_value(self._access.token or "")
        cookies = (cookie.strip().partition("=") for cookie in headers.get("cookie", "").split(";"))
        return any(name == COOKIE and _equal(given, wanted) for name, _, given in cookies)


def _equal(given: str, wanted: str) -> bool:
    """Compare in a time that does not tell how much was right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())


def _cookie_value(token: str) -> str:
    """Return what stands for the token: a cookie that leaks does not give the address away."""
    return hmac.new(token.encode(), b"imu-tempo cookie", hashlib.sha256).hexdigest()


def _from_elsewhere(scope: Scope, headers: dict[str, str]) -> bool:
    """Say whether another site asks for anything but the page itself; only browsers of today tell.

    What it fetches it cannot read, but that costs work, and takes a viewer's place.
    """
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return False
    return headers.get("sec-fetch-mode") != "navigate" or scope["path"] != "/"


def _same_origin(headers: dict[str, str]) -> bool:
    origin = headers.get("origin")
    if origin is not None:
        return origin == f"http://{headers.get('host', '')}"
    return headers.get("sec-fetch-site") == "same-origin"


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            had = list(message.get("headers", []))
            kept = any(name.lower() == b"cache-control" for name, _ in had)
            message["headers"] = [*had, *HEADERS, *(() if kept else (NOT_KEPT,))]
        await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    had = 0

    async def receiving() -> Message:
        nonlocal had
        message = await receive()
        had += len(message.get("body", b""))
        return {"type": "http.disconnect"} if had > BODY_BYTES else message

    return receiving


async def _welcome(send: Send, scope: Scope, cookie: str) -> None:
    """Give the cookie, and lead to the address without the token: it stays in no history."""
    told = f"{COOKIE}={cookie}; Max-Age={COOKIE_S}; Path=/; HttpOnly; SameSite=Lax"
    headers = [(b"location", b"/"), (b"set-cookie", told.encode())]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _answer(send: Send, status: int, body: bytes, kind: bytes = b"text/plain; charset=utf-8") -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_LOCKED = b"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>imu-tempo</title>
<h1>This page is locked</h1>
<p>Open it with the address, or the QR code, that imu-tempo shows on the computer at the rack.</p></html>"""
