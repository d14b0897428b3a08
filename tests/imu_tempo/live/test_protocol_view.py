"""A protocol's score on a terminal, after a session and set by set."""

from __future__ import annotations

import io
import math
from dataclasses import replace

from made_sets import make_reps
from rich.console import Console

from imu_tempo.events import Event, Quality, RepEvent, SetEnded
from imu_tempo.live.protocol_view import print_score, tell_sets
from imu_tempo.metrics.sets import summarise
from imu_tempo.protocols import Lifter, read_protocols, score_sets
from imu_tempo.schema import RepRow

PLAN = read_protocols(
    """
[mine]
title = "Mine"
purpose = "To try"
tempo = "3-1-1-1"
sets = [2, 2]
reps = [4, 4]
load_pct = [50, 70]
rest_s = [60, 90]
evidence = "none"
stop = { ecc_failures = 1 }
[[mine.sources]]
text = "A book"
says = "so"
""",
    "mine.toml",
)["mine"]


def a_set(number: int, at: float, lowering: float = 3.0) -> list[RepRow]:
    reps = make_reps([(lowering, 1.0, 1.0, 1.0)] * 3 + [(lowering, 1.0, 1.0, math.nan)])
    edges = ("ecc_start_s", "ecc_end_s", "con_start_s", "con_end_s")
    return [
        replace(rep, set_no=number, quality="", **{e: getattr(rep, e) + at for e in edges}) for rep in reps
    ]


def events(reps: list[RepRow]) -> list[Event]:
    told: list[Event] = [RepEvent(t_s=rep.con_end_s, revision="final", rep=rep) for rep in reps]
    return [*told, SetEnded(t_s=reps[-1].con_end_s + 5, summary=summarise(reps))]


def heard(*given: list[Event]) -> tuple[list[str], list[Event]]:
    said: list[str] = []
    shown: list[Event] = []
    hear = tell_sets(PLAN, Lifter(one_rm_kg=200.0), said.append, shown.append)
    for event in (e for part in given for e in part):
        hear(event)
    return said, shown


def test_each_set_is_told_when_it_has_ended_and_every_event_is_passed_on() -> None:
    first = events(a_set(1, 0.0))
    said, shown = heard(first[:-1], [Quality(t_s=1.0, kind="gap", detail="")], first[-1:])
    assert said == ["Set 1: 4 reps, 100 % of phases in tempo."]
    assert len(shown) == 6


def test_rest_is_told_from_the_second_set_on() -> None:
    one, two = a_set(1, 0.0), a_set(2, 300.0)
    said, _ = heard(events(one), events(two))
    assert "Set 2" in said[1]
    assert "of rest before it, longer than the 1:00 min to 1:30 min asked for." in said[1]


def test_withdrawn_reps_do_not_count_and_revised_ones_replace() -> None:
    reps = a_set(1, 0.0)
    ghost = replace(reps[-1], rep_no=5)
    short = replace(reps[0], ecc_s=1.0)
    given: list[Event] = [
        RepEvent(t_s=1.0, revision="provisional", rep=short),
        RepEvent(t_s=2.0, revision="revised", rep=reps[0]),
        *events(reps)[1:-1],
        RepEvent(t_s=3.0, revision="provisional", rep=ghost),
        RepEvent(t_s=4.0, revision="withdrawn", rep=ghost),
        events(reps)[-1],
    ]
    assert heard(given)[0] == ["Set 1: 4 reps, 100 % of phases in tempo."]


def test_the_score_is_a_table_and_sentences_in_80_columns() -> None:
    sets = [a_set(1, 0.0), a_set(2, 300.0, lowering=2.0)]
    score = score_sets(
        PLAN, [summarise(s) for s in sets], [r for s in sets for r in s], Lifter(one_rm_kg=200.0)
    )
    out = io.StringIO()
    print_score(Console(file=out, width=80), score)
    lines = out.getvalue().splitlines()
    assert lines[1].startswith("Against Mine")
    table = "\n".join(lines[2:5])
    assert "100 %" in table
    assert "rep 1, 3 more" in table
    assert "long" in table
    assert "50 %" in table
    assert "2 of 5" in table
    assert "2 sets of Mine as asked." in out.getvalue()
