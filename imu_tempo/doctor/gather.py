"""Look at this machine: the only part of the doctor that touches it."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.errors import BridgeError, LinkError
from imu_tempo.doctor.facts import ClockFacts, FolderFacts, MachineFacts, Part, RadioSwitch

if TYPE_CHECKING:
    from firmware_bridge.bluez import BluezFacts

SOFTWARE = "imu-tempo"

SECOND_BYTES = 16_000
"""What a recording of six axes at 400 Hz grows by in a second."""

TRIAL_WRITES = 5

SYSTEM_CALL_S = 2.0
"""System tools that are asked for a word answer at once, or not at all."""

RFKILL = Path("/sys/class/rfkill")
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


async def gather(folder: Path) -> MachineFacts:
    """Look at this machine.

    Parameters
    ----------
    folder
        Where recordings will go; it need not exist.
    """
    linux = platform.system() == "Linux"
    return MachineFacts(
        system=platform.system(),
        release=platform.release(),
        in_container=any(mark.exists() for mark in CONTAINER_MARKS),
        python=sys.version_info[:3],
        parts=tuple(parts(metadata.requires(SOFTWARE) or [])),
        bluez=await _bluez() if linux else None,
        switches=tuple(switches(RFKILL)) if linux else (),
        radio=await _trial_scan(),
        folder=await asyncio.to_thread(try_folder, folder),
        clock=_clock(),
    )


def parts(requirements: Iterable[str]) -> Iterable[Part]:
    """Yield each library of some requirements, with the version that is installed."""
    for requirement in requirements:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", requirement)
        if name is not None and name[0] != SOFTWARE:
            yield Part(name[0], _installed(name[0]), extra[1] if extra else "")


def switches(rfkill: Path) -> Iterable[RadioSwitch]:
    """Yield the Bluetooth switches in a folder as the kernel's (documented as ``sysfs-class-rfkill``)."""
    for switch in sorted(rfkill.glob("rfkill*")):
        try:
            if (switch / "type").read_text().strip() == "bluetooth":
                name = (switch / "name").read_text().strip()
                soft, hard = ((switch / kind).read_text().strip() == "1" for kind in ("soft", "hard"))
                yield RadioSwitch(name, soft, hard)
        except OSError:  # unplugged while we look
            continue


def try_folder(folder: Path) -> FolderFacts:
    """Write to a folder, or the nearest above it that exists, what a recording writes in some seconds."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
        return FolderFacts(place, free, tuple(_trial_writes(place)))
    except OSError as error:
        return FolderFacts(place, problem=error.strerror or str(error))


def _trial_writes(place: Path) -> Iterable[float]:
    with tempfile.TemporaryFile(dir=place) as file:
        for _ in range(TRIAL_WRITES):
            start_s = time.perf_counter()
            file.write(os.urandom(SECOND_BYTES))
            file.flush()
            os.fsync(file.fileno())
            yield time.perf_counter() - start_s


async def _bluez() -> BluezFacts:
    from firmware_bridge.bluez import ask_bluez

    return await ask_bluez()


async def _trial_scan() -> BridgeError | None:
    try:
        from firmware_bridge.link import check_radio
    except ImportError as error:
        return LinkError(
            f"the Bluetooth library does not load ({error})", advice="pip install --upgrade bleak"
        )
    try:
        await check_radio()
    except BridgeError as error:
        return error
    return None


def _clock() -> ClockFacts:
    return ClockFacts(
        now_s=time.time(),
        installed_s=Path(__file__).stat().st_ctime,
        tick_s=time.get_clock_info("monotonic").resolution,
        synchronised=_synchronised(),
    )


def _synchronised() -> bool | None:
    """Ask systemd whether the network sets the clock; None where there is no systemd to ask."""
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SYSTEM_CALL_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
