"""A session over the virtual radio: what is told, what is left behind, and that a replay says the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from firmware_bridge.errors import LinkError
from firmware_bridge.link import FoundSensor
from firmware_bridge.recording import Recording
from firmware_bridge.samples import SampleBlock
from firmware_bridge.sensors import RawPacket, driver
from firmware_bridge.virtual.recorded import packets
from firmware_bridge.virtual.simulate import Simulation
from imu_tempo.engine import Engine
from imu_tempo.events import Event, to_json
from imu_tempo.formats import load
from imu_tempo.live import session
from imu_tempo.live.demo import run_demo
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.replaying import replay_events
from imu_tempo.live.session import SessionOutcome, SessionPlan, record_session
from imu_tempo.live.simulated import SimulatedSet, simulated
from imu_tempo.live.truth import compare
from imu_tempo.offline import analyze

SPEED = 40.0
LIFTING = Lifting(exercise="squat", load_kg=100.0, tempo="2-1-X-1", athlete="A12")


@dataclass(frozen=True)
class Held:
    """A session that was held once for all tests."""

    simulation: Simulation
    outcome: SessionOutcome
    events: list[Event]
    found: list[FoundSensor]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    simulation = simulated(SimulatedSet(reps=3, tempo="2-1-X-1"))
    events: list[Event] = []
    found: list[FoundSensor] = []
    out = tmp_path_factory.mktemp("sessions")
    outcome = asyncio.run(
        run_demo(simulation, LIFTING, out, speed=SPEED, on_found=found.append, on_event=events.append)
    )
    return Held(simulation, outcome, events, found)


def as_json(events: Iterator[Event] | list[Event]) -> list[dict[str, object]]:
    return [to_json(event) for event in events]


def test_the_virtual_sensor_was_found_by_scanning_and_nothing_was_lost(held: Held) -> None:
    assert [sensor.driver.key for sensor in held.found] == ["bip"]
    assert held.outcome.stats.received == held.simulation.taken
    assert held.outcome.stats.lost == held.outcome.stats.missed == 0
    assert held.outcome.info.rate_hz == 200.0


def test_the_samples_are_those_that_the_sensor_measured(held: Held) -> None:
    source = load(held.outcome.folder)
    acc = np.concatenate([block.acc_mps2 for block in source.blocks])
    np.testing.assert_allclose(acc, held.simulation.acc_mps2, atol=1e-5)


def test_the_reps_are_told_and_end_with_the_set(held: Held) -> None:
    kinds = [event["event"] for event in as_json(held.events)]
    assert kinds.count("set_started") == 1
    assert kinds.count("rep") >= 3
    assert kinds[-1] == "set_ended"


def test_the_recording_is_sealed_and_knows_what_was_lifted(held: Held) -> None:
    recording = Recording.open(held.outcome.folder)
    manifest = recording.manifest
    assert recording.sealed
    assert manifest.simulated
    assert (manifest.exercise, manifest.load_kg) == ("squat", 100.0)
    assert (manifest.tempo, manifest.athlete) == ("2-1-X-1", "A12")
    assert len(pd.read_csv(held.outcome.folder / "truth_reps.csv")) == 3
    assert list(recording.events()) == as_json(held.events)


def test_a_replay_of_the_recording_says_exactly_the_same(held: Held) -> None:
    source = load(held.outcome.folder)
    assert as_json(replay_events(source, **LIFTING.arguments())) == as_json(held.events)


def test_a_replay_of_the_packets_says_exactly_the_same(held: Held) -> None:
    recording = Recording.open(held.outcome.folder)
    engine = Engine(**LIFTING.arguments(), info=recording.info)
    events = [event for block in recording.blocks() for event in engine.push(block)]
    assert as_json([*events, *engine.finish()]) == as_json(held.events)


def test_the_analysis_is_near_the_truth(held: Held) -> None:
    result = analyze(load(held.outcome.folder), **LIFTING.arguments())
    comparison = compare(result.reps, held.simulation.truth_reps)
    assert (comparison.reps, comparison.true_reps, comparison.matched) == (3, 3, 3)
    assert comparison.mcv_error_mps < 0.03
    assert comparison.ecc_error_s < 0.15
    assert str(comparison).startswith("3 reps found of 3")


# A link that breaks


class BrokenLink:
    """Gives half of a simulation's packets, and fails."""

    session: object

    def __init__(self, simulation: Simulation) -> None:
        self.session = driver("bip").session(SessionPlan(parent=Path(), lifting=LIFTING).settings)
        self._packets = list(packets(simulation))

    def open(self, found: FoundSensor, **options: object) -> object:
        @asynccontextmanager
        async def link() -> AsyncIterator[BrokenLink]:
            self.journal = options["on_packet"]
            yield self

        return link()

    async def packets(self) -> AsyncIterator[RawPacket]:
        for packet in self._packets[: len(self._packets) // 2]:
            self.journal(packet)  # type: ignore[operator]
            yield packet
        raise LinkError("Bar A12 was lost and did not come back in 60 s")


@pytest.fixture
def nearby() -> FoundSensor:
    return FoundSensor(driver("bip"), "Bar A12", "F0:0D:BA:2B:E1:01", -50, device=None)  # type: ignore[arg-type]


def test_what_came_before_the_link_broke_is_sealed(
    held: Held, nearby: FoundSensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "Link", BrokenLink(held.simulation))
    plan = SessionPlan(sensor=nearby, parent=tmp_path, lifting=LIFTING)
    with pytest.raises(LinkError, match="did not come back"):
        asyncio.run(record_session(plan))
    (folder,) = tmp_path.iterdir()
    assert Recording.open(folder).sealed
    assert load(folder).samples == pytest.approx(held.simulation.taken / 2, rel=0.05)


def test_a_sensor_that_cannot_be_reached_leaves_no_folder(
    nearby: FoundSensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoLink:
        @staticmethod
        def open(*args: object, **options: object) -> object:
            raise LinkError("Bar A12 does not answer")

    monkeypatch.setattr(session, "Link", NoLink)
    with pytest.raises(LinkError):
        asyncio.run(record_session(SessionPlan(sensor=nearby, parent=tmp_path, lifting=LIFTING)))
    assert not list(tmp_path.iterdir())


def test_recording_without_feedback_tells_nothing(
    held: Held, nearby: FoundSensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "Link", BrokenLink(held.simulation))
    events: list[Event] = []
    plan = SessionPlan(sensor=nearby, parent=tmp_path, lifting=Lifting())
    with pytest.raises(LinkError):
        asyncio.run(record_session(plan, feedback=False, on_event=events.append))
    assert events == []


# Pieces


def test_what_the_recording_knows_fills_what_the_user_left_out(held: Held) -> None:
    source = load(held.outcome.folder)
    assert Lifting().completed(source) == LIFTING
    assert Lifting(load_kg=60.0, athlete="B7").completed(source).load_kg == 60.0
    assert LIFTING.heading() == "Back squat · 100 kg · target 2-1-X-1"


def test_a_replay_at_a_pace_takes_as_long(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr("imu_tempo.live.replaying.time.sleep", sleep)
    monkeypatch.setattr("imu_tempo.live.replaying.time.monotonic", lambda: now[0])
    source = load(held.outcome.folder)
    assert list(replay_events(source, pace=2.0, **LIFTING.arguments()))
    assert now[0] == pytest.approx(source.duration_s / 2.0)
    assert all(isinstance(block, SampleBlock) for block in source.blocks)
