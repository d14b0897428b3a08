"""The checks: each looks at the facts and says what is well, what is not, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from firmware_bridge.bluez import BluezFacts, BluezState
from firmware_bridge.errors import LinkError
from imu_tempo.doctor.facts import MachineFacts, RadioSwitch

NEEDED_PYTHON = (3, 11)

NEEDED_BLUEZ = (5, 55)
"""What bleak needs."""

GOOD_BLUEZ = (5, 62)
"""The first that tells the MTU of a connection."""

HOUR_BYTES = 60e6
"""A recording of six axes at 400 Hz grows by about this in an hour: 5 kB/s on the air, in hexadecimal."""

SCARCE_BYTES, NO_ROOM_BYTES = 1e9, 100e6
"""Below the first a season of sessions fills the disk; below the second one long session may."""

SLOW_WRITE_S, HOPELESS_WRITE_S = 0.1, 1.0
"""The journal is flushed once a second: a flush that takes a tenth of it is a slow card, one that takes all
of it can never keep up."""

COARSE_TICK_S = 0.002
"""Packets come 7 ms apart at the closest; a clock coarser than this blurs which came when."""


class Verdict(StrEnum):
    """What a check found."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says.

    Attributes
    ----------
    check
        What was looked at.
    verdict
        See :class:`Verdict`.
    says
        What was found.
    advice
        What to do; empty where nothing needs doing.
    radio
        Whether it is about reaching sensors: without it stored recordings can still be analysed.
    """

    check: str
    verdict: Verdict
    says: str
    advice: str = ""
    radio: bool = False


def examine(facts: MachineFacts) -> list[Finding]:
    """Return what every check says, in the order in which things depend on each other."""
    findings: list[Finding] = []
    for check in (python, libraries, optional_parts, service, adapter):
        findings += check(facts)
    findings += scanning(facts, hopeless=any(f.radio and f.verdict is Verdict.FAILED for f in findings))
    for check in (disk_space, disk_speed, clock):
        findings += check(facts)
    return findings


def python(facts: MachineFacts) -> Iterable[Finding]:
    """Judge the interpreter."""
    version = ".".join(map(str, facts.python))
    if facts.python < NEEDED_PYTHON:
        needed = ".".join(map(str, NEEDED_PYTHON))
        yield Finding("Python", Verdict.FAILED, version, f"install Python {needed} or newer")
    else:
        yield Finding("Python", Verdict.OK, f"{version} on {facts.system}")


def libraries(facts: MachineFacts) -> Iterable[Finding]:
    """Judge the libraries that everything needs."""
    needed = [part for part in facts.parts if not part.extra]
    missing = [part.name for part in needed if part.version is None]
    if missing:
        says = f"missing: {', '.join(missing)}"
        yield Finding("libraries", Verdict.FAILED, says, "reinstall with `pip install --upgrade imu-tempo`")
        return
    told = ", ".join(f"{part.name} {part.version}" for part in needed if part.name in ("bleak", "numpy"))
    yield Finding("libraries", Verdict.OK, f"all {len(needed)} are there ({told})")


def optional_parts(facts: MachineFacts) -> Iterable[Finding]:
    """Judge the extras: none is needed, and each says how to get it."""
    for extra in sorted({part.extra for part in facts.parts} - {"", "dev"}):
        missing = [part.name for part in facts.parts if part.extra == extra and part.version is None]
        name = f"optional: {extra}"
        if missing:
            advice = f"for it: pip install 'imu-tempo[{extra}]'"
            yield Finding(name, Verdict.NOTE, f"not installed ({', '.join(missing)})", advice)
        else:
            yield Finding(name, Verdict.OK, "installed")


def service(facts: MachineFacts) -> Iterable[Finding]:
    """Judge the system's Bluetooth service, where that is BlueZ."""
    if facts.bluez is None:
        return
    version = ".".join(map(str, facts.bluez.version)) if facts.bluez.version else "of unknown version"
    if facts.bluez.state is not BluezState.RUNNING:
        says, advice = _no_service(facts, facts.bluez)
        yield Finding("Bluetooth service", Verdict.FAILED, says, advice, radio=True)
    elif facts.bluez.version and facts.bluez.version < NEEDED_BLUEZ:
        advice = "update the system: bleak needs BlueZ 5.55"
        yield Finding("Bluetooth service", Verdict.FAILED, f"BlueZ {version}", advice, radio=True)
    elif facts.bluez.version and facts.bluez.version < GOOD_BLUEZ:
        advice = "update the system when you can: BlueZ tells the packet size since 5.62"
        yield Finding("Bluetooth service", Verdict.WARNING, f"BlueZ {version}", advice, radio=True)
    else:
        yield Finding("Bluetooth service", Verdict.OK, f"BlueZ {version} answers", radio=True)


def _no_service(facts: MachineFacts, bluez: BluezFacts) -> tuple[str, str]:
    """Say why BlueZ does not answer, and what to do."""
    if "microsoft" in facts.release.lower():
        return (
            "this is Linux inside Windows (WSL), which has no Bluetooth",
            "install imu-tempo in Windows itself",
        )
    if facts.in_container:
        return (
            "this is a container, which sees no Bluetooth",
            "run on the machine itself, or give the container the host's /run/dbus",
        )
    if bluez.state is BluezState.DENIED:
        return "this user may not use it", "`sudo usermod -aG bluetooth $USER`, and log in again"
    if bluez.state is BluezState.NO_BUS:
        return (
            "there is no system D-Bus, over which programs reach Bluetooth",
            "install and start it: `sudo apt install dbus`, then `sudo systemctl start dbus`",
        )
    if bluez.version is None:
        return "BlueZ is not installed", "`sudo apt install bluez` (or your system's package of that name)"
    return "BlueZ is installed and does not run", "`sudo systemctl enable --now bluetooth`"


