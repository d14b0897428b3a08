"""Build what is shipped, and try it as somebody does who has nothing else of the project."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / "recordings" / "squat_3-1-X-1.tempo"
PACKAGES = ("imu_tempo", "firmware_bridge")

COMMAND_S = 120.0
"""Longer than any command of these takes on a busy machine; one that hangs ends there."""

SERVED_S = 60
"""The page stops by itself after this long, should nobody stop it."""


def build(out: Path, *kinds: str, tree: Path = ROOT) -> list[Path]:
    """Build a tree with this environment's build backend, fetching nothing; ``kinds``: --sdist, --wheel."""
    run(sys.executable, "-m", "build", "--no-isolation", *kinds, "--outdir", out, tree, cwd=out)
    return sorted(out.iterdir())


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command outside the project's tree and return what it said; what it said is in the error, too."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=_outside(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
    )
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


def _outside(more: dict[str, str]) -> dict[str, str]:
    ours = ("PYTHON", "COV_", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | more


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment with the wheel in it, and a folder outside the tree to work in."""

    folder: Path
    work: Path

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.folder / "bin" / "python"

    def pip(self, *arguments: str | Path) -> str:
        """Run this environment's pip; where it has none, that of the environment that runs this."""
        own = (self.folder / "bin" / "pip").exists()
        start = (self.python, "-m", "pip") if own else (sys.executable, "-m", "pip", "--python", self.python)
        return run(*start, "--disable-pip-version-check", "--quiet", *arguments, cwd=self.work)

    def command(self, *arguments: str | Path) -> str:
        """Run ``imu-tempo``."""
        return run(
            self.folder / "bin" / "imu-tempo",
            *arguments,
            cwd=self.work,
            IMU_TEMPO_HOME=str(self.work / "home"),
        )

    def tells_its_version(self, version: str) -> None:
        """Say the version both ways, and the help; from this environment, not from the tree."""
        assert self.command("--version").split()[-1] == version
        assert run(self.python, "-m", "imu_tempo", "--version", cwd=self.work).split()[-1] == version
        assert "demo" in self.command("--help")
        for package in PACKAGES:
            home = run(self.python, "-c", f"import {package}; print({package}.__file__)", cwd=self.work)
            assert Path(home).is_relative_to(self.folder)

    def analyses_a_recording(self) -> None:
        """Count the reps of a recording."""
        told = json.loads(self.command("analyze", RECORDING, "--exercise", "squat", "--json"))
        assert len(told["reps"]) >= 3

    def holds_the_demo(self) -> None:
        """Hold a short session over the virtual radio; a recording and a report are left."""
        self.command("demo", "--reps", "2", "--tempo", "2-0-X-1", "-o", self.work / "demo")
        assert list((self.work / "demo").rglob("manifest.json"))
        assert list((self.work / "demo").rglob("*.html"))

    def serves_the_page(self) -> None:
        """Start the coach's page with two virtual bars, and fetch it with its style and code."""
        flags = ("--web", "--virtual", "--port", "0", "--seconds", str(SERVED_S), "-o", "s", "--history", "h")
        page = subprocess.Popen(
            (self.folder / "bin" / "imu-tempo", "live", *flags),
            cwd=self.work,
            env=_outside({"PYTHONUNBUFFERED": "1", "IMU_TEMPO_HOME": str(self.work / "home")}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with page:
            try:
                self._fetch(page)
            finally:
                page.terminate()

    def _fetch(self, page: subprocess.Popen[str]) -> None:
        assert page.stdout is not None
        said = ""
        for line in page.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+", said):
                break
        else:
            raise AssertionError(f"the page told no address:\n{said}")
        home = urlopen(found[0] + "/", timeout=COMMAND_S).read().decode()
        parts = re.findall(r'(?:href|src)="(/?[\w/.-]+\.(?:css|js|svg|webmanifest))"', home)
        assert len(parts) >= 3, home
        for part in parts:
            assert urlopen(f"{found[0]}/{part.lstrip('/')}", timeout=COMMAND_S).read()

    def leaves_nothing(self) -> None:
        """Uninstall; no file of it stays."""
        self.pip("uninstall", "--yes", "imu-tempo")
        names = re.compile(r"imu[-_]tempo|firmware_bridge")
        assert [path for path in self.folder.rglob("*") if names.search(path.name)] == []


def beside(folder: Path, wheel: Path, work: Path) -> Installed:
    """Return a new environment with the wheel alone, which finds what it needs in the one that runs this."""
    venv.create(folder, with_pip=False, symlinks=True)
    installed = Installed(folder, work)
    site = run(
        installed.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=work
    ).strip()
    ours = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    # Plain paths: what is installed there for editing, this project, is not followed.
    (Path(site) / "beside.pth").write_text("\n".join(ours) + "\n", encoding="utf-8")
    installed.pip("install", "--no-deps", "--no-index", wheel)
    return installed
