"""Nothing comes along whose licence is unknown, or does not go with ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

import licences  # isort: skip  # found by the path that tests.docs.pages adds

PACKAGES = licences.packages()
STATIC = ROOT / "imu_tempo" / "live" / "web" / "static"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_that_comes_along_has_a_licence_that_goes_with_mit(package: licences.Package) -> None:
    assert package.licence, (
        f"{package.name} tells no licence: read its own, and add it to docs/_ext/licences.py"
    )
    assert licences.permitted(package.licence)


def test_the_whole_closure_is_listed_on_every_platform() -> None:
    names = {package.name for package in PACKAGES}
    assert {
        "numpy",
        "bleak",
        "dbus-fast",
        "pyobjc-core",
        "winrt-runtime",
        "anyio",
        "libusb1",
        "msgpack",
    } <= names
    assert {package.name for package in PACKAGES if "imu-tempo" in package.parts} >= {"kiwisolver", "mdurl"}
    assert not names & {"pytest", "sphinx", "ruff"}


@pytest.mark.parametrize(
    ("licence", "goes"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("BSD-3-Clause AND Zlib", True),
        ("BSD-3-Clause AND GPL-3.0-only", False),
        ("MIT OR (Apache-2.0 AND GPL-3.0-only)", False),  # would do, but must be looked at
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_what_goes_with_mit(licence: str, goes: bool) -> None:
    assert licences.permitted(licence) == goes


def test_those_that_bind_more_than_a_notice_are_told_in_words() -> None:
    page = (DOCS / "licences.md").read_text(encoding="utf-8")
    for package in PACKAGES:
        if any(word in package.licence for word in licences.WEAK_COPYLEFT):
            assert f"`{package.name}`" in page


def test_a_licence_read_by_hand_is_still_wanted() -> None:
    names = {package.name for package in PACKAGES}
    assert set(licences._READ) <= names


def test_no_library_font_or_icon_of_others_is_in_the_page() -> None:
    said = re.compile(r"copyright|@license|\(c\) \d{4}|https?://(?!www\.w3\.org/)", re.IGNORECASE)
    for path in STATIC.rglob("*"):
        assert path.suffix in {".js", ".css", ".html", ".svg", ".webmanifest"}, path.name
        assert not said.search(path.read_text(encoding="utf-8")), path.name


def test_a_package_that_says_nothing_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "silent-1.dist-info").mkdir()
    (tmp_path / "silent-1.dist-info" / "METADATA").write_text("Name: silent\nVersion: 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert licences.licence_of("silent") == ""
    assert licences.licence_of("not-installed-anywhere") == ""
