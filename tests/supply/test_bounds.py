"""Every import is asked for, every bound is one, and the lock is in step with pyproject.toml."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply.fresh import PACKAGES, ROOT
from tests.supply.locked import LOCK, PYPROJECT, asked, pins

DISTRIBUTIONS = packages_distributions()
USERS = ("live", "virtual", "cluster", "mocap")
OF_THE_TESTS = {"made_edits", "made_motion", "made_sets", "made_tables"}


def imported(*folders: str) -> Iterator[tuple[str, Path]]:
    """Every module that is imported by name, at the top or inside a function."""
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name.partition(".")[0], path) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0], path


def foreign(*folders: str) -> dict[str, Path]:
    ours = {*PACKAGES, "tests", "benchmarks", *OF_THE_TESTS, *sys.stdlib_module_names}
    ours |= {path.stem for path in (ROOT / "docs" / "_ext").iterdir()}
    return {name: path for name, path in imported(*folders) if name not in ours}


def undeclared(names: dict[str, Path], requirements: Iterator[Requirement]) -> dict[str, str]:
    declared = {canonicalize_name(requirement.name) for requirement in requirements}
    declared |= {"distributed"}  # by dask[distributed]
    return {
        name: str(path.relative_to(ROOT))
        for name, path in names.items()
        if name in DISTRIBUTIONS and not declared & {canonicalize_name(d) for d in DISTRIBUTIONS[name]}
    }


def test_what_the_packages_import_is_asked_for() -> None:
    names = foreign(*PACKAGES)
    assert {"numpy", "bleak", "starlette", "bumble"} <= names.keys()
    assert undeclared(names, asked(*USERS)) == {}


def test_what_the_tests_benchmarks_and_pages_import_is_asked_for() -> None:
    names = foreign("tests", "benchmarks", "docs/_ext")
    assert {"pytest", "hypothesis"} <= names.keys()
    assert undeclared(names, asked("*")) == {}


@pytest.mark.parametrize("requirement", [*asked("*")], ids=str)
def test_everything_asked_for_has_a_lower_bound_and_no_upper_one(requirement: Requirement) -> None:
    kinds = {clause.operator for clause in requirement.specifier}
    assert kinds == ({"=="} if requirement.name == "bumble" else {">="}), (
        "say from which version it works; an upper bound keeps everyone else from theirs (bumble is pinned: "
        "the virtual radio leans on its internals)"
    )


def test_the_lock_is_in_step_with_what_is_asked_for() -> None:
    build_backend = map(Requirement, PYPROJECT["build-system"]["requires"])
    for requirement in (*asked("dev"), *build_backend):
        found = [pin for pin in pins() if pin.name == canonicalize_name(requirement.name)]
        assert found, f"{requirement.name} is not in {LOCK.name}: run 'make lock'"
        for pin in found:
            assert pin.version in requirement.specifier, f"{LOCK.name} is out of step: run 'make lock'"


def test_every_pin_has_its_hashes_and_the_lock_names_no_host() -> None:
    text = LOCK.read_text(encoding="utf-8")
    locked = pins()
    assert len(locked) == len(re.findall(r"^[^\s#]", text, re.M)) > 100
    assert all(pin.hashes for pin in locked)
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_a_package_locked_twice_says_where_each_is_for() -> None:
    locked = pins()
    for pin in locked:
        if sum(other.name == pin.name for other in locked) > 1:
            assert pin.marker
