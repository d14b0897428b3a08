"""What the documentation says of columns, events and links is what the code and the pages have."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from benchmarks.published import PUBLISHED
from imu_tempo import events
from imu_tempo.definitions import Definitions
from imu_tempo.schema import columns
from tests.docs.pages import DOCS, PAGES, ROOT

import drawn  # isort: skip  # found by the path that tests.docs.pages adds
import outside  # isort: skip
import told  # isort: skip
from pictures import PICTURES  # isort: skip
from pictures.layers import contracts  # isort: skip


def test_every_column_of_every_row_type_is_told_with_its_meaning() -> None:
    text = told.tables()
    kinds = [kind for family in told.row_types().values() for kind in family]
    assert {"RepRow", "SetRow", "TrendRow", "AgreementRow"} <= {kind.__name__ for kind in kinds}
    for kind in kinds:
        section = text.partition(f"### `{kind.__name__}`\n")[2].partition("\n### ")[0]
        assert section, kind.__name__
        inherited = {
            f.name for base in kind.__mro__[1:] if dataclasses.is_dataclass(base) for f in columns(base)
        }
        for column in columns(kind):
            if column.name not in inherited:
                assert f"| `{column.name}` | {column.unit} |" in section
                assert column.meaning.replace("|", r"\|") in section


def test_a_row_type_of_a_module_that_nobody_listed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {
        name
        for path in (ROOT / "imu_tempo" / "schema").glob("*.py")
        for name in re.findall(r"^class (\w+Row)\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert declared == {kind.__name__ for family in told.row_types().values() for kind in family}


def test_every_definition_is_told_with_its_default() -> None:
    text = told.definitions()
    for field in dataclasses.fields(Definitions):
        assert f"| `{field.name}` | `{field.default!r}` | " in text


def test_a_docstring_gives_its_attributes_one_by_one() -> None:
    doc = inspect.cleandoc(
        """Sum.

        Attributes
        ----------
        one, two
            What both
            are.
        three
            Another.

        Raises
        ------
        TypeError
            Never.
        """
    )
    assert told.attributes(doc) == {"one": "What both are.", "two": "What both are.", "three": "Another."}


def test_every_event_is_told_with_every_field() -> None:
    text = told.event_list()
    for kind, tag in events._TAGS.items():
        section = text.partition(f"### `{tag}`\n")[2].partition("\n### ")[0]
        assert all(f"| `{field.name}` |" in section for field in dataclasses.fields(kind))


def test_the_layers_drawn_are_those_that_imports_are_held_to() -> None:
    stacks = contracts()
    assert list(stacks) == ["imu_tempo", "firmware_bridge"]
    flat = [name for layer in stacks["imu_tempo"] for name in layer]
    assert flat.index("cli") < flat.index("offline") < flat.index("signal") < flat.index("schema")


def test_every_figure_is_drawn_and_shown_on_a_page(tmp_path: Path) -> None:
    names = {path.name for path in drawn.draw_all(tmp_path)}
    assert names == {f"{name}.svg" for name in PICTURES} | {"screen.svg"}
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for name in names:
        assert f"(_generated/{name})" in shown
        assert str(ROOT) not in (tmp_path / name).read_text(encoding="utf-8")


def test_the_comparison_page_has_every_published_figure() -> None:
    page = (DOCS / "comparison.md").read_text(encoding="utf-8")
    for entry in PUBLISHED:
        assert f"| {entry.device} | {entry.figure} | {entry.against} | {entry.kind} |" in page
        assert entry.doi in page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a page](sensors.md#mounting)", "[a page](sensors.md#mounting)"),
        ("[the profile](../firmware_bridge/PROFILE.md)", "[the profile](profile.md)"),
        ("[the radio](../firmware_bridge/link/radio.py)", "the radio (`firmware_bridge/link/radio.py`)"),
        ("[out](https://example.org/x)", "[out](https://example.org/x)"),
        ("![picture](_generated/signs.svg)", "![picture](_generated/signs.svg)"),
    ],
)
def test_a_link_out_of_the_documentation_leads_to_a_page_or_says_where(link: str, expected: str) -> None:
    assert outside.inside(link, "docs") == expected


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent == DOCS], ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("_generated/"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_in_the_tree() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = {line.strip() for line in index.splitlines()}
    assert {page.stem for page in DOCS.glob("*.md")} - {"index"} <= listed
