"""The live engine: bit-identical however it is fed, prompt, and consistent in what it says."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_motion import bar, source_of, squat

from firmware_bridge.samples import SampleBlock
from firmware_bridge.virtual import SCENARIOS, LossModel, Simulation, simple_set
from imu_tempo import AnalysisResult, analyze, replay
from imu_tempo.engine import Engine
from imu_tempo.events import Event, PhaseChanged, Quality, RepEvent, SetEnded, SetStarted, to_json
from imu_tempo.schema import RepRow
from imu_tempo.signal.constants import GRAVITY_MPS2

PACKET_SIZES = (1, 7, 16, 50, 10**9)
FEW_SIZES = (7, 10**9)
PROMPT_S = 0.5
"""Twice that for an accelerometer alone, as for all its targets."""


@functools.cache
def scenario(name: str) -> Simulation:
    """A short session of each kind that matters to the engine."""
    plain = {"reps": 3, "rate_hz": 100.0, "seed": 2}
    made = {
        "squat": lambda: simple_set("squat", **plain),
        "slow squat": lambda: simple_set("squat", tempo="6-1-2-1", **plain | {"reps": 2}),
        "norm only": lambda: simple_set("squat", gyro=False, **plain),
        "lost packets": lambda: simple_set("squat", loss=LossModel(loss_ratio=0.05), **plain),
        "deadlift impacts": lambda: simple_set(
            "deadlift", tempo="1.2-1-X-1", floor_impact_mps2=60.0, **plain
        ),
        "odd rate": lambda: simple_set("bench_press", reps=2, rate_hz=104.0, seed=4),
    }
    return made[name]()


SCENES = ("squat", "slow squat", "norm only", "lost packets", "deadlift impacts", "odd rate")
PROMPT = [name for name in SCENES if name != "lost packets"]
"""A rep that lies in a hole may have to wait for what comes after."""


def ran(
    simulation: Simulation, size: int | None = None, *, keep: bool = True
) -> tuple[list[Event], AnalysisResult]:
    engine = Engine(simulation.exercise, info=simulation.info, keep=keep)
    events = [event for block in simulation.blocks(size) for event in engine.push(block)]
    return [*events, *engine.finish()], engine.result()


@functools.cache
def whole_run(name: str) -> tuple[list[Event], AnalysisResult]:
    return ran(scenario(name))


def rep_events(events: list[Event]) -> list[RepEvent]:
    return [event for event in events if isinstance(event, RepEvent)]


def end_s(rep: RepRow) -> float:
    return float(np.fmax(rep.con_end_s, rep.ecc_end_s))


def standing(events: list[Event]) -> dict[tuple[int, int], RepRow]:
    """What a listener who keeps reps by set and number is left with."""
    reps: dict[tuple[int, int], RepRow] = {}
    for event in rep_events(events):
        key = (event.rep.set_no, event.rep.rep_no)
        if event.revision == "withdrawn":
            assert key in reps, f"rep {key} is withdrawn that was never told"
            del reps[key]
        else:
            reps[key] = event.rep
    return reps


# -- replay is the live run


@pytest.mark.parametrize("name", SCENES)
def test_packet_sizes_change_no_bit(name: str) -> None:
    events, result = whole_run(name)
    told = [to_json(event) for event in events if not isinstance(event, Quality)]
    for size in PACKET_SIZES if name in ("squat", "lost packets") else FEW_SIZES:
        again, tables = ran(scenario(name), size)
        assert [to_json(event) for event in again if not isinstance(event, Quality)] == told, size
        for table in ("reps", "sets", "rejected", "samples"):
            pd.testing.assert_frame_equal(getattr(tables, table), getattr(result, table), check_exact=True)


def test_gaps_are_told_once_whatever_the_packets() -> None:
    simulation = scenario("lost packets")
    gaps = [to_json(e) for e in whole_run("lost packets")[0] if isinstance(e, Quality)]
    assert sum(block.lost_before > 0 for block in simulation.blocks()) == len(gaps) > 0
    assert [to_json(e) for e in ran(simulation, 1)[0] if isinstance(e, Quality)] == gaps
    assert whole_run("lost packets")[1].quality["lost_samples"] == simulation.lost


def test_replay_is_the_live_run_to_the_bit() -> None:
    events, result = whole_run("squat")
    for chunk in (None, 7):
        again = replay(source_of(scenario("squat")), chunk=chunk)
        assert [to_json(e) for e in again.events] == [to_json(e) for e in events]
        pd.testing.assert_frame_equal(again.reps, result.reps, check_exact=True)
        pd.testing.assert_frame_equal(again.samples, result.samples, check_exact=True)


# -- what it says


@pytest.mark.parametrize("name", PROMPT)
def test_each_rep_is_told_soon_after_its_end(name: str) -> None:
    first: dict[tuple[int, int], RepEvent] = {}
    for event in rep_events(whole_run(name)[0]):
        first.setdefault((event.rep.set_no, event.rep.rep_no), event)
    assert len(first) == len(scenario(name).truth_reps)
    for event in first.values():
        assert 0.0 < event.t_s - event.rep.con_end_s < PROMPT_S * (2.0 if name == "norm only" else 1.0)


@pytest.mark.parametrize("name", SCENES)
def test_what_was_told_ends_up_as_the_table(name: str) -> None:
    events, result = whole_run(name)
    left = standing(events)
    keys = list(zip(result.reps["set_no"], result.reps["rep_no"], strict=True))
    assert sorted(left) == keys
    for key, (_, row) in zip(keys, result.reps.iterrows(), strict=True):
        told = left[key]
        assert told.mcv_mps == pytest.approx(row["mcv_mps"], abs=0.0101)
        assert told.con_s == pytest.approx(row["con_s"], abs=0.051)
        assert told.ecc_s == pytest.approx(row["ecc_s"], abs=0.051, nan_ok=True)


def test_what_stands_after_all_revisions_is_the_record() -> None:
    events, result = ran(SCENARIOS["exercise/biceps_curl"](seed=3, rate_hz=50.0))
    assert sorted(standing(events)) == list(zip(result.reps["set_no"], result.reps["rep_no"], strict=True))


@pytest.mark.parametrize("name", SCENES)
def test_live_finds_the_true_reps(name: str) -> None:
    wanted, found = scenario(name).truth_reps, whole_run(name)[1].reps
    assert len(found) == len(wanted)
    np.testing.assert_allclose(found["con_start_s"], [rep.con_start_s for rep in wanted], atol=0.1)
    np.testing.assert_allclose(found["mcv_mps"], [rep.mcv_mps for rep in wanted], atol=0.05)


@pytest.mark.parametrize("name", SCENES)
def test_live_and_whole_recording_agree(name: str) -> None:
    simulation, (_, live) = scenario(name), whole_run(name)
    offline = analyze(source_of(simulation), exercise=simulation.exercise)
    assert len(live.reps) == len(offline.reps)
    np.testing.assert_allclose(live.reps["mcv_mps"], offline.reps["mcv_mps"], atol=0.02)
    np.testing.assert_allclose(live.reps["con_s"], offline.reps["con_s"], atol=0.05)
    np.testing.assert_allclose(live.reps["ecc_s"], offline.reps["ecc_s"], atol=0.15)


@pytest.mark.parametrize("name", SCENES)
def test_events_come_in_the_order_of_time_and_of_a_set(name: str) -> None:
    events, _ = whole_run(name)
    told = [e.t_s for e in events if not isinstance(e, SetStarted | Quality)]
    assert told == sorted(told)
    kinds = [type(e) for e in events]
    assert kinds.index(SetStarted) < kinds.index(RepEvent) < kinds.index(SetEnded)


@pytest.mark.parametrize("name", SCENES)
def test_every_event_is_known_only_after_it_happened(name: str) -> None:
    for event in whole_run(name)[0]:
        if isinstance(event, RepEvent):
            assert event.t_s >= end_s(event.rep)
        elif isinstance(event, PhaseChanged):
            assert event.t_s >= event.since_s


def test_phases_follow_the_bar() -> None:
    simulation, (events, _) = scenario("squat"), whole_run("squat")
    changes = [e for e in events if isinstance(e, PhaseChanged)]
    for rep in simulation.truth_reps:
        for phase, start_s in (("ecc", rep.ecc_start_s), ("con", rep.con_start_s)):
            nearest = min((abs(c.since_s - start_s) for c in changes if c.phase == phase), default=math.inf)
            assert nearest < 0.4, f"{phase} of rep {rep.rep_no}"


def test_a_deadlift_is_provisional_until_it_is_lowered() -> None:
    revisions: dict[int, list[str]] = {}
    for event in rep_events(whole_run("deadlift impacts")[0]):
        revisions.setdefault(event.rep.rep_no, []).append(event.revision)
        if event.revision == "provisional":
            assert math.isnan(event.rep.ecc_s)
    assert all(told[:2] == ["provisional", "final"] for told in revisions.values())


def test_a_pick_up_is_never_told_for_good_and_withdrawn_while_the_set_goes_on() -> None:
    simulation = SCENARIOS["exercise/biceps_curl"](seed=0)
    told = rep_events(ran(simulation)[0])
    first = simulation.truth_reps[0].con_start_s
    pick_up = [e for e in told if e.rep.con_end_s < first]
    assert {e.revision for e in pick_up} <= {"provisional", "withdrawn"}
    assert all(e.t_s < simulation.truth_reps[-1].con_end_s for e in pick_up)


def test_set_numbers_run_through_sets_with_rests_between() -> None:
    simulation = SCENARIOS["sets/three_squat"](seed=1, rate_hz=50.0)
    events, result = ran(simulation)
    wanted = [(rep.set_no, rep.rep_no) for rep in simulation.truth_reps]
    assert list(zip(result.reps["set_no"], result.reps["rep_no"], strict=True)) == wanted
    assert result.sets["set_no"].tolist() == [1, 2, 3]
    assert sorted(standing(events)) == wanted
    assert [e.set_no for e in events if isinstance(e, SetStarted)] == [1, 2, 3]
    assert [e.summary.set_no for e in events if isinstance(e, SetEnded)] == [1, 2, 3]


def test_a_set_ends_while_the_lifter_rests_not_at_the_end_of_the_stream() -> None:
    simulation = simple_set("squat", reps=2, rate_hz=50.0, seed=1, rest_s=30.0)
    engine = Engine("squat", info=simulation.info)
    ended = [e for block in simulation.blocks() for e in engine.push(block) if isinstance(e, SetEnded)]
    assert len(ended) == 1
    assert ended[0].summary.reps == 2
    assert not [e for e in engine.finish() if isinstance(e, SetEnded | RepEvent)]


def test_a_set_of_slow_lowerings_is_not_ended_in_the_middle() -> None:
    simulation = SCENARIOS["tempo/8-0-2-0"](seed=3, rate_hz=100.0)
    events, result = ran(simulation)
    assert sorted(standing(events)) == [(1, n) for n in range(1, 6)]
    np.testing.assert_allclose(result.reps["ecc_s"], [r.ecc_s for r in simulation.truth_reps], atol=0.25)


# -- edges of life


def test_in_a_set_of_a_minute_and_more_each_rep_is_told_once_and_in_time() -> None:
    simulation = simple_set("squat", reps=34, tempo="2-0-X-0", rate_hz=100.0, seed=5)
    told = rep_events(ran(simulation)[0])
    during = [e for e in told if e.t_s < simulation.truth_reps[-1].con_end_s + PROMPT_S]
    assert [e.rep.rep_no for e in during if e.revision == "final"] == list(range(1, 35))
    assert not [e for e in during if e.revision in ("withdrawn", "revised")]
    assert max(e.t_s - e.rep.con_end_s for e in during) < PROMPT_S


def test_finish_twice_says_nothing_new() -> None:
    simulation = scenario("odd rate")
    engine = Engine(simulation.exercise, info=simulation.info)
    for block in simulation.blocks():
        engine.push(block)
    engine.finish()
    before = engine.result()
    assert engine.finish() == []
    pd.testing.assert_frame_equal(engine.result().reps, before.reps, check_exact=True)
    pd.testing.assert_frame_equal(engine.result().samples, before.samples, check_exact=True)


def test_no_stream_no_events() -> None:
    engine = Engine()
    assert engine.finish() == []
    result = engine.result()
    assert len(result.reps) == len(result.samples) == 0
    assert result.duration_s == 0.0


@pytest.mark.parametrize("samples", [1, 2, 5, 99, 101, 150])
def test_a_very_short_stream_is_no_error(samples: int) -> None:
    engine = Engine()
    t = np.arange(samples) * 0.01
    acc = np.tile([0.0, 0.0, GRAVITY_MPS2], (samples, 1))
    engine.push(SampleBlock(t, acc))
    assert not rep_events(engine.finish())
    assert len(engine.result().reps) == 0


NO_STREAMS = (
    "no force",
    "one in three is no number",
    "no number",
    "a hole of a year",
    "nothing but holes",
    "a sample every other second",
)


def no_stream(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Samples that no working sensor sends: times, and specific force."""
    t_s, acc = np.arange(1000) / 100.0, np.tile([0.0, 0.0, GRAVITY_MPS2], (1000, 1))
    match kind:
        case "no force":
            acc[:] = 0.0
        case "one in three is no number":
            acc[::3] = np.nan
        case "no number":
            acc[:] = np.nan
        case "a hole of a year":
            t_s[500:] += 3.2e7
        case "nothing but holes":
            t_s += np.repeat(np.arange(100), 10) * 1000.0
        case "a sample every other second":
            t_s *= 200.0
    return t_s, acc


