"""Where the page can be reached: addresses, the day's token, the QR code."""

from __future__ import annotations

import io
import os
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from imu_tempo.home import data_home

TOKEN_FILE = "live-token"
TOKEN_BYTES = 16
"""128 bits: at a thousand guesses a second, the age of the universe is too short by far. So there is no
lock after wrong guesses, with which anybody could lock the coach out."""
TOKEN_CHARS = 22
"""Those bytes as text."""
LOCAL = "127.0.0.1"
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Access:
    """How the page is reached.

    Attributes
    ----------
    port
        Where it listens.
    names
        Host names and addresses that it answers to.
    token
        What a viewer must know; None where only this computer can reach it.
    """

    port: int
    names: frozenset[str] = _LOCAL_NAMES
    token: str | None = None

    def is_own(self, host: str) -> bool:
        """Say whether a Host header names this computer and this port."""
        name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if not colon:
            name, port = host, "80"
        return name.lower() in self.names and port == str(self.port)

    def url(self, name: str = LOCAL) -> str:
        """Return the address to open, token included where there is one."""
        return f"http://{name}:{self.port}/" + (f"?token={self.token}" if self.token else "")


def lan_access(port: int, token: str) -> tuple[Access, str]:
    """Return how the page is reached over the network, and the address of this computer on it."""
    address = own_address()
    host = socket.gethostname().lower()
    names = {address, host, f"{host.partition('.')[0]}.local"}
    return Access(port, _LOCAL_NAMES | names, token), address


def own_address() -> str:
    """Return this computer's address on the network; its local one where it is on none."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which way packets would go (RFC 5737)
        return str(probe.getsockname()[0])
    return LOCAL


def token_of_today(folder: Path | None = None, *, new: bool = False) -> str:
    """Return the day's token: a restart keeps it, so that tablets need not scan again; or a new one."""
    path = (folder or data_home()) / TOKEN_FILE
    today = date.today().isoformat()
    with suppress(OSError, ValueError):
        day, token = path.read_text(encoding="ascii").split()
        if day == today and len(token) >= TOKEN_CHARS and not new:
            return token
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with suppress(OSError):  # a token that cannot be kept is still good for this run
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{today} {token}\n")
    return token


def qr_text(url: str) -> str:
    """Return a QR code for a terminal."""
    import segno

    out = io.StringIO()
    segno.make(url, error="m").terminal(out=out, compact=True, border=2)
    return out.getvalue()


def qr_svg(url: str) -> bytes:
    """Return a QR code as a picture, dark on light whatever the theme: cameras want it so."""
    import segno

    out = io.BytesIO()
    segno.make(url, error="m").save(
        out, kind="svg", border=4, scale=8, dark="#000", light="#fff", xmldecl=False
    )
    return out.getvalue()
