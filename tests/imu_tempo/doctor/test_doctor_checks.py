"""What the doctor says of made-up machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.bluez import BluezAdapter, BluezFacts, BluezState
from firmware_bridge.errors import LinkError
from imu_tempo.doctor import (
    ClockFacts,
    Finding,
    FolderFacts,
    MachineFacts,
    Part,
    RadioSwitch,
    Verdict,
    examine,
)

GB = 10**9
NOW_S = 1.8e9

HEALTHY = MachineFacts(
    system="Linux",
    release="6.1.0",
    in_container=False,
    python=(3, 12, 1),
    parts=(Part("bleak", "3.1.0"), Part("numpy", "2.0"), Part("bumble", "0.0.236", "virtual")),
    bluez=BluezFacts(BluezState.RUNNING, (5, 66), (BluezAdapter("hci0", powered=True, central=True),)),
    switches=(RadioSwitch("hci0", soft=False, hard=False),),
    radio=None,
    folder=FolderFacts(Path("/home/coach"), 50 * GB, (0.002, 0.003)),
    clock=ClockFacts(now_s=NOW_S, installed_s=NOW_S - 1, tick_s=1e-9, synchronised=True),
)


def bluez(state: BluezState = BluezState.RUNNING, version=(5, 66), *adapters: BluezAdapter) -> BluezFacts:
    return BluezFacts(state, version, adapters)


def troubles(**changes) -> list[Finding]:
    findings = examine(replace(HEALTHY, **changes))
    return [finding for finding in findings if finding.verdict in (Verdict.WARNING, Verdict.FAILED)]


def test_nothing_is_wrong_with_a_healthy_machine():
    findings = examine(HEALTHY)
    assert {finding.verdict for finding in findings} == {Verdict.OK}
    assert not any(finding.advice for finding in findings)
    assert [finding.check for finding in findings] == [
        "Python",
        "libraries",
        "optional: virtual",
        "Bluetooth service",
        "Bluetooth adapter",
        "scanning",
        "recordings",
        "disk speed",
        "clock",
    ]


def test_system_without_bluez_is_judged_by_the_trial_scan_alone():
    findings = examine(replace(HEALTHY, system="Darwin", bluez=None, switches=()))
    assert [finding.check for finding in findings if finding.radio] == ["scanning"]


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "says", "advice"),
    [
        ({"python": (3, 10, 2)}, "Python", "failed", "3.10.2", "Python 3.11 or newer"),
        ({"parts": (Part("bleak", None),)}, "libraries", "failed", "missing: bleak", "pip install"),
        (
            {"bluez": bluez(BluezState.NO_BUS)},
            "Bluetooth service",
            "failed",
            "no system D-Bus",
            "apt install dbus",
        ),
        (
            {"bluez": bluez(BluezState.NOT_RUNNING, None)},
            "Bluetooth service",
            "failed",
            "BlueZ is not installed",
            "apt install bluez",
        ),
        (
            {"bluez": bluez(BluezState.NOT_RUNNING)},
            "Bluetooth service",
            "failed",
            "does not run",
            "systemctl enable --now bluetooth",
        ),
        (
            {"bluez": bluez(BluezState.DENIED)},
            "Bluetooth service",
            "failed",
            "this user may not use it",
            "usermod -aG bluetooth",
        ),
        (
            {"bluez": bluez(BluezState.NO_BUS), "in_container": True},
            "Bluetooth service",
            "failed",
            "container",
            "/run/dbus",
        ),
        (
            {"bluez": bluez(BluezState.NOT_RUNNING), "release": "5.15.90.1-microsoft-standard-WSL2"},
            "Bluetooth service",
            "failed",
            "WSL",
            "in Windows itself",
        ),
        (
            {"bluez": bluez(BluezState.RUNNING, (5, 50), BluezAdapter("hci0", powered=True, central=True))},
            "Bluetooth service",
            "failed",
            "BlueZ 5.50",
            "bleak needs BlueZ 5.55",
        ),
        (
            {"bluez": bluez(BluezState.RUNNING, (5, 60), BluezAdapter("hci0", powered=True, central=True))},
            "Bluetooth service",
            "warning",
            "BlueZ 5.60",
            "since 5.62",
        ),
        ({"bluez": bluez()}, "Bluetooth adapter", "failed", "none", "plug in"),
        (
            {"bluez": bluez(BluezState.RUNNING, None, BluezAdapter("hci1", powered=False, central=True))},
            "Bluetooth adapter",
            "failed",
            "hci1: switched off",
            "bluetoothctl power on",
        ),
        (
            {"bluez": bluez(BluezState.RUNNING, None, BluezAdapter("hci0", powered=True, central=False))},
            "Bluetooth adapter",
            "failed",
            "too old",
            "2012 or later",
        ),
        (
            {"switches": (RadioSwitch("hci0", soft=True, hard=False),)},
            "radio switch",
            "failed",
            "aeroplane mode",
            "rfkill unblock bluetooth",
        ),
        (
            {"switches": (RadioSwitch("acer-bt", soft=True, hard=True),)},
            "radio switch",
            "failed",
            "acer-bt is blocked by a switch",
            "wireless switch",
        ),
        (
            {"radio": LinkError("the adapter is busy", advice="close other tools")},
            "scanning",
            "failed",
            "the adapter is busy",
            "close other tools",
        ),
        (
            {"folder": FolderFacts(Path("/ro"), problem="Read-only file system")},
            "recordings",
            "failed",
            "/ro: nothing can be written (Read-only file system)",
            "--out",
        ),
        (
            {"folder": FolderFacts(Path("/x"), 50 * 10**6)},
            "recordings",
            "failed",
            "0.1 GB free, about 1 h",
            "free some space",
        ),
        (
            {"folder": FolderFacts(Path("/x"), 600 * 10**6)},
            "recordings",
            "warning",
            "about 10 h",
            "free some space soon",
        ),
        (
            {"folder": FolderFacts(Path("/x"), 9 * GB, (0.01, 0.3, 0.01))},
            "disk speed",
            "warning",
            "in 10 ms (longest 300 ms)",
            "local disk",
        ),
        (
            {"folder": FolderFacts(Path("/x"), 9 * GB, (1.5, 1.6))},
            "disk speed",
            "failed",
            "1550 ms",
            "another disk",
        ),
        (
            {"clock": ClockFacts(now_s=0.0, installed_s=NOW_S, tick_s=1e-9)},
            "clock",
            "failed",
            "before this software was installed",
            "set the clock",
        ),
        (
            {"clock": ClockFacts(now_s=NOW_S, installed_s=0.0, tick_s=0.0156)},
            "clock",
            "warning",
            "every 16 ms",
            "counts samples",
        ),
    ],
)
def test_each_trouble_is_found_alone_with_what_to_do(changes, check, verdict, says, advice):
    (finding,) = troubles(**changes)
    assert (finding.check, finding.verdict) == (check, verdict)
    assert says in finding.says
    assert advice in finding.advice


def test_scan_that_must_fail_is_not_blamed_a_second_time():
    findings = examine(replace(HEALTHY, bluez=bluez(), radio=LinkError("no adapter")))
    (scanning,) = [finding for finding in findings if finding.check == "scanning"]
    assert scanning.verdict is Verdict.SKIPPED


def test_second_adapter_that_is_on_will_do():
    adapters = (BluezAdapter("hci0", powered=False, central=True), BluezAdapter("hci1", True, True))
    assert troubles(bluez=bluez(BluezState.RUNNING, (5, 66), *adapters)) == []


def test_missing_extras_and_unset_clocks_are_notes_not_troubles():
    clock = replace(HEALTHY.clock, synchronised=False)
    parts = (*HEALTHY.parts, Part("starlette", None, "live"), Part("mypy", None, "dev"))
    findings = examine(replace(HEALTHY, parts=parts, clock=clock))
    notes = {finding.check: finding for finding in findings if finding.verdict is Verdict.NOTE}
    assert set(notes) == {"optional: live", "clock"}
    assert "pip install 'imu-tempo[live]'" in notes["optional: live"].advice