@pytest.mark.parametrize("size", FEW_SIZES)
@pytest.mark.parametrize("kind", NO_STREAMS)
def test_no_stream_ends_the_engine(kind: str, size: int) -> None:
    t_s, acc = no_stream(kind)
    engine = Engine()
    for i in range(0, len(t_s), size):
        engine.push(SampleBlock(t_s[i : i + size], acc[i : i + size]))
    assert not rep_events(engine.finish())
    assert len(engine.result().reps) == 0


def test_after_a_minute_without_samples_all_begins_anew() -> None:
    simulation = scenario("squat")
    later_s = 120.0 + float(simulation.t_s[-1])
    engine = Engine("squat", info=simulation.info)
    for shift_s in (0.0, later_s):
        for block in simulation.blocks():
            engine.push(replace(block, t_s=block.t_s + shift_s))
    engine.finish()
    reps = engine.result().reps
    assert reps["set_no"].tolist() == [1, 1, 1, 2, 2, 2]
    first, second = (reps[reps["set_no"] == n].reset_index(drop=True) for n in (1, 2))
    np.testing.assert_allclose(second["con_start_s"] - first["con_start_s"], later_s, atol=0.02)
    np.testing.assert_allclose(second["mcv_mps"], first["mcv_mps"], atol=1e-3)


