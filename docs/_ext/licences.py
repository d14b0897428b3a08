"""The licence of everything that an installation brings along, read from what is installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
USERS_EXTRAS = ("live", "virtual", "cluster", "mocap")
"""What people install to use the program; the tools of its developers are not given to anybody."""

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD",  # a package that says no more; with two, three or four clauses it goes with MIT
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
"""Ask for no more than their notice."""

WEAK_COPYLEFT = {"LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"}
"""Bind changes to the library itself, not the program that imports it as it is."""

_SPOKEN = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Words of older metadata, as SPDX writes them."""

_READ = {
    "ezc3d": "MIT",  # its metadata says nothing; the LICENSE file that it installs is the MIT licence
    "importlib-metadata": "Apache-2.0",  # of dask, on Python 3.11
    "pyobjc-core": "MIT",  # of bleak, on macOS, with all of pyobjc
    "winrt-runtime": "MIT",  # of bleak, on Windows, with all of winrt
}
"""Read by hand, in the package: of what says nothing, or is not installed where these pages are made."""

_FAMILIES = {"pyobjc-framework-": "pyobjc-core", "winrt-": "winrt-runtime"}

_PLACES = tuple(
    {"sys_platform": platform, "platform_system": system, "os_name": os_name}
    | {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.1"}
    for platform, system, os_name in (
        ("linux", "Linux", "posix"),
        ("darwin", "Darwin", "posix"),
        ("win32", "Windows", "nt"),
    )
    for minor in (11, 12, 13, 14)
)


@dataclass(slots=True)
class Package:
    """A package that comes along: its licence (``""`` when unknown), and what brings it."""

    name: str
    licence: str
    direct: bool
    parts: set[str] = field(default_factory=set)  # "imu-tempo", or an extra


def packages(pyproject: Path = PYPROJECT) -> list[Package]:
    """Return every dependency of the program and its extras, theirs too, on any platform, by name."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    wanted = {"imu-tempo": project["dependencies"]}
    wanted |= {extra: project["optional-dependencies"][extra] for extra in USERS_EXTRAS}
    found: dict[str, Package] = {}
    for part, lines in wanted.items():
        direct = {canonicalize_name(Requirement(line).name) for line in lines}
        for name in _closure([Requirement(line) for line in lines]):
            package = found.setdefault(name, Package(name, licence_of(name), name in direct))
            package.direct |= name in direct
            package.parts.add(part)
    return sorted(found.values(), key=lambda package: package.name)


def _closure(wanted: list[Requirement]) -> set[str]:
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        requirement = wanted.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) not in seen:
            seen.add((name, extras))
            wanted += _required_by(name, extras)
    return {name for name, _ in seen}


def _required_by(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(
            marker.evaluate({**place, "extra": extra}) for place in _PLACES for extra in extras or {""}
        ):
            yield requirement


def licence_of(name: str) -> str:
    """Return the licence of a package in SPDX's words, ``""`` when it tells none that is understood."""
    family = next((of for start, of in _FAMILIES.items() if name.startswith(start)), name)
    try:
        metadata = distribution(name).metadata
    except PackageNotFoundError:
        return _READ.get(family, "")
    if expression := metadata.get("License-Expression"):
        return str(expression)
    said = [metadata.get("License") or ""]
    said += [line.rsplit(" :: ", 1)[-1] for line in metadata.get_all("Classifier") or [] if "License" in line]
    known = [word for word in (_SPOKEN.get(text, text) for text in said) if permitted(word)]
    return next((word for word in known if word != "BSD"), known[0] if known else _READ.get(family, ""))


def permitted(licence: str) -> bool:
    """Return whether a licence, or an expression of several, goes with a program under MIT."""
    allowed = PERMISSIVE | WEAK_COPYLEFT
    return all(
        any(one in allowed for one in every.split(" OR "))
        for every in re.sub(r"[()]", "", licence).split(" AND ")
    )


def table() -> list[tuple[str, str, str]]:
    """Return the cells of the page's table: package, licence, what brings it; ours in bold."""
    return [
        (
            f"**{package.name}**" if package.direct else package.name,
            package.licence or "unknown",
            ", ".join("the program" if part == "imu-tempo" else f"`{part}`" for part in _told(package)),
        )
        for package in packages()
    ]


def _told(package: Package) -> list[str]:
    return ["imu-tempo"] if "imu-tempo" in package.parts else sorted(package.parts)
