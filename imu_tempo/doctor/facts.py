"""What a machine is like, as plain values: the checks judge nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_bridge.bluez import BluezFacts
    from firmware_bridge.errors import BridgeError


@dataclass(frozen=True, slots=True)
class Part:
    """A library.

    Attributes
    ----------
    name
        As on the package index.
    version
        None where it is not installed.
    extra
        The optional part of imu-tempo that needs it; empty for what everything needs.
    """

    name: str
    version: str | None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class RadioSwitch:
    """One of the kernel's radio switches (rfkill): blocked by software or by a switch on the case."""

    name: str
    soft: bool
    hard: bool


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """The folder that recordings go to.

    Attributes
    ----------
    path
        The folder, or the nearest above it that exists.
    free_bytes
        Room on its disk; None where it cannot be told.
    write_s
        How long each of some small writes took, flushed to the disk, in order.
    problem
        What the system said when nothing could be written; empty where it could.
    """

    path: Path
    free_bytes: int | None = None
    write_s: tuple[float, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """The machine's clocks.

    Attributes
    ----------
    now_s
        Seconds since 1970.
    installed_s
        When the software was put on this machine, in the same seconds: no honest clock shows an earlier time.
    tick_s
        Resolution of the clock that stamps packets.
    synchronised
        Whether the system sets the clock by the network; None where it cannot be told.
    """

    now_s: float
    installed_s: float
    tick_s: float
    synchronised: bool | None = None


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """Everything that the checks look at.

    Attributes
    ----------
    system, release
        As :func:`platform.system` and :func:`platform.release` say.
    in_container
        Whether this runs in a container, which sees no Bluetooth of its own.
    python
        Version of the interpreter.
    parts
        Libraries, needed and optional.
    bluez
        What BlueZ says; None on a system without it.
    switches
        The kernel's radio switches for Bluetooth.
    radio
        What a trial scan said; None where it worked.
    folder, clock
        See there.
    """

    system: str
    release: str
    in_container: bool
    python: tuple[int, int, int]
    parts: tuple[Part, ...]
    bluez: BluezFacts | None
    switches: tuple[RadioSwitch, ...]
    radio: BridgeError | None
    folder: FolderFacts
    clock: ClockFacts = field(kw_only=True)
