"""Facts of this machine, and of folders made to look like one."""

from __future__ import annotations

import asyncio
import json
import os
import shutil

import pytest

from firmware_bridge.bluez import BluezState, ask_bluez, version_in
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.bluez import virtual_bluez
from imu_tempo.cli import main
from imu_tempo.doctor import Part, RadioSwitch
from imu_tempo.doctor.gather import TRIAL_WRITES, parts, switches, try_folder
from tests.firmware_bridge.bluez_rig import no_system_bus, system_bus
from tests.system_parts import needs


def test_requirements_are_split_into_needed_and_extras():
    requirements = [
        "numpy>=1.26",
        "no-such-package>=3; extra == 'live'",
        'imu-tempo[virtual]; extra == "dev"',
    ]
    needed, optional = parts(requirements)
    assert (needed.name, needed.extra) == ("numpy", "")
    assert needed.version
    assert optional == Part("no-such-package", None, "live")


def test_kernel_switches_of_bluetooth_are_read(tmp_path):
    for number, kind, name, soft, hard in [(0, "wlan", "phy0", 1, 1), (3, "bluetooth", "hci0", 1, 0)]:
        folder = tmp_path / f"rfkill{number}"
        folder.mkdir()
        for file, value in {"type": kind, "name": name, "soft": soft, "hard": hard}.items():
            (folder / file).write_text(f"{value}\n")
    (tmp_path / "rfkill4").mkdir()  # unplugged while we look
    assert list(switches(tmp_path)) == [RadioSwitch("hci0", soft=True, hard=False)]
    assert list(switches(tmp_path / "absent")) == []


def test_folder_that_does_not_exist_yet_is_judged_by_the_one_above(tmp_path):
    facts = try_folder(tmp_path / "sessions" / "2026")
    assert facts.path == tmp_path
    assert facts.free_bytes == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)
    assert len(facts.write_s) == TRIAL_WRITES
    assert facts.problem == ""
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_folder_that_cannot_be_written_says_why(tmp_path):
    file = tmp_path / "a-file"
    file.touch()
    assert try_folder(file).problem == "Not a directory"


@pytest.mark.parametrize(
    ("said", "version"), [("bluetoothctl: 5.66\n", (5, 66)), ("5.9", (5, 9)), ("what?", None)]
)
def test_version_of_bluez_is_read_from_its_tool(said, version):
    assert version_in(said) == version


@needs("dbus-daemon")
@pytest.mark.parametrize(("options", "powered"), [({}, [True]), ({"powered": False}, [False])])
def test_bluez_tells_its_adapters(options, powered):
    async def main():
        async with virtual_bluez(VirtualAir(), **options):
            return await ask_bluez()

    with system_bus():
        facts = asyncio.run(main())
    assert facts.state is BluezState.RUNNING
    assert [(one.name, one.powered, one.central) for one in facts.adapters] == [("hci0", powered[0], True)]


@needs("dbus-daemon")
def test_bluez_without_an_adapter_is_running_all_the_same():
    async def main():
        async with virtual_bluez(VirtualAir(), adapter=False):
            return await ask_bluez()

    with system_bus():
        facts = asyncio.run(main())
    assert (facts.state, facts.adapters) == (BluezState.RUNNING, ())


@needs("dbus-daemon")
def test_absent_forbidden_and_unreachable_bluez_are_told_apart(tmp_path):
    async def denied():
        async with virtual_bluez(VirtualAir()):
            return await ask_bluez()

    with system_bus():
        assert asyncio.run(ask_bluez()).state is BluezState.NOT_RUNNING
    with system_bus(permitted=False):
        assert asyncio.run(denied()).state is BluezState.DENIED
    with no_system_bus(tmp_path):
        assert asyncio.run(ask_bluez()).state is BluezState.NO_BUS


def test_command_says_what_to_do_and_that_recordings_can_be_analysed(tmp_path, capsys):
    with no_system_bus(tmp_path):
        status = main(["doctor", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    assert status == 2
    assert "Bluetooth service" in printed
    assert "FAILED" in printed
    assert "Sensors cannot be reached yet" in printed


def test_command_prints_json_for_programs(tmp_path, capsys):
    with no_system_bus(tmp_path):
        status = main(["doctor", "--out", str(tmp_path), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert status == 2
    assert (report["format"], report["healthy"]) == ("imu-tempo/doctor/1", False)
    assert {"check", "verdict", "says", "advice", "radio"} == set(report["checks"][0])


@pytest.mark.skipif(os.name != "posix", reason="permissions as Linux has them")
def test_command_looks_at_the_folder_that_is_named(tmp_path, capsys):
    file = tmp_path / "a-file"
    file.touch()
    with no_system_bus(tmp_path):
        main(["doctor", "--out", str(file / "below"), "--json"])
    checks = {check["check"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["recordings"]["verdict"] == "failed"
