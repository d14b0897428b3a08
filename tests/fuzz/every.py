"""Every target there is: those of the modules ``targets_<part>.py`` beside this one."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.fuzz.harness import Target


def every_target() -> dict[str, Target]:
    """Return the targets by name."""
    return {name: target for name, (_, target) in _found().items()}


def module_of(name: str) -> str:
    """Return the module of a target: a run of that one imports no other."""
    return _found()[name][0]


def target_in(module: str, name: str) -> Target:
    """Return a target of a module."""
    return next(target for target in import_module(module).TARGETS if target.name == name)


def _found() -> dict[str, tuple[str, Target]]:
    names = [f"{__package__}.{path.stem}" for path in sorted(Path(__file__).parent.glob("targets_*.py"))]
    targets = [(name, target) for name in names for target in import_module(name).TARGETS]
    by_name = {target.name: (name, target) for name, target in targets}
    assert len(by_name) == len(targets), "two targets have the same name"
    return by_name
