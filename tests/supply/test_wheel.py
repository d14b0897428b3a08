"""The wheel and the source distribution hold what they must, the same each time, and work elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from imu_tempo import __version__
from tests.supply.fresh import PACKAGES, ROOT, Installed, beside, build

MADE = {"__pycache__", ".DS_Store"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Source distribution of the tree, and the wheel made from that."""
    sdist, wheel = sorted(build(tmp_path_factory.mktemp("dist")), key=lambda path: path.suffix == ".whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def unpacked(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tree of the source distribution."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built[0]) as tar:
        tar.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "work").mkdir()
    return beside(folder / "venv", built[1], folder / "work")


def files(tree: Path, *below: str) -> set[str]:
    paths = (path for part in below for path in (tree / part).rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix() for path in paths if not MADE & set(path.parts)}


def test_the_wheel_holds_every_file_of_the_two_packages_and_no_other(
    built: tuple[Path, Path], unpacked: Path
) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == files(unpacked, *PACKAGES)
    endings = {Path(name).suffix for name in names}
    assert {
        ".py",
        ".toml",
        ".html",
        ".css",
        ".js",
        ".svg",
        ".webmanifest",
        ".c",
        ".h",
        ".ld",
        ".md",
    } <= endings
    assert {"imu_tempo/py.typed", "firmware_bridge/py.typed", "firmware_bridge/PROFILE.md"} <= names
    assert "firmware_bridge/firmware/Makefile" in names
    assert not any("test" in Path(name).parts[-1].split("_") for name in names)


@pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="not a checkout: git tells what belongs to the project"
)
def test_the_source_distribution_holds_every_file_of_the_project_and_no_other(unpacked: Path) -> None:
    kinds = ("--cached", "--others", "--exclude-standard")
    told = subprocess.run(["git", "ls-files", "-z", *kinds], cwd=ROOT, capture_output=True, check=True).stdout
    ours = {name for name in told.decode().split("\0") if name and (ROOT / name).is_file()}
    assert files(unpacked, ".") - {"PKG-INFO"} == ours


def test_built_again_from_a_copy_made_later_it_is_the_same_to_the_bit(
    built: tuple[Path, Path], unpacked: Path, tmp_path: Path
) -> None:
    made = shutil.ignore_patterns("PKG-INFO")
    shutil.copytree(unpacked, tmp_path / "later", copy_function=shutil.copy, ignore=made)
    (tmp_path / "out").mkdir()
    again = build(tmp_path / "out", tree=tmp_path / "later")
    assert {path.name: path.read_bytes() for path in again} == {
        path.name: path.read_bytes() for path in built
    }


def test_the_metadata_says_what_it_is(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        told = message_from_string(wheel.read(name).decode())
        (entries,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
        scripts = wheel.read(entries).decode()
        licence = [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
    assert (told["Name"], told["Version"], told["License-Expression"]) == ("imu-tempo", __version__, "MIT")
    assert told["Requires-Python"] == ">=3.11"
    assert {"live", "virtual", "cluster", "mocap"} <= set(told.get_all("Provides-Extra", []))
    assert "imu-tempo = imu_tempo.cli:main" in scripts
    assert licence
    assert told.get_all("Project-URL") is None  # there is no public address yet


def test_it_runs_in_a_new_environment_outside_the_tree(installed: Installed) -> None:
    installed.tells_its_version(__version__)
    installed.analyses_a_recording()


def test_its_demo_runs_there(installed: Installed) -> None:
    installed.holds_the_demo()


def test_its_page_is_served_there(installed: Installed) -> None:
    installed.serves_the_page()


def test_uninstalling_leaves_nothing(built: tuple[Path, Path], tmp_path: Path) -> None:
    installed = beside(tmp_path / "venv", built[1], tmp_path)
    installed.tells_its_version(__version__)  # makes bytecode, too
    installed.leaves_nothing()