def adapter(facts: MachineFacts) -> Iterable[Finding]:
    """Judge the adapters and their switches, where BlueZ or the kernel shows them."""
    yield from _switches(facts.switches)
    if facts.bluez is None or facts.bluez.state is not BluezState.RUNNING:
        return
    adapters = facts.bluez.adapters
    names = ", ".join(one.name for one in adapters)
    if not adapters:
        advice = "plug in a Bluetooth 4.0 adapter or newer; without one, `imu-tempo demo` shows everything"
        yield Finding("Bluetooth adapter", Verdict.FAILED, "none", advice, radio=True)
    elif not any(one.central for one in adapters):
        advice = "use one of 2012 or later (Bluetooth 4.0)"
        yield Finding(
            "Bluetooth adapter", Verdict.FAILED, f"{names}: too old for BLE sensors", advice, radio=True
        )
    elif not any(one.powered and one.central for one in adapters):
        advice = "`bluetoothctl power on`, or the system's Bluetooth settings"
        yield Finding("Bluetooth adapter", Verdict.FAILED, f"{names}: switched off", advice, radio=True)
    else:
        yield Finding("Bluetooth adapter", Verdict.OK, f"{names}: on", radio=True)


def _switches(switches: tuple[RadioSwitch, ...]) -> Iterable[Finding]:
    for switch in switches:
        if switch.hard:
            advice = "use the wireless switch or key of this computer, or its firmware settings"
            says = f"{switch.name} is blocked by a switch"
            yield Finding("radio switch", Verdict.FAILED, says, advice, radio=True)
        elif switch.soft:
            says = f"{switch.name} is blocked by software (aeroplane mode)"
            yield Finding("radio switch", Verdict.FAILED, says, "`sudo rfkill unblock bluetooth`", radio=True)


def scanning(facts: MachineFacts, *, hopeless: bool) -> Iterable[Finding]:
    """Judge the trial scan; `hopeless` where an earlier check has said why it must fail."""
    error = facts.radio
    if error is None:
        yield Finding("scanning", Verdict.OK, "works", radio=True)
    elif hopeless:
        yield Finding("scanning", Verdict.SKIPPED, "not before the above is put right", radio=True)
    else:
        problem, advice = (error.problem, error.advice) if isinstance(error, LinkError) else (str(error), "")
        yield Finding("scanning", Verdict.FAILED, problem, advice, radio=True)


def disk_space(facts: MachineFacts) -> Iterable[Finding]:
    """Judge the room for recordings."""
    folder = facts.folder
    if folder.problem:
        says = f"{folder.path}: nothing can be written ({folder.problem})"
        yield Finding("recordings", Verdict.FAILED, says, "choose another folder with --out")
        return
    if folder.free_bytes is None:
        return
    room = f"{folder.path}: {folder.free_bytes / 1e9:.1f} GB free"
    hours = f"about {folder.free_bytes / HOUR_BYTES:,.0f} h of recording"
    if folder.free_bytes < NO_ROOM_BYTES:
        yield Finding("recordings", Verdict.FAILED, f"{room}, {hours}", "free some space")
    elif folder.free_bytes < SCARCE_BYTES:
        yield Finding("recordings", Verdict.WARNING, f"{room}, {hours}", "free some space soon")
    else:
        yield Finding("recordings", Verdict.OK, f"{room}, {hours}")


def disk_speed(facts: MachineFacts) -> Iterable[Finding]:
    """Judge how fast the disk takes a second of recording for good."""
    if not facts.folder.write_s:
        return
    usual, worst = median(facts.folder.write_s), max(facts.folder.write_s)
    says = f"a second of recording is on the disk in {usual * 1e3:.0f} ms (longest {worst * 1e3:.0f} ms)"
    if usual > HOPELESS_WRITE_S:
        yield Finding("disk speed", Verdict.FAILED, says, "record to another disk with --out")
    elif worst > SLOW_WRITE_S:
        advice = "a slow card or a network folder: record to a local disk with --out"
        yield Finding("disk speed", Verdict.WARNING, says, advice)
    else:
        yield Finding("disk speed", Verdict.OK, says)


def clock(facts: MachineFacts) -> Iterable[Finding]:
    """Judge the clocks."""
    told = facts.clock
    if told.now_s < told.installed_s:
        says = "shows a time before this software was installed: recordings would get a wrong date"
        yield Finding("clock", Verdict.FAILED, says, "set the clock, or connect to the network and wait")
    elif told.tick_s > COARSE_TICK_S:
        says = f"the packet clock ticks every {told.tick_s * 1e3:.0f} ms: sensors without a clock suffer"
        yield Finding(
            "clock", Verdict.WARNING, says, "update the system, or use a sensor that counts samples"
        )
    elif told.synchronised is False:
        says = "is not set by the network: dates may be off, velocities are not"
        yield Finding("clock", Verdict.NOTE, says, "`sudo timedatectl set-ntp true`")
    else:
        yield Finding("clock", Verdict.OK, "plausible")