def test_result_before_finish_lacks_only_the_set_in_hand() -> None:
    simulation = scenario("squat")
    engine = Engine("squat", info=simulation.info)
    for block in simulation.blocks():
        engine.push(block)
    before = engine.result()
    assert len(before.events) > 0
    engine.finish()
    assert len(before.reps) <= len(engine.result().reps) == 3


def test_without_keeping_it_says_the_same_and_holds_no_rows() -> None:
    events, result = ran(scenario("squat"), keep=False)
    assert [to_json(e) for e in events] == [to_json(e) for e in whole_run("squat")[0]]
    assert [len(table) for table in (result.reps, result.sets, result.rejected, result.samples)] == [0] * 4
    assert result.events == ()


def test_blocks_are_not_changed() -> None:
    simulation = scenario("odd rate")
    blocks = simulation.blocks(50)
    before = [
        (b.t_s.copy(), b.acc_mps2.copy(), None if b.gyr_radps is None else b.gyr_radps.copy()) for b in blocks
    ]
    engine = Engine(simulation.exercise)
    for block, (t, acc, gyr) in zip(blocks, before, strict=True):
        engine.push(block)
        assert np.array_equal(block.t_s, t)
        assert np.array_equal(block.acc_mps2, acc)
        assert gyr is None or (block.gyr_radps is not None and np.array_equal(block.gyr_radps, gyr))


