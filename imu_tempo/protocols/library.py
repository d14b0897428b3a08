"""Every protocol there is: those of the package, and the user's own, which win."""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path

from firmware_bridge.untrusted import SETTINGS_BYTES, read_plain
from imu_tempo.errors import UnknownNameError
from imu_tempo.home import data_home
from imu_tempo.protocols.protocol import Protocol, ProtocolError
from imu_tempo.protocols.reading import read_protocols


def protocols_folder() -> Path:
    """Return the folder in which the user's own protocols are looked for: ``*.toml``, a table a protocol."""
    return data_home() / "protocols"


def protocols() -> dict[str, Protocol]:
    """Return every protocol by name; a table of the user's folder replaces the package's of that name.

    Raises
    ------
    ProtocolError
        A file of the user's folder is no TOML, or a table in it is no protocol.
    """
    found: dict[str, Protocol] = {}
    for entry in sorted(resources.files(__package__).joinpath("data").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            found |= read_protocols(entry.read_text(encoding="utf-8"), entry.name)
    for path in sorted(protocols_folder().glob("*.toml")):
        found |= read_protocols(_text_of(path), str(path))
    return found


def protocol(name: str) -> Protocol:
    """Return one protocol.

    Raises
    ------
    UnknownNameError
        With the nearest names, if there is no such protocol.
    ProtocolError
        As :func:`protocols`.

    Examples
    --------
    >>> protocol("eccentric_overload").tempo
    '4-0-A-0'
    """
    known = protocols()
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}."
    raise UnknownNameError(f"Unknown protocol '{name}': {hint}")


def _text_of(path: Path) -> str:
    try:
        return read_plain(path, SETTINGS_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(
            f"{path} cannot be read ({error}): mend or remove it; it is in the folder of your protocols.",
            source=str(path),
        ) from error
