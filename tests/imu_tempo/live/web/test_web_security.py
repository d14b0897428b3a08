"""Who may talk to the page: names, origins, the token, bounds, headers."""

from __future__ import annotations

import asyncio
import base64
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_tempo.live.web import access as access_module
from imu_tempo.live.web.access import Access, qr_svg, token_of_today
from imu_tempo.live.web.security import BODY_BYTES, Guard

OPEN = Access(8421)
LOCKED = Access(8421, OPEN.names | {"192.168.1.5", "rack"}, token="the-token-of-today")
GOOD = {"host": "127.0.0.1:8421"}
POSTED = {
    **GOOD,
    "origin": "http://127.0.0.1:8421",
    "content-type": "application/json",
    "content-length": "2",
}


def ask(
    access: Access,
    headers: dict[str, str],
    *,
    method: str = "GET",
    path: str = "/",
    query: str = "",
    body: bytes = b"",
) -> tuple[int, dict[str, str], bytes]:
    """Ask a guard before an application that says yes to everything, as far as it can read the body."""

    async def yes(scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            pass
        status = 200 if message["type"] == "http.request" else 499
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"yes"})

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode("latin-1"),
        "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
    }
    asyncio.run(Guard(yes, access)(scope, receive, send))
    found = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(m.get("body", b"") for m in sent[1:])


@pytest.mark.parametrize("host", ["127.0.0.1:8421", "localhost:8421", "LOCALHOST:8421", "[::1]:8421"])
def test_this_computers_own_names_are_answered(host: str) -> None:
    assert ask(OPEN, {"host": host})[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example:8421", "127.0.0.1", "127.0.0.1:80", "", "127.0.0.1:8421:1", "localhost.:8421"]
)
def test_a_name_that_was_made_to_point_here_is_refused(host: str) -> None:
    assert ask(OPEN, {"host": host})[0] == 421


def test_the_page_itself_may_post() -> None:
    assert ask(OPEN, POSTED, method="POST", body=b"{}")[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8421", ""]
)
def test_another_site_may_not_post(origin: str) -> None:
    assert ask(OPEN, {**POSTED, "origin": origin}, method="POST")[0] == 403


def test_a_post_without_an_origin_is_only_the_pages_if_the_browser_says_so() -> None:
    bare = {k: v for k, v in POSTED.items() if k != "origin"}
    assert ask(OPEN, bare, method="POST")[0] == 403
    assert ask(OPEN, {**bare, "sec-fetch-site": "cross-site"}, method="POST")[0] == 403
    assert ask(OPEN, {**bare, "sec-fetch-site": "same-origin"}, method="POST")[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_of_another_site_could_send_is_refused(kind: str) -> None:
    assert ask(OPEN, {**POSTED, "content-type": kind}, method="POST")[0] == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_are_refused(method: str) -> None:
    assert ask(OPEN, POSTED, method=method)[0] == 405


def test_a_long_body_is_refused_whether_or_not_it_says_so() -> None:
    assert ask(OPEN, {**POSTED, "content-length": str(BODY_BYTES + 1)}, method="POST")[0] == 413
    assert ask(OPEN, {**POSTED, "content-length": "-5"}, method="POST")[0] == 411
    assert ask(OPEN, POSTED, method="POST", body=b"x" * (BODY_BYTES + 1))[0] == 499


def test_a_long_query_is_refused() -> None:
    assert ask(OPEN, GOOD, query="a" * 5000)[0] == 414


def test_every_answer_carries_the_policy() -> None:
    for status, headers, _ in (ask(OPEN, GOOD), ask(OPEN, {"host": "evil.example"}), ask(LOCKED, GOOD)):
        assert "default-src 'none'" in headers["content-security-policy"], status
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


# The token


def test_on_a_network_nothing_is_shown_without_the_token() -> None:
    for path in ("/", "/static/main.js", "/api/events", "/api/names"):
        status, _, body = ask(LOCKED, GOOD, path=path)
        assert status == 403
        assert b"yes" not in body


@given(st.text(max_size=30))
def test_no_other_text_opens_the_page(guess: str) -> None:
    query = "token=" + guess.encode("utf-8", "replace").hex()
    assert ask(LOCKED, GOOD, query=query)[0] == 403
    assert ask(LOCKED, {**GOOD, "cookie": f"imu_tempo={guess.encode().hex()}"})[0] == 403


@pytest.mark.parametrize(
    "query", ["token=", "token", "token=the-token-of-toda", "token=%ff%00", "token=x&token="]
)
def test_an_empty_or_broken_token_opens_nothing(query: str) -> None:
    assert ask(LOCKED, GOOD, query=query)[0] == 403


def test_the_token_gives_a_cookie_and_leaves_the_address() -> None:
    status, headers, _ = ask(LOCKED, GOOD, query="token=the-token-of-today")
    assert (status, headers["location"]) == (303, "/")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "the-token-of-today" not in cookie
    assert ask(LOCKED, {**GOOD, "cookie": cookie.partition(";")[0]})[0] == 200


def test_a_cookie_of_another_token_opens_nothing() -> None:
    other = Access(8421, LOCKED.names, token="the-token-of-yesterday")
    _, headers, _ = ask(other, GOOD, query="token=the-token-of-yesterday")
    assert ask(LOCKED, {**GOOD, "cookie": headers["set-cookie"].partition(";")[0]})[0] == 403


def test_the_cookie_alone_lets_no_other_site_post() -> None:
    _, headers, _ = ask(LOCKED, GOOD, query="token=the-token-of-today")
    cookie = headers["set-cookie"].partition(";")[0]
    sent = {**POSTED, "origin": "http://evil.example", "cookie": cookie}
    assert ask(LOCKED, sent, method="POST")[0] == 403


def test_the_days_token_outlives_a_restart_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    token = token_of_today(tmp_path)
    assert len(token) >= 20
    assert token_of_today(tmp_path) == token
    assert stat.S_IMODE((tmp_path / access_module.TOKEN_FILE).stat().st_mode) == 0o600


def test_a_new_link_shuts_out_who_had_the_old_one(tmp_path: Path) -> None:
    old = token_of_today(tmp_path)
    new = token_of_today(tmp_path, new=True)
    assert new != old
    assert token_of_today(tmp_path) == new
    _, headers, _ = ask(Access(8421, LOCKED.names, token=old), GOOD, query=f"token={old}")
    cookie = headers["set-cookie"].partition(";")[0]
    assert ask(Access(8421, LOCKED.names, token=new), {**GOOD, "cookie": cookie})[0] == 403


def test_tomorrow_has_another_token(tmp_path: Path) -> None:
    token = token_of_today(tmp_path)
    path = tmp_path / access_module.TOKEN_FILE
    path.write_text(f"2001-01-01 {token}\n", encoding="ascii")
    assert token_of_today(tmp_path) != token


@pytest.mark.parametrize("content", ["", "x", "2001-01-01", "\xff", "a b c"])
def test_a_damaged_token_file_is_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / access_module.TOKEN_FILE).write_text(content, encoding="latin-1")
    assert token_of_today(tmp_path) == token_of_today(tmp_path)