def test_labels_and_tempo_reach_the_events() -> None:
    simulation = scenario("odd rate")
    engine = Engine(simulation.exercise, 80.0, "2-0-X-1", "A12")
    events = [e for block in simulation.blocks() for e in engine.push(block)] + engine.finish()
    assert {(e.rep.load_kg, e.rep.athlete) for e in rep_events(events)} == {(80.0, "A12")}
    (ended,) = [e for e in events if isinstance(e, SetEnded)]
    assert ended.summary.load_kg == 80.0
    assert ended.summary.tempo_target != ""


def test_two_idle_hours_are_forgotten_and_the_set_after_them_is_found() -> None:
    rate = 25.0
    rng = np.random.default_rng(0)
    engine = Engine("squat", keep=False)
    minute = int(60 * rate)
    held: list[int] = []
    events: list[Event] = []
    for k in range(120):
        t = (k * minute + np.arange(minute)) / rate
        acc = rng.normal([0.0, 0.0, GRAVITY_MPS2], 0.01, (minute, 3))
        events += engine.push(SampleBlock(t, acc))
        held.append(sum(len(block) for block in engine._window._blocks))
    assert max(held) <= 4 * minute
    assert not rep_events(events)
    path = bar(squat(2), 1 / rate)
    acc = path.acc() + rng.normal(0.0, 0.01, (len(path.t_s), 3))
    events += engine.push(SampleBlock(7200.0 + path.t_s, acc))
    assert len(standing([*events, *engine.finish()])) == 2
