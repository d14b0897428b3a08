"""What was told of a set against what looks find: numbers from one, no flicker."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_tempo.events import RepEvent
from imu_tempo.schema import RepRow
from imu_tempo.told import SURE_AFTER_S, Finding, Told


def row(con_start_s: float, mcv_mps: float = 0.5, rep_no: int = 0) -> RepRow:
    """A rep of 2 s lowering and 1 s lifting."""
    return RepRow(
        set_no=1,
        rep_no=rep_no,
        ecc_start_s=con_start_s - 2.0,
        ecc_end_s=con_start_s,
        con_start_s=con_start_s,
        con_end_s=con_start_s + 1.0,
        ecc_s=2.0,
        bottom_s=0.0,
        con_s=1.0,
        top_s=math.nan,
        tut_s=3.0,
        rom_m=0.5,
        mcv_mps=mcv_mps,
        mpv_mps=mcv_mps,
        pcv_mps=1.0,
        mev_mps=0.25,
        pev_mps=0.4,
    )


def found(*starts_s: float, sure: bool = True, mcv_mps: float = 0.5) -> list[Finding]:
    return [Finding(row(start_s, mcv_mps), True, sure) for start_s in starts_s]


def said(events: list[RepEvent]) -> list[tuple[str, int, float]]:
    return [(e.revision, e.rep.rep_no, e.rep.con_start_s) for e in events]


def look(told: Told, now_s: float, findings: list[Finding]) -> list[tuple[str, int, float]]:
    return said(list(told.look(now_s, 1, findings)))


def test_a_rep_is_told_once() -> None:
    told = Told()
    assert look(told, 11.2, found(10.0)) == [("final", 1, 10.0)]
    assert look(told, 11.4, found(10.0)) == []
    assert look(told, 17.2, found(10.0, 16.0)) == [("final", 2, 16.0)]


def test_a_rep_that_is_not_sure_is_provisional_until_it_is() -> None:
    told = Told()
    assert look(told, 11.2, found(10.0, sure=False)) == [("provisional", 1, 10.0)]
    assert told.open_questions
    assert look(told, 11.3, found(10.0, sure=False)) == []
    assert look(told, 12.1, found(10.0)) == [("final", 1, 10.0)]
    assert not told.open_questions


def test_a_rep_is_withdrawn_only_when_a_later_look_agrees_and_the_rest_is_numbered_anew() -> None:
    told = Told()
    look(told, 11.2, found(10.0))
    look(told, 17.2, found(10.0, 16.0))
    assert look(told, 23.2, found(16.0)) == []
    assert look(told, 23.2 + 1.1 * SURE_AFTER_S, found(16.0)) == [
        ("withdrawn", 1, 10.0),
        ("withdrawn", 2, 16.0),
        ("revised", 1, 16.0),
    ]


def test_what_was_withdrawn_comes_back_only_when_a_later_look_agrees() -> None:
    told = Told()
    look(told, 11.2, found(10.0, sure=False))
    look(told, 12.0, [])
    assert look(told, 13.0, []) == [("withdrawn", 1, 10.0)]
    assert look(told, 14.0, found(10.0)) == []
    assert look(told, 14.1, []) == []
    assert look(told, 15.0, found(10.0)) == []
    assert look(told, 15.0 + 1.1 * SURE_AFTER_S, found(10.0)) == [("final", 1, 10.0)]


def test_a_look_that_loses_everything_withdraws_nothing_that_was_told_for_good() -> None:
    told = Told()
    look(told, 11.2, found(10.0))
    assert look(told, 12.0, []) == look(told, 14.0, []) == []
    look(told, 17.2, found(16.0))
    assert look(told, 18.2, found(16.0))[0] == ("withdrawn", 1, 10.0)


def test_what_was_told_for_good_is_corrected_by_what_comes_after_and_not_for_ever() -> None:
    told = Told()
    look(told, 11.2, found(10.0))
    assert look(told, 12.0, found(10.0, mcv_mps=0.7)) == []
    after = found(16.0)
    look(told, 17.2, found(10.0) + after)
    told_again = [look(told, 18.0 + k, found(10.0, mcv_mps=0.7 - 0.1 * k) + after) for k in range(5)]
    assert told_again == [[("revised", 1, 10.0)], [("revised", 1, 10.0)], [], [], []]


def test_the_record_makes_everything_final_and_takes_back_the_rest() -> None:
    told = Told()
    look(told, 11.2, found(4.0, 10.0, sure=False))
    look(told, 12.2, found(4.0, 10.0, sure=False))
    record = [row(10.0, rep_no=1)]
    taken = said(list(told.withdraw_for(30.0, record)))
    assert [word for word, _, _ in taken] == ["withdrawn"] * len(taken)
    assert said(list(told.tell_record(30.0, record))) == [("final", 1, 10.0)]


@given(st.lists(st.sets(st.sampled_from([10.0, 16.0, 22.0, 28.0])), min_size=1, max_size=12), st.booleans())
def test_a_listener_always_holds_numbers_from_one_in_the_order_of_time(
    looks: list[set[float]], sure: bool
) -> None:
    told, kept = Told(), dict[int, float]()
    for k, starts_s in enumerate(looks):
        for event in told.look(30.0 + 0.5 * k, 1, found(*sorted(starts_s), sure=sure)):
            if event.revision == "withdrawn":
                del kept[event.rep.rep_no]
            else:
                kept[event.rep.rep_no] = event.rep.con_start_s
        assert sorted(kept) == list(range(1, len(kept) + 1))
        assert [kept[n] for n in sorted(kept)] == sorted(kept.values())
        assert [r.con_start_s for r in told.rows] == pytest.approx(sorted(kept.values()))