def test_the_address_has_the_token_only_where_there_is_one() -> None:
    assert OPEN.url() == "http://127.0.0.1:8421/"
    assert LOCKED.url("192.168.1.5") == "http://192.168.1.5:8421/?token=the-token-of-today"


def test_the_qr_code_is_a_picture_without_scripts() -> None:
    picture = qr_svg(LOCKED.url())
    assert picture.startswith(b"<svg")
    assert b"script" not in picture


# Another site that is open in the coach's browser

CROSS = {**GOOD, "sec-fetch-site": "cross-site"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/api/events", "/api/names", "/api/qr.svg", "/static/main.js", "/"])
def test_another_site_can_fetch_nothing(site: str, path: str) -> None:
    fetched = {**GOOD, "sec-fetch-site": site, "sec-fetch-mode": "no-cors"}
    assert ask(OPEN, fetched, path=path)[0] == 403


def test_another_site_may_lead_to_the_page_and_to_nothing_behind_it() -> None:
    led = {**CROSS, "sec-fetch-mode": "navigate"}
    assert ask(OPEN, led)[0] == 200
    assert ask(OPEN, led, path="/api/recordings/x/export/report")[0] == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_page_itself_and_who_types_its_address_are_no_other_site(site: str) -> None:
    assert ask(OPEN, {**GOOD, "sec-fetch-site": site, "sec-fetch-mode": "cors"}, path="/api/names")[0] == 200


def test_no_site_may_put_the_page_into_a_frame() -> None:
    _, headers, _ = ask(OPEN, GOOD)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


def test_no_answer_lets_another_origin_read_it() -> None:
    for headers in (GOOD, {**GOOD, "origin": "http://evil.example"}):
        assert not [name for name in ask(OPEN, headers)[1] if name.startswith("access-control")]


# The token's strength, and odd headers


def test_a_token_is_128_random_bits(tmp_path: Path) -> None:
    tokens = {token_of_today(tmp_path / str(number)) for number in range(200)}
    assert len(tokens) == 200
    assert all(len(base64.urlsafe_b64decode(token + "==")) == 16 for token in tokens)


def test_a_token_is_compared_in_a_time_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, wanted: bytes) -> bool:
        compared.append((given, wanted))
        return given == wanted

    monkeypatch.setattr("imu_tempo.live.web.security.hmac.compare_digest", compare)
    ask(LOCKED, {**GOOD, "cookie": "imu_tempo=guess"}, query="token=guess")
    assert [given for given, _ in compared] == [b"guess", b"guess"]


def test_the_cookie_is_found_among_others() -> None:
    _, headers, _ = ask(LOCKED, GOOD, query="token=the-token-of-today")
    cookie = headers["set-cookie"].partition(";")[0]
    for others in (f"a=1; {cookie}; b=2", f'"; ;;=; {cookie}', f"imu_tempo=old; {cookie}"):
        assert ask(LOCKED, {**GOOD, "cookie": others})[0] == 200


@pytest.mark.parametrize("cookie", ["imu_tempo", "=", ";;;;", "imu_tempo=\xff", '"' * 9000, "\\" * 9000])
def test_an_odd_cookie_opens_nothing(cookie: str) -> None:
    assert ask(LOCKED, {**GOOD, "cookie": cookie})[0] == 403


def test_long_headers_are_refused() -> None:
    assert ask(OPEN, {**GOOD, **{f"x-{number}": "a" * 100 for number in range(200)}})[0] == 431


def test_a_length_of_thousands_of_digits_is_too_long() -> None:
    assert ask(OPEN, {**POSTED, "content-length": "9" * 5000}, method="POST")[0] == 413


def test_what_says_nothing_of_keeping_is_kept_by_no_cache() -> None:
    assert ask(OPEN, GOOD)[1]["cache-control"] == "no-store"
