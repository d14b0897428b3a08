"""Try every supported Python with the oldest, the locked and the newest dependencies, and print a table.

By hand, with the network: ``.ci/supply``. In each environment pip installs the wheel into nothing; it is used
from outside the tree and uninstalled; then the tests run there. What each step said is in the logs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.supply.fresh import ROOT, Installed, build

PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
BOUNDS = ("oldest", "locked", "newest")
USED = "imu-tempo[live,virtual]"
"""What is tried from outside the tree needs these extras; the tests need the developer's."""

OLD_WARNS = ("-W", "default::DeprecationWarning", "-W", "default::PendingDeprecationWarning")
"""What young libraries deprecate in old ones is no defect of ours; elsewhere warnings are errors."""


@dataclass(slots=True)
class Cell:
    """One Python with one choice of versions: where it works, and how each step went."""

    python: str
    version: str
    bounds: str
    folder: Path
    steps: dict[str, str] = field(default_factory=dict)

    def step(self, name: str, act: Callable[[], object]) -> bool:
        """Run a step, write what it said to the log, and note how it went; return whether it went well."""
        began_s = time.monotonic()
        try:
            said, well = act(), True
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            said, well = error, False
        took_s = time.monotonic() - began_s
        (self.folder / f"{name}.log").write_text(f"{said}\n", encoding="utf-8")
        self.steps[name] = f"{'ok' if well else 'FAILED'} {took_s:.0f} s"
        print(f"{self.version:8} {self.bounds:8} {name:10} {self.steps[name]}", flush=True)
        return well


def main() -> int:
    """Run the matrix; 1 when a step failed."""
    options = _options()
    work = options.work or Path(tempfile.mkdtemp(prefix="imu-tempo-supply-"))
    work.mkdir(parents=True, exist_ok=True)
    tree = _tree(work / "tree")
    (work / "dist").mkdir(exist_ok=True)
    wheel = next(path for path in build(work / "dist", tree=tree) if path.suffix == ".whl")
    cells = []
    for python in options.python:
        version = _version(python)
        for bounds in options.bounds if version else ():
            # The oldest versions have no wheels for a Python that came after them.
            if bounds == "oldest" and version != "3.11" and not options.all_oldest:
                continue
            cell = Cell(python, version, bounds, work / f"{version}-{bounds}")
            cell.folder.mkdir(exist_ok=True)
            _try(cell, wheel, tree, options.tests)
            cells.append(cell)
        if not version:
            print(f"{python}: not found")
    _print(cells)
    print(f"What each step said: {work}")
    return int(any("FAILED" in said for cell in cells for said in cell.steps.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=".ci/supply", description=__doc__.partition("\n")[0])
    parser.add_argument("--python", nargs="+", default=PYTHONS, help="names or paths (default: %(default)s)")
    parser.add_argument("--bounds", nargs="+", choices=BOUNDS, default=BOUNDS)
    parser.add_argument(
        "--all-oldest", action="store_true", help="the oldest on every Python, not on 3.11 only"
    )
    parser.add_argument(
        "--tests", nargs="*", default=["tests"], help="for pytest; nothing: no tests (default: all)"
    )
    parser.add_argument(
        "--work", type=Path, help="folder for environments and logs (default: a new temporary one)"
    )
    return parser.parse_args()


def _tree(folder: Path) -> Path:
    """Return a clean copy of what is committed, with what lies beside the project beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", ROOT, folder / "main"], check=True)
    if (ROOT.parent / "shared").exists():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    return folder / "main"


def _version(python: str) -> str:
    """Return ``3.12`` or the like, ``""`` when there is no such Python."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _try(cell: Cell, wheel: Path, tree: Path, tests: list[str]) -> None:
    versions = cell.folder / "versions.txt"
    if not cell.step("resolve", lambda: _resolve(cell, tree, versions)):
        return
    place = Installed(cell.folder / "env", cell.folder / "work")
    place.work.mkdir(exist_ok=True)
    fresh = (cell.python, "-m", "venv", "--clear", place.folder)
    wanted = f"{USED} @ {wheel.as_uri()}"

    def install() -> None:
        _run(fresh, place.work)
        _run((place.python, "-m", "pip", "install", "--quiet", "-c", versions, wanted), place.work)
        _run((place.python, "-m", "pip", "check"), place.work)

    if not cell.step("install", install):
        return
    release = wheel.name.split("-")[1]
    cell.step("version", lambda: place.tells_its_version(release))
    cell.step("analyze", place.analyses_a_recording)
    cell.step("demo", place.holds_the_demo)
    cell.step("page", place.serves_the_page)
    cell.step("uninstall", place.leaves_nothing)
    if tests and cell.step("tools", lambda: _tools(place, tree, versions)):
        warns = OLD_WARNS if cell.bounds == "oldest" else ()
        pytest = (place.python, "-m", "pytest", "-p", "no:cacheprovider", "-ra", *warns, *tests)
        cell.step("tests", lambda: _run(pytest, tree))


def _resolve(cell: Cell, tree: Path, versions: Path) -> str:
    """Choose the versions: exact ones for the oldest and the locked, none for the newest."""
    if cell.bounds == "newest":
        versions.write_text("", encoding="utf-8")
        return "whatever pip takes"
    if cell.bounds == "locked":
        lines = (tree / "requirements-dev.lock").read_text(encoding="utf-8").splitlines()
        kept = [line.removesuffix(" \\") for line in lines if not line.lstrip().startswith(("--hash", "#"))]
        versions.write_text("\n".join(kept), encoding="utf-8")
        return "the lock"
    uv = (
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--no-config",
        "--python-version",
        cell.version,
    )
    _run((*uv, "--extra", "dev", "--resolution", "lowest-direct", "-o", versions, "pyproject.toml"), tree)
    return versions.read_text(encoding="utf-8")


def _tools(place: Installed, tree: Path, versions: Path) -> None:
    """Install the developer's tools, and the tree for editing, as the tests want it."""
    _run((place.python, "-m", "pip", "install", "--quiet", "-c", versions, "-e", f"{tree}[dev]"), place.work)
    _run((place.python, "-m", "pip", "check"), place.work)


def _run(command: tuple[object, ...], folder: Path) -> str:
    """Run what may take long, and return what it said; what it said is in the error, too."""
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise OSError(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def _print(cells: list[Cell]) -> None:
    names = list(dict.fromkeys(name for cell in cells for name in cell.steps))
    rows = [("Python", "versions", *names)]
    rows += [(cell.version, cell.bounds, *(cell.steps.get(name, "-") for name in names)) for cell in cells]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
