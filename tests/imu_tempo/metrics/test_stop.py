"""Stop rules: which rep crossed, what is refused, and that live and afterwards agree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sets import NAN, make_reps

from imu_tempo.errors import TempoError
from imu_tempo.metrics import RirLine, SetContext, StopRule, find_stop, parse_tempo, summarise
from imu_tempo.metrics.stop import StopWatch
from imu_tempo.schema import RepRow

FIVE = [(3.0, 1.0, con, 1.0) for con in (0.75, 0.8, 0.9, 1.0, 1.2)]
"""ROM 0.6 m: MCV 0.80, 0.75, 0.667, 0.60, 0.50; losses 0, 6.25, 16.7, 25, 37.5 %."""


def stopped_at(reps: list[RepRow], rule: StopRule, tempo: str | None = None) -> tuple[int, str]:
    found = find_stop(reps, rule, parse_tempo(tempo) if tempo else None)
    return (found.rep_no, found.rule) if found else (0, "")


@pytest.mark.parametrize(("limit", "rep_no"), [(6, 2), (16, 3), (17, 4), (25.1, 5), (40, 0)])
def test_velocity_loss_names_the_rep_that_reached_it(limit: float, rep_no: int) -> None:
    found = find_stop(make_reps(FIVE), StopRule(velocity_loss_pct=limit))
    assert (found.rep_no if found else 0) == rep_no


def test_the_end_of_the_last_two_stops_later() -> None:
    reps = make_reps(FIVE)
    assert stopped_at(reps, StopRule(velocity_loss_pct=20))[0] == 4
    assert stopped_at(reps, StopRule(velocity_loss_pct=21, velocity_loss_end="last2"))[0] == 5


def test_a_slowest_velocity() -> None:
    assert stopped_at(make_reps(FIVE), StopRule(mcv_floor_mps=0.65)) == (4, "velocity")


def test_reps_in_reserve_by_the_athletes_own_line() -> None:
    """RIR = -4 + 10 MCV: 4, 3.5, 2.67, 2, 1."""
    rule = StopRule(reps_in_reserve=2, rir_line=RirLine(intercept=-4, slope_per_mps=10))
    assert stopped_at(make_reps(FIVE), rule) == (4, "reps_in_reserve")


def test_tempo_misses_count_in_a_row() -> None:
    phases = [(3.0, 1, 1, 1), (2.0, 1, 1, 1), (3.1, 1, 1, 1), (2.0, 1, 1, 1), (2.2, 1, 1, 1)]
    assert stopped_at(make_reps(phases), StopRule(tempo_misses=1), "3-1-1-1") == (2, "tempo")
    assert stopped_at(make_reps(phases), StopRule(tempo_misses=2), "3-1-1-1") == (5, "tempo")


def test_pauses_are_no_tempo_miss() -> None:
    reps = make_reps([(3.0, 5.0, 1.0, 9.0)] * 3)
    assert stopped_at(reps, StopRule(tempo_misses=1), "3-1-1-1") == (0, "")


def test_eccentric_failure_is_a_lowering_too_short_never_one_too_long() -> None:
    phases = [(5.0, 0, 1, 1), (7.0, 0, 1, 1), (4.1, 0, 1, 1), (3.5, 0, 1, 1)]
    assert stopped_at(make_reps(phases), StopRule(ecc_failures=1), "5-0-A-0") == (3, "eccentric")
    assert stopped_at(make_reps(phases), StopRule(ecc_failures=2), "5-0-A-0") == (4, "eccentric")
    assert stopped_at(make_reps(phases[:2]), StopRule(ecc_failures=1), "5-0-A-0") == (0, "")


def test_partials_assisted_and_unsure_reps_say_nothing_of_velocity() -> None:
    reps = make_reps(FIVE)
    for change in ({"quality": "partial"}, {"quality": "assisted"}, {"confidence": 0.1}):
        slow = replace(reps[1], mcv_mps=0.2, **change)
        assert stopped_at([reps[0], slow, *reps[2:]], StopRule(velocity_loss_pct=20))[0] == 4


@pytest.mark.parametrize(
    ("rule", "tempo", "said"),
    [
        (StopRule(velocity_loss_pct=20), "3-1-1-1", "lifting all out"),
        (StopRule(velocity_loss_pct=20), "3-1-A-1", "unassisted"),
        (StopRule(mcv_floor_mps=0.3), "3-1-2-1", "lifting all out"),
        (StopRule(tempo_misses=1), None, "needs a prescribed tempo"),
        (StopRule(ecc_failures=1), None, "needs a lowering time"),
        (StopRule(ecc_failures=1), "?-0-X-0", "needs a lowering time"),
    ],
)
def test_a_rule_that_can_mean_nothing_is_refused(rule: StopRule, tempo: str | None, said: str) -> None:
    with pytest.raises(TempoError, match=said):
        SetContext(stop=rule).check(parse_tempo(tempo) if tempo else None)


@pytest.mark.parametrize(
    "fields",
    [
        {"velocity_loss_pct": 0},
        {"velocity_loss_pct": 101},
        {"mcv_floor_mps": -1},
        {"tempo_misses": 0},
        {"ecc_failures": 0},
        {"reps_in_reserve": -1, "rir_line": RirLine(intercept=0, slope_per_mps=1)},
    ],
)
def test_impossible_limits_are_refused_in_one_sentence(fields: dict[str, float]) -> None:
    with pytest.raises(TempoError) as caught:
        StopRule(**fields)
    assert "\n" not in str(caught.value)


def test_reps_in_reserve_without_the_athletes_line_are_refused_before_and_during_the_set() -> None:
    rule = StopRule(reps_in_reserve=2)
    with pytest.raises(TempoError, match="needs the athlete's own line"):
        SetContext(stop=rule).check(None)
    with pytest.raises(TempoError, match="needs the athlete's own line"):
        find_stop(make_reps(FIVE), rule)


def test_no_rule_never_stops() -> None:
    assert find_stop(make_reps(FIVE), StopRule()) is None
    assert not list(StopWatch(StopRule()).on_rep(1.0, make_reps(FIVE)))


def test_zero_reps_in_reserve_is_a_limit() -> None:
    rule = StopRule(reps_in_reserve=0, rir_line=RirLine(intercept=-5, slope_per_mps=10))
    assert stopped_at(make_reps(FIVE), rule)[0] == 5


def test_the_set_row_names_the_rep_and_the_reason() -> None:
    row = summarise(make_reps(FIVE), context=SetContext(stop=StopRule(velocity_loss_pct=20)))
    assert row.stop_rep == 4
    assert row.stop_reason == "0.60 m/s: 25 % velocity loss, limit 20 %."
    assert summarise(make_reps(FIVE)).stop_rep == 0


def test_the_watch_speaks_once_and_at_the_same_rep() -> None:
    reps, watch = make_reps(FIVE), StopWatch(StopRule(velocity_loss_pct=20))
    told = [event for n in range(1, 6) for event in watch.on_rep(float(n), reps[:n])]
    assert [(e.t_s, e.rep_no, e.revision) for e in told] == [(4.0, 4, "final")]
    assert list(watch.on_set(9.0, reps)) == []


def test_the_watch_corrects_itself_when_the_set_has_ended() -> None:
    reps = make_reps(FIVE)
    slower = [*reps[:2], replace(reps[2], mcv_mps=0.61), *reps[3:]]
    for record, expected in (
        (slower, [("revised", 3)]),
        (reps[:3], [("withdrawn", 4)]),
        (reps, []),
    ):
        watch = StopWatch(StopRule(velocity_loss_pct=20))
        assert list(watch.on_rep(4.0, reps[:4]))
        assert [(e.revision, e.rep_no) for e in watch.on_set(9.0, record)] == expected
    late = StopWatch(StopRule(velocity_loss_pct=20))
    assert [e.revision for e in late.on_set(9.0, reps)] == ["final"]


def test_a_set_that_was_none_takes_its_stop_back() -> None:
    watch = StopWatch(StopRule(velocity_loss_pct=20))
    assert list(watch.on_rep(4.0, make_reps(FIVE)))
    assert [e.revision for e in watch.on_set(9.0, [])] == ["withdrawn"]
    assert not list(watch.on_set(10.0, []))


def test_the_next_set_starts_afresh() -> None:
    reps, watch = make_reps(FIVE), StopWatch(StopRule(velocity_loss_pct=20))
    for _ in range(2):
        assert len(list(watch.on_rep(4.0, reps))) == 1
        assert not list(watch.on_set(9.0, reps))


@given(st.lists(st.floats(0.3, 2.0), min_size=1, max_size=10), st.floats(1, 60))
def test_a_stricter_rule_never_stops_later(con_s: list[float], limit: float) -> None:
    reps = make_reps([(3.0, 1.0, con, NAN) for con in con_s])
    strict = stopped_at(reps, StopRule(velocity_loss_pct=limit))[0] or 99
    loose = stopped_at(reps, StopRule(velocity_loss_pct=limit + 10))[0] or 99
    assert strict <= loose


@given(st.lists(st.floats(0.3, 2.0), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(con_s: list[float], random) -> None:
    reps = make_reps([(3.0, 1.0, con, NAN) for con in con_s])
    shuffled = list(reps)
    random.shuffle(shuffled)
    rule = StopRule(velocity_loss_pct=15)
    assert find_stop(shuffled, rule) == find_stop(reps, rule)
