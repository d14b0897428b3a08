"""The main job over unmodified bleak and its BlueZ backend: from a simulated lift to its reps."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.link import SensorInUseError, search
from firmware_bridge.recording import Recording
from firmware_bridge.virtual.simulate import Simulation
from imu_tempo.cli import main
from imu_tempo.live import bars
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.session import SessionPlan, record_session
from imu_tempo.live.simulated import SimulatedSet, simulated
from imu_tempo.offline import analyze
from tests.firmware_bridge.bluez_rig import bar_on_bluez, system_bus
from tests.system_parts import needs

pytestmark = needs("dbus-daemon")

SPEED = 8.0
"""Sensor, radio, BlueZ and engine share one event loop: a much faster bar would drown the others."""

REPS = 2


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulated(SimulatedSet(reps=REPS, tempo="2-1-X-1"))


def test_simulated_lift_comes_out_as_its_reps(simulation: Simulation, tmp_path: Path) -> None:
    lifting = Lifting(exercise="squat", tempo="2-1-X-1")

    async def session():
        async with bar_on_bluez(simulation, speed=SPEED) as (bar, _):
            plan = SessionPlan(sensor="Bar A12", parent=tmp_path, lifting=lifting)
            events = []
            outcome = await record_session(plan, until=bar.finished, on_event=events.append)
            return outcome, events

    with system_bus():
        outcome, events = asyncio.run(session())
    assert (outcome.stats.received, outcome.stats.lost) == (simulation.taken, 0)
    assert Recording.open(outcome.folder).sealed
    assert any(type(event).__name__ == "SetEnded" for event in events)
    reps = analyze(outcome.folder, exercise="squat").reps
    assert [row.ecc_s for row in reps.itertuples()] == pytest.approx(
        [rep.ecc_s for rep in simulation.truth_reps], abs=0.1
    )


def test_scan_command_shows_the_bar_and_its_battery(
    simulation: Simulation, capsys: pytest.CaptureFixture[str]
) -> None:
    with _in_background(simulation):
        assert main(["scan", "--seconds", "0.5", "--battery"]) == 0
        line = capsys.readouterr().out
        assert main(["scan", "--seconds", "0.5", "--json"]) == 0
        (device,) = json.loads(capsys.readouterr().out)["devices"]
    assert line.split() == [
        "Bar",
        "A12",
        "F0:0D:BA:2B:E1:01",
        "-50",
        "dBm",
        "near",
        "87",
        "%",
        "Open",
        "barbell",
        "profile",
    ]
    assert (device["name"], device["driver"], device["battery_pct"]) == ("Bar A12", "bip", None)


def test_scan_command_lets_one_sensor_blink(
    simulation: Simulation, capsys: pytest.CaptureFixture[str]
) -> None:
    with _in_background(simulation):
        assert main(["scan", "--identify", "bar a12"]) == 0
        assert capsys.readouterr().out == "Bar A12 blinks now.\n"
        assert main(["scan", "--identify", "Bar X", "--seconds", "0.5"]) == 2
        assert "no sensor called Bar X was heard in 0.5 s (heard: Bar A12)" in capsys.readouterr().err


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_polite_kill_leave_a_sealed_recording(
    kind: signal.Signals, simulation: Simulation, tmp_path: Path
) -> None:
    record = [sys.executable, "-m", "imu_tempo", "record", "--no-history", "-e", "squat", "-o", str(tmp_path)]
    with (
        _in_background(simulation),
        subprocess.Popen(record, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(3)]
        process.send_signal(kind)
        rest, complaints = process.communicate(timeout=20)
    assert [line.split()[0] for line in said] == ["found", "streaming", "recording"]
    assert (process.returncode, complaints) == (0, "")
    (folder,) = tmp_path.iterdir()
    assert Recording.open(folder).sealed
    assert str(folder) in rest


def test_sensor_left_connected_by_a_killed_program_is_told_with_the_way_out(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bars, "find_each", partial(search.find_each, timeout_s=0.5))
    record = [sys.executable, "-m", "imu_tempo", "record", "--no-history", "-o", str(tmp_path / "killed")]
    with _in_background(simulation):
        with subprocess.Popen(record, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            while not process.stdout.readline().strip().startswith("recording"):
                pass
            process.kill()
        plan = SessionPlan(sensor="Bar A12", parent=tmp_path / "next", lifting=Lifting())
        (end,) = asyncio.run(bars.record_bars([plan]))
    assert isinstance(end, SensorInUseError)
    assert "bluetoothctl disconnect F0:0D:BA:2B:E1:01" in end.advice
    assert not (tmp_path / "next").exists()


@contextmanager
def _in_background(simulation: Simulation) -> Iterator[None]:
    """Run the bar and BlueZ in a thread of their own, as the system does."""
    ready = threading.Event()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        done = asyncio.Event()
        async with bar_on_bluez(simulation, speed=SPEED):
            loops.append((asyncio.get_running_loop(), done))
            ready.set()
            await done.wait()

    with system_bus():
        thread = threading.Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        try:
            assert ready.wait(10)
            yield
        finally:
            for loop, done in loops:
                loop.call_soon_threadsafe(done.set)
            thread.join(10)
