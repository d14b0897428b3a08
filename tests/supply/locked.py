"""What pyproject.toml asks for, and what the lock has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.supply.fresh import ROOT

LOCK = ROOT / "requirements-dev.lock"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]

_PIN = re.compile(
    r"^([\w.-]+)==(\S+)(?: ; ([^\\\n]+?))?(?: \\)?\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)*)", re.M
)


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of the lock, the places it is for (``""``: all), and how many of its files have a hash."""

    name: str
    version: Version
    marker: str
    hashes: int


def pins() -> list[Pin]:
    """Return every pin of the lock."""
    text = LOCK.read_text(encoding="utf-8")
    return [
        Pin(canonicalize_name(name), Version(version), marker, hashes.count("--hash="))
        for name, version, marker, hashes in _PIN.findall(text)
    ]


def asked(*extras: str) -> Iterator[Requirement]:
    """Yield what the program asks for, with some of its extras (``"*"``: all) and those that they name."""
    yield from map(Requirement, PYPROJECT["project"]["dependencies"])
    waiting = list(EXTRAS) if "*" in extras else list(extras)
    seen: set[str] = set()
    while waiting:
        extra = waiting.pop()
        if extra in seen:
            continue
        seen.add(extra)
        for requirement in map(Requirement, EXTRAS[extra]):
            if requirement.name == PYPROJECT["project"]["name"]:
                waiting += requirement.extras
            else:
                yield requirement
