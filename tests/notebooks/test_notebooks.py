"""The notebooks: numbered, opened for their reader, kept without outputs, listed. nbmake runs their cells."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))

each = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_they_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:2]) for path in PATHS] == list(range(1, len(PATHS) + 1))


@each
def test_it_opens_with_its_number_its_reader_and_its_time(path: Path) -> None:
    opening = source(cells(path)[0])
    assert opening.startswith(f"# {int(path.name[:2])}. ")
    assert re.search(r"\n\nFor \*\*", opening)
    assert re.search(r"takes \*\*[a-z-]+ minutes\*\*", opening)


@each
def test_it_is_kept_without_outputs(path: Path) -> None:
    for cell in cells(path):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@each
def test_it_needs_no_hidden_module_and_nothing_private(path: Path) -> None:
    code = "\n".join(source(cell) for cell in cells(path) if cell["cell_type"] == "code")
    for node in ast.walk(ast.parse(code)):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [part for alias in node.names for part in alias.name.split(".")]
        assert not [name for name in names if name.startswith("_")]
    assert "sys.path" not in code


@each
def test_its_links_lead_somewhere(path: Path) -> None:
    text = "\n".join(source(cell) for cell in cells(path) if cell["cell_type"] == "markdown")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (FOLDER / target).exists(), target


@each
def test_the_index_lists_it(path: Path) -> None:
    assert f"({path.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")
