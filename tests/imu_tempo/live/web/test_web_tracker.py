"""What events come to on the page: phases, verdicts, corrections, stops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imu_tempo.events import Phase, PhaseChanged, Quality, RepEvent, SetEnded, SetStarted, StopReached
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.web.setup import Setup
from imu_tempo.live.web.tracker import Clock, Tracker
from imu_tempo.metrics import summarise
from imu_tempo.relabel import assisted, delete, partial
from imu_tempo.schema import RepRow

CLOCK = Clock(t_s=100.0, wall_ms=1_000_000.0)


def a_rep(number: int, mcv: float = 0.6, ecc_s: float = 3.0, set_no: int = 1) -> RepRow:
    start = 10.0 * number
    return RepRow(
        set_no=set_no,
        rep_no=number,
        ecc_start_s=start,
        ecc_end_s=start + ecc_s,
        con_start_s=start + ecc_s + 1.0,
        con_end_s=start + ecc_s + 1.9,
        ecc_s=ecc_s,
        bottom_s=1.0,
        con_s=0.9,
        tut_s=ecc_s + 1.9,
        mcv_mps=mcv,
        rom_m=0.5,
    )


def told(rep: RepRow, revision: Any = "final") -> RepEvent:
    return RepEvent(t_s=rep.con_end_s + 0.3, revision=revision, rep=rep)


@pytest.fixture
def tracker() -> Tracker:
    return Tracker(Setup(exercise="squat", tempo="3-1-X-1", stop_loss_pct=20.0).lifting(), "folder.tempo")


def go(tracker: Tracker, *phases: tuple[Phase, float]) -> None:
    for phase, since_s in phases:
        tracker.hear(PhaseChanged(t_s=since_s + 0.1, since_s=since_s, phase=phase), CLOCK)


def shown(tracker: Tracker) -> list[dict[str, Any]]:
    reps = tracker.set_json(CLOCK)["reps"]
    assert isinstance(reps, list)
    return reps


def test_a_phase_is_told_by_when_it_began_on_the_wall_clock(tracker: Tracker) -> None:
    go(tracker, ("ecc", 98.0))
    phase = tracker.phase_json(CLOCK)
    assert (phase["name"], phase["since_ms"]) == ("ecc", 998_000.0)


def test_a_virtual_bar_that_lifts_faster_began_less_long_ago(tracker: Tracker) -> None:
    go(tracker, ("ecc", 98.0))
    assert tracker.phase_json(replace(CLOCK, speed=4.0))["since_ms"] == 999_500.0


def test_the_phases_before_this_one_keep_their_times_until_the_next_rep(tracker: Tracker) -> None:
    go(tracker, ("ecc", 0.0), ("bottom", 3.0), ("con", 4.0))
    assert {k: v["s"] for k, v in tracker.phase_json(CLOCK)["done"].items()} == {"ecc": 3.0, "bottom": 1.0}
    go(tracker, ("top", 5.0), ("ecc", 6.0))
    assert tracker.phase_json(CLOCK)["done"] == {}


def test_touch_and_go_has_a_pause_of_nothing(tracker: Tracker) -> None:
    go(tracker, ("ecc", 0.0), ("con", 3.0))
    assert tracker.phase_json(CLOCK)["done"]["bottom"]["s"] == 0.0


@pytest.mark.parametrize(("ecc_s", "verdict"), [(1.5, "early"), (2.2, "ok"), (3.0, "ok"), (4.0, "late")])
def test_a_lowering_seen_on_the_way_is_judged_with_care(tracker: Tracker, ecc_s: float, verdict: str) -> None:
    go(tracker, ("ecc", 0.0), ("bottom", ecc_s))
    assert tracker.phase_json(CLOCK)["done"]["ecc"]["verdict"] == verdict


def test_a_pause_seen_on_the_way_is_not_judged_until_it_is_solved(tracker: Tracker) -> None:
    go(tracker, ("ecc", 0.0), ("bottom", 3.0), ("con", 3.1), ("top", 4.0))
    assert tracker.phase_json(CLOCK)["done"]["bottom"]["verdict"] == ""
    tracker.hear(told(a_rep(1)), CLOCK)
    assert tracker.phase_json(CLOCK)["done"]["bottom"] == {"s": 1.0, "verdict": "ok"}


def test_the_solved_times_of_a_rep_do_not_land_on_the_rep_after_it(tracker: Tracker) -> None:
    go(tracker, ("ecc", 0.0), ("con", 3.0), ("ecc", 4.0))
    tracker.hear(told(a_rep(1)), CLOCK)
    assert tracker.phase_json(CLOCK)["done"] == {}


def test_reps_have_their_loss_from_the_fastest_so_far(tracker: Tracker) -> None:
    for number, mcv in ((1, 0.5), (2, 0.6), (3, 0.45)):
        tracker.hear(told(a_rep(number, mcv)), CLOCK)
    assert [rep["loss_pct"] for rep in shown(tracker)][1:] == [0.0, 25.0]
    assert tracker.set_json(CLOCK)["limit_mps"] == pytest.approx(0.48)


def test_a_correction_is_shown_as_one(tracker: Tracker) -> None:
    tracker.hear(told(a_rep(1, 0.61)), CLOCK)
    tracker.hear(told(a_rep(1, 0.58), "revised"), CLOCK)
    [rep] = shown(tracker)
    assert rep["mcv"] == 0.58
    assert rep["was"] == {"mcv_mps": 0.61}


def test_a_correction_too_small_to_be_seen_is_none(tracker: Tracker) -> None:
    tracker.hear(told(a_rep(1, 0.6101)), CLOCK)
    tracker.hear(told(a_rep(1, 0.6099), "revised"), CLOCK)
    assert shown(tracker)[0]["was"] == {}


def test_a_rep_taken_back_is_gone_and_said_to_be(tracker: Tracker) -> None:
    tracker.hear(told(a_rep(1)), CLOCK)
    tracker.hear(told(a_rep(2)), CLOCK)
    tracker.hear(told(a_rep(2), "withdrawn"), CLOCK)
    assert [rep["no"] for rep in shown(tracker)] == [1]
    assert tracker.set_json(CLOCK)["removed"] == [2]


def test_a_stop_is_told_and_taken_back(tracker: Tracker) -> None:
    tracker.hear(told(a_rep(1)), CLOCK)
    stop = StopReached(
        t_s=1.0, revision="final", set_no=1, rep_no=1, rule="velocity_loss", value=21, limit=20, detail="slow"
    )
    tracker.hear(stop, CLOCK)
    assert tracker.set_json(CLOCK)["stop"]["rep_no"] == 1
    tracker.hear(replace(stop, revision="withdrawn"), CLOCK)
    assert tracker.set_json(CLOCK)["stop"] is None


def test_what_the_coach_says_of_a_rep_of_this_set_shows_at_once(tracker: Tracker) -> None:
    reps = [a_rep(1), a_rep(2), a_rep(3)]
    for rep in reps:
        tracker.hear(told(rep), CLOCK)
    tracker.mark([delete(reps[0]), partial(reps[1]), assisted(reps[2])])
    one, two, three = shown(tracker)
    assert one["deleted"]
    assert two["partial"]
    assert three["assisted"]
    tracker.mark([])
    assert not any(rep["deleted"] or rep["partial"] or rep["assisted"] for rep in shown(tracker))


def test_a_new_set_begins_empty(tracker: Tracker) -> None:
    tracker.hear(told(a_rep(1)), CLOCK)
    tracker.hear(SetStarted(t_s=50.0, set_no=2), CLOCK)
    assert shown(tracker) == []


def test_a_rest_counts_from_the_last_edge_of_the_last_rep(tracker: Tracker) -> None:
    reps = [a_rep(1), a_rep(2)]
    for rep in reps:
        tracker.hear(told(rep), CLOCK)
    tracker.hear(SetEnded(t_s=40.0, summary=summarise(reps)), CLOCK)
    assert tracker.set_json(CLOCK)["ended_ms"] == CLOCK.wall(reps[1].con_end_s)


def test_the_numbers_of_record_replace_the_live_ones_of_their_set_only(tracker: Tracker) -> None:
    live = [a_rep(1, 0.60), a_rep(2, 0.50)]
    for rep in live:
        tracker.hear(told(rep), CLOCK)
    record = [a_rep(1, 0.59, set_no=4), a_rep(2, 0.49, set_no=4)]
    row = replace(summarise(record), set_no=4)
    tracker.settle(row, record)
    assert shown(tracker)[0]["mcv"] == 0.60, "the set goes on: nothing of record can be known of it"
    tracker.hear(SetEnded(t_s=40.0, summary=summarise(live)), CLOCK)
    tracker.settle(replace(row, start_s=row.end_s + 60, end_s=row.end_s + 90), [])
    assert len(shown(tracker)) == 2, "that was another set"
    tracker.settle(row, record)
    assert [rep["mcv"] for rep in shown(tracker)] == [0.59, 0.49]


def test_remarks_on_the_signal_are_few_and_the_newest(tracker: Tracker) -> None:
    for i in range(20):
        tracker.hear(Quality(t_s=float(i), kind="gap", detail=f"hole {i}"), CLOCK)
    remarks = tracker.signal_json(CLOCK)["remarks"]
    assert (len(remarks), remarks[-1]["detail"]) == (5, "hole 19")


def test_a_paced_lift_has_no_loss_line(tracker: Tracker) -> None:
    paced = Tracker(Lifting(exercise="squat", tempo="4-0-2-0"), "x")
    paced.hear(told(a_rep(1)), CLOCK)
    assert not paced.set_json(CLOCK)["all_out"]
    assert paced.set_json(CLOCK)["limit_mps"] is None
