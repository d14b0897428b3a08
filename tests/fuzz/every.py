"""Every target there is: those of the modules ``targets_<part>.py`` beside this one."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.fuzz.harness import Target


def every_target() -> dict[str, Target]:
    """Return the targets by name."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("targets_*.py"))
    targets = [target for module in modules for target in import_module(f"{__package__}.{module}").TARGETS]
    by_name = {target.name: target for target in targets}
    assert len(by_name) == len(targets), "two targets have the same name"
    return by_name
