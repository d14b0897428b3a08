"""The long run by hand: ``python -m tests.fuzz [NAME ...] --minutes M``."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.every import every_target, module_of
from tests.fuzz.harness import FOUND

CORPUS = Path(__file__).parents[2] / ".fuzz"
GRACE_S = 180
"""For the start, the samples, and making findings small, beyond the minutes asked for."""


DEADLY = ("crash", "timeout", "oom", "leak")
"""What libFuzzer calls the inputs that ended a process; it keeps slow ones too."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run at one target came to; the counts are None where it died."""

    name: str
    seconds: float
    inputs: int | None
    places_before: int | None
    places_after: int | None
    findings: int


def main() -> None:
    """Run each target for its minutes, one after another, and print what they came to."""
    words = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    words.add_argument("names", nargs="*", metavar="NAME", help="targets; all of them where none is given")
    words.add_argument("--minutes", type=float, default=1.0, help="for each target (default 1)")
    words.add_argument("--seed", type=int, default=1, help="where the choices begin")
    words.add_argument("--plain", action="store_true", help="plain mutations, without atheris")
    words.add_argument("--list", action="store_true", help="show the targets")
    given = words.parse_args()
    targets = every_target()
    if given.list:
        print("\n".join(targets))
        return
    if unknown := set(given.names) - set(targets):
        words.error(f"no target {', '.join(sorted(unknown))}; there are: {', '.join(targets)}")
    plain = given.plain or importlib.util.find_spec("atheris") is None
    print("plain mutations" if plain else "guided by coverage (atheris)", flush=True)
    ran = [run(name, given.minutes, given.seed, plain=plain) for name in given.names or targets]
    for line in table(ran):
        print(line)
    sys.exit(any(one.findings for one in ran))


def run(name: str, minutes: float, seed: int, *, plain: bool) -> Ran:
    """Run one target in a process of its own."""
    seconds = max(1, round(60 * minutes))
    words = [sys.executable, "-m", f"{__package__}.run_one", module_of(name), name]
    words += [
        f"--seconds={seconds}",
        f"--seed={seed}",
        f"--corpus={CORPUS / name}",
        *(["--plain"] if plain else []),
    ]
    begun_s = time.monotonic()
    said: list[str] = []
    findings = 0
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        showing = False
        for line in process.stdout:
            said = [*said[-200:], line]
            findings += line.startswith("FOUND ")
            showing = showing or line.startswith("FOUND ")
            if line.startswith("#") or "stat::" in line:
                showing = False
            if showing:
                print(line, end="", flush=True)
            COUNTS.take(line)
    took_s = time.monotonic() - begun_s
    if process.returncode:
        findings += 1
        _keep_what_killed_it(name, "".join(said[-30:]))
    counts = COUNTS.give()
    ran = Ran(name, took_s, *counts, findings)
    print(*table([ran])[1:], flush=True)
    return ran


class _Counts:
    """What libFuzzer prints of itself, line by line."""

    def __init__(self) -> None:
        self._inputs: int | None = None
        self._places: list[int] = []

    def take(self, line: str) -> None:
        """Take in a line."""
        if found := re.search(r"number_of_executed_units:\s*(\d+)", line):
            self._inputs = int(found[1])
        if found := re.match(r"#\d+\s.*\bcov: (\d+)", line):
            self._places.append(int(found[1]))

    def give(self) -> tuple[int | None, int | None, int | None]:
        """Return inputs, and places reached with the samples and in the end; begin again."""
        places = (self._places[0], self._places[-1]) if self._places else (None, None)
        inputs, self._inputs, self._places = self._inputs, None, []
        return inputs, *places


COUNTS = _Counts()


def _keep_what_killed_it(name: str, said: str) -> None:
    """Keep the input of a process that hung or was ended from within (a segmentation fault)."""
    print(f"{name}: the process died:\n{said}", flush=True)
    kept_by_libfuzzer = (path for kind in DEADLY for path in CORPUS.glob(f"{name}.died.{kind}-*"))
    for number, path in enumerate(sorted(kept_by_libfuzzer)):
        kept = FOUND / name / f"died-{number}.bin"
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.rename(kept)
        print(f"FOUND {kept}", flush=True)


def table(ran: list[Ran]) -> list[str]:
    """Set the results in columns."""
    lines = [f"{'target':28} {'inputs':>10} {'inputs/s':>9} {'places':>13} {'findings':>8}"]
    for one in ran:
        inputs = "died" if one.inputs is None else f"{one.inputs}"
        speed = "" if one.inputs is None else f"{one.inputs / one.seconds:.0f}"
        places = "" if one.places_after is None else f"{one.places_before} -> {one.places_after}"
        lines.append(f"{one.name:28} {inputs:>10} {speed:>9} {places:>13} {one.findings:>8}")
    return lines


if __name__ == "__main__":
    main()
