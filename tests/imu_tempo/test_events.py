"""Events as JSON: strict, tagged, complete."""

from __future__ import annotations

import dataclasses
import json
import typing

import pytest
from made_sets import make_reps

from imu_tempo.events import (
    Event,
    PhaseChanged,
    Quality,
    Rejected,
    RepEvent,
    SetEnded,
    SetStarted,
    StopReached,
    to_json,
)
from imu_tempo.metrics import summarise
from imu_tempo.schema import RejectedRow

REPS = make_reps()
EVENTS: list[Event] = [
    SetStarted(t_s=5.0, set_no=1),
    PhaseChanged(t_s=5.2, since_s=5.0, phase="ecc"),
    RepEvent(t_s=9.0, revision="final", rep=REPS[-1]),
    Rejected(t_s=20.0, movement=RejectedRow(start_s=1.0, end_s=2.0, reason="unrack")),
    SetEnded(t_s=30.0, summary=summarise(REPS)),
    StopReached(
        t_s=9.0,
        revision="final",
        set_no=1,
        rep_no=4,
        rule="velocity_loss",
        value=33.3,
        limit=20.0,
        detail="0.50 m/s: 33 % velocity loss, limit 20 %.",
    ),
    Quality(t_s=7.0, kind="gap", detail="3 samples missing before 7.00 s"),
]


def test_there_is_an_example_of_every_kind() -> None:
    assert {type(e) for e in EVENTS} == set(typing.get_args(Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: type(e).__name__)
def test_an_event_is_strict_json_with_a_tag_and_all_its_fields(event: Event) -> None:
    told = to_json(event)
    text = json.dumps(told, allow_nan=False)  # NaN is no JSON
    assert json.loads(text) == told
    assert set(told) == {"event", *(f.name for f in dataclasses.fields(event))}


def test_tags_differ() -> None:
    assert len({to_json(e)["event"] for e in EVENTS}) == len(EVENTS)


def test_nan_becomes_none_inside_a_rep_too() -> None:
    told = to_json(RepEvent(t_s=9.0, revision="final", rep=REPS[-1]))
    assert told["rep"]["top_s"] is None  # type: ignore[index]
    assert told["rep"]["ecc_s"] == REPS[-1].ecc_s  # type: ignore[index]


def test_turning_an_event_into_json_leaves_it_as_it_was() -> None:
    event = RepEvent(t_s=9.0, revision="final", rep=REPS[0])
    to_json(event)["rep"]["mcv_mps"] = 99.0  # type: ignore[index]
    assert event.rep.mcv_mps != 99.0
