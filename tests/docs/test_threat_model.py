"""Every claim of the threat model names tests, and they are there."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import DOCS, ROOT

TEXT = (DOCS / "threat-model.md").read_text(encoding="utf-8")
DEFENCES = re.findall(r"^\* \*\*.+\n(.*)", TEXT, re.MULTILINE)
NAMES = sorted(set(re.findall(r"`(test_\w+)`", TEXT)))


def test_each_defence_names_its_tests() -> None:
    assert len(DEFENCES) > 25
    for tests in DEFENCES:
        assert re.match(r"  Tests: .*(`test_\w+`|`tests/)", tests), tests


@pytest.fixture(scope="module")
def sources() -> str:
    """Read all tests."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_each_test_that_is_named_is_there(name: str, sources: str) -> None:
    assert re.search(rf"def {name}\(|^{name} = ", sources, re.MULTILINE)


def test_the_security_page_leads_to_it() -> None:
    assert "docs/threat-model.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
