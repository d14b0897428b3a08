"""Examples in docstrings give what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
FILES = [
    path.relative_to(ROOT)
    for package in ("imu_tempo", "firmware_bridge")
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_examples_of_a_module_give_what_they_say(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    monkeypatch.chdir(ROOT)  # examples read recordings/ as a reader of the repository would
    tried, wrong = 0, []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    for test in doctest.DocTestFinder().find(module):
        runner.run(test, out=wrong.append)
        tried += len(test.examples)
    assert tried, "a prompt that doctest does not find"
    assert not wrong, "".join(wrong)


def test_the_names_that_people_import_first_have_examples() -> None:
    first = {"imu_tempo/offline.py", "imu_tempo/engine.py", "imu_tempo/metrics/tempo.py"}
    assert first <= {path.as_posix() for path in FILES}
