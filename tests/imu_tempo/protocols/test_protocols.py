"""Protocols: what the library holds, how a file's mistakes are told, and how sets are held against one."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.errors import TempoError, UnknownNameError
from imu_tempo.metrics.sets import summarise
from imu_tempo.metrics.stop import RirLine
from imu_tempo.protocols import (
    Lifter,
    Protocol,
    ProtocolError,
    ProtocolScore,
    Span,
    StopLimits,
    library,
    protocol,
    protocols,
    read_protocols,
    reading,
    score_sets,
)
from imu_tempo.protocols.words import UNDER_A_CLINICIAN, duration, facts
from imu_tempo.schema import RepRow
from imu_tempo.schema.protocols import ProtocolScoreRow

GOOD = """
[mine]
title = "Mine"
purpose = "To try"
exercises = ["squat"]
tempo = "3010"
sets = [2, 3]
reps = [4, 6]
load_pct = [50, 70]
rest_s = [60, 120]
evidence = "none"
stop = { tempo_misses = 2 }
[[mine.sources]]
text = "A book"
says = "so"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own = tmp_path / "protocols"
    own.mkdir()
    monkeypatch.setattr(library, "protocols_folder", lambda: own)
    return own


def mine(**changes: object) -> Protocol:
    return replace(read_protocols(GOOD, "mine.toml")["mine"], **changes)  # type: ignore[arg-type]


def squats(
    lowerings: list[float],
    *,
    set_no: int = 1,
    at: float = 0.0,
    load: float = 60.0,
    con: float = 1.0,
    mcv: float = 0.5,
) -> list[RepRow]:
    """Make reps of these lowering times, no pauses, one after the other."""
    reps = []
    t = at
    for number, ecc in enumerate(lowerings, 1):
        last = number == len(lowerings)
        reps.append(
            RepRow(
                set_no=set_no, rep_no=number, ecc_start_s=t, ecc_end_s=t + ecc, con_start_s=t + ecc,
                con_end_s=t + ecc + con, ecc_s=ecc, bottom_s=0.0, con_s=con, top_s=math.nan if last else 0.0,
                tut_s=ecc + con, rom_m=0.5, mcv_mps=mcv, exercise="squat", load_kg=load,
            )
        )  # fmt: skip
        t += ecc + con
    return reps


def scored(plan: Protocol, *sets: list[RepRow], **lifter: object) -> ProtocolScore:
    reps = [rep for done in sets for rep in done]
    return score_sets(plan, [summarise(done) for done in sets], reps, Lifter(**lifter))  # type: ignore[arg-type]


def only(score: ProtocolScore) -> ProtocolScoreRow:
    [row] = score.rows
    return row


# --- the library ---


def test_every_protocol_asked_for_is_there() -> None:
    assert {
        "hypertrophy_4010", "slow_squat", "eccentric_overload", "partner_negatives", "heel_drop",
        "heavy_slow_resistance", "decline_squat", "step_down", "nordic_curl", "older_adult_slow",
    } == set(protocols())  # fmt: skip


@pytest.mark.parametrize("name", sorted(protocols()))
def test_each_names_its_sources_and_says_which_were_looked_up(name: str) -> None:
    found = protocol(name)
    assert found.sources
    assert all(re.fullmatch(r"(10\.\d{4,}/\S+)?", source.doi) for source in found.sources)
    assert any(source.verified for source in found.sources)
    assert found.load_pct or found.load
    assert str(found.prescription) == found.tempo


def test_those_for_rehabilitation_are_for_use_under_a_clinician() -> None:
    clinical = {name for name, p in protocols().items() if p.clinician}
    assert clinical == {
        "heel_drop",
        "heavy_slow_resistance",
        "decline_squat",
        "step_down",
        "older_adult_slow",
    }


def test_loads_above_the_one_rep_max_are_only_asked_for_where_others_lift() -> None:
    assert all(p.assisted for p in protocols().values() if p.load_pct and p.load_pct.high > 100)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    assert protocol("Slow Squat").name == "slow_squat"
    with pytest.raises(UnknownNameError, match="slow_squat"):
        protocol("slow_sqat")
    with pytest.raises(UnknownNameError, match=r"known: .*slow_squat"):
        protocol("zzz")


def test_the_users_folder_adds_and_replaces(folder: Path) -> None:
    (folder / "own.toml").write_text(GOOD + GOOD.replace("mine", "slow_squat"))
    assert protocol("mine").tempo == "3-0-1-0"
    assert protocol("slow_squat").title == "Mine"
    assert protocol("slow_squat").file == str(folder / "own.toml")


def test_facts_name_everything_a_coach_asks() -> None:
    said = dict(facts(protocol("eccentric_overload")))
    assert said["load"] == "105-130 % of the one-rep max"
    assert "others do the lift" in said["tempo"]
    assert said["rest"] == "3:00 min to 5:00 min"
    assert said["stop"] == "the lowering not held for 1 rep"
    assert dict(facts(protocol("heel_drop")))["clinician"] == UNDER_A_CLINICIAN
    assert any("[not verified]" in text for _, text in facts(protocol("heel_drop")))


def test_the_guides_example_is_a_protocol_and_names_every_stop_rule() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "write-a-protocol.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    [found] = read_protocols(example, "guide").values()
    assert found.stop.velocity_loss_pct == 20
    assert all(f"`{f.name}`" in guide for f in fields(StopLimits))


# --- mistakes in a file ---


@pytest.mark.parametrize(
    ("was", "becomes", "key", "said"),
    [
        ('title = "Mine"', "title = 3", "title", "3 is no text"),
        ('title = "Mine"\n', "", "title", "missing"),
        ('"3010"', '"fast"', "tempo", "expected a tempo such as 4-0-1-0"),
        ("sets = [2, 3]", "sets = 3", "sets", "3 is no pair of whole numbers"),
        ("sets = [2, 3]", "sets = [3, 2]", "sets", "out of order"),
        ("sets = [2, 3]\n", "", "sets", "missing"),
        ("reps = [4, 6]", "reps = [4.5, 6]", "reps", "no pair of whole numbers"),
        ("[50, 70]", "[50, 700]", "load_pct", "out of range"),
        ("load_pct = [50, 70]\n", "", "load_pct", "or load in words"),
        ("[60, 120]", "[nan, 120]", "rest_s", "out of order or out of range"),
        ('"none"', '"huge"', "evidence", "'huge' is unknown"),
        ('["squat"]', '["sqat"]', "exercises", "did you mean squat"),
        ('["squat"]', '"squat"', "exercises", "no list of names"),
        ("{ tempo_misses = 2 }", "{ misses = 2 }", "stop.misses", "no such rule"),
        ("{ tempo_misses = 2 }", "{ tempo_misses = 1.5 }", "stop.tempo_misses", "no number of its kind"),
        ("{ tempo_misses = 2 }", "{ tempo_misses = 0 }", "stop", "expected above 0"),
        ("{ tempo_misses = 2 }", "{ velocity_loss_pct = 20 }", "stop", "paces it"),
        ("{ tempo_misses = 2 }", "3", "stop", "3 is no table"),
        ("rest_s", "pause_s", "pause_s", "no such key"),
        ('evidence = "none"', 'evidence = "none"\nclinician = 1', "clinician", "neither true nor false"),
        ('says = "so"', "", "sources (number 1)", "text or says is missing"),
        ('says = "so"', 'says = "so"\ndoi = 4', "sources (number 1)", "doi = 4"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_file_table_and_key(
    was: str, becomes: str, key: str, said: str
) -> None:
    assert was in GOOD
    with pytest.raises(ProtocolError) as caught:
        read_protocols(GOOD.replace(was, becomes, 1), "own.toml")
    message = str(caught.value)
    assert message.startswith(f"own.toml, [mine], {key}: ")
    assert said in message
    assert message.count("\n") == 0
    assert message.endswith(".")
    assert caught.value.source == "own.toml"


def test_a_file_that_is_no_toml_or_has_no_table_says_so(folder: Path) -> None:
    with pytest.raises(ProtocolError, match=r"own.toml is no TOML"):
        read_protocols("[", "own.toml")
    with pytest.raises(ProtocolError, match="'title' stands outside a table"):
        read_protocols('title = "x"', "own.toml")
    without = GOOD[: GOOD.index("[[")]
    with pytest.raises(ProtocolError, match=r"\[mine\], sources: missing"):
        read_protocols(without, "own.toml")
    (folder / "own.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProtocolError, match="cannot be read"):
        protocols()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([f.name for f in fields(Protocol)]), values)
def test_whatever_stands_for_a_key_is_read_or_refused_in_one_sentence(key: str, value: object) -> None:
    given_table = {**tomllib.loads(GOOD)["mine"], key: value}
    try:
        found = reading.protocol_of(given_table, "mine", "own.toml")
    except ProtocolError as error:
        assert str(error).startswith("own.toml")  # noqa: PT017 - either outcome is right
    else:
        assert found.prescription


# --- scores ---


def test_a_set_as_asked_keeps_all_that_can_be_judged() -> None:
    score = scored(mine(), squats([3.0] * 5), one_rm_kg=100)
    row = only(score)
    assert (row.reps_verdict, row.tempo_verdict, row.load_verdict, row.stop_verdict) == ("ok",) * 4
    assert (row.rest_verdict, row.kept, row.judged) == ("", 4, 4)
    assert (row.compliance_pct, row.load_pct_1rm) == (100, 60)
    assert row.sentence == "Set 1: 5 reps, 100 % of phases in tempo."
    assert score.sentences[0] == "1 set of Mine, fewer than the 2-3 asked for."


def test_compliance_is_counted_over_every_phase() -> None:
    # Five reps: 5 lowerings (2 of them a second short), 5 bottoms, 5 lifts, 4 tops: 17 of 19.
    row = only(scored(mine(), squats([3.0, 3.0, 3.0, 2.0, 2.0])))
    assert row.compliance_pct == pytest.approx(100 * 17 / 19)
    assert row.ecc_compliance_pct == 60
    assert row.ecc_error_s == pytest.approx(-0.4)


def test_the_protocols_tempo_counts_whatever_the_set_was_analysed_with() -> None:
    row = only(scored(mine(tempo="6-0-1-0"), squats([3.0] * 5)))
    assert row.tempo_verdict == "off"
    assert "(the lowering 3.0 s too short on average)" in row.sentence


@pytest.mark.parametrize(("reps", "verdict"), [(3, "few"), (4, "ok"), (6, "ok"), (7, "many")])
def test_reps_are_held_against_both_ends(reps: int, verdict: str) -> None:
    row = only(scored(mine(), squats([3.0] * reps)))
    assert row.reps_verdict == verdict
    assert ("asked for" in row.sentence) == (verdict != "ok")


@pytest.mark.parametrize(
    ("rest", "verdict"), [(44, "short"), (45, "ok"), (120, "ok"), (135, "ok"), (136, "long")]
)
def test_rest_is_from_the_end_of_a_set_to_the_start_of_the_next(rest: float, verdict: str) -> None:
    first = squats([3.0] * 5)
    second = squats([3.0] * 5, set_no=2, at=first[-1].con_end_s + rest)
    one, two = scored(mine(), first, second).rows
    assert math.isnan(one.rest_s)
    assert (two.rest_s, two.rest_verdict) == (pytest.approx(rest), verdict)


@pytest.mark.parametrize(("load", "verdict"), [(49, "light"), (50, "ok"), (70, "ok"), (71, "heavy")])
def test_load_is_held_against_the_band_of_the_one_rep_max(load: float, verdict: str) -> None:
    assert only(scored(mine(), squats([3.0] * 5, load=load), one_rm_kg=100)).load_verdict == verdict


def test_without_a_one_rep_max_the_load_is_not_judged_and_that_is_said() -> None:
    score = scored(mine(), squats([3.0] * 5))
    assert only(score).load_verdict == ""
    assert any("The load was not judged" in line for line in score.sentences)


def test_the_rep_that_crossed_the_stop_rule_is_named_and_what_followed_counted() -> None:
    row = only(scored(mine(), squats([3.0, 3.0, 2.0, 2.0, 2.0])))
    assert (row.stop_rep, row.reps_after_stop, row.stop_verdict) == (4, 1, "passed")
    assert "and 1 rep followed" in row.sentence
    ended = only(scored(mine(), squats([3.0, 3.0, 2.0, 2.0])))
    assert (ended.stop_rep, ended.stop_verdict) == (4, "ok")
    assert "where the set ended" in ended.sentence


def test_reps_in_reserve_stop_only_by_the_athletes_own_line() -> None:
    text = GOOD.replace("3010", "30X0").replace("tempo_misses = 2", "reps_in_reserve = 2")
    plan = read_protocols(text, "own.toml")["mine"]
    slow = squats([3.0] * 5, mcv=0.3)
    assert only(scored(plan, slow)).stop_verdict == ""
    found = only(scored(plan, slow, line=RirLine(intercept=-4.0, slope_per_mps=20.0)))
    assert (found.stop_rep, found.stop_verdict) == (1, "passed")


def test_eccentric_failure_ends_an_overload_set_and_its_lift_is_not_scored() -> None:
    plan = protocol("eccentric_overload")
    score = scored(plan, squats([4.0, 4.0, 3.0], load=120.0, con=5.0), one_rm_kg=100)
    row = only(score)
    assert (row.load_verdict, row.stop_rep, row.reps_verdict) == ("ok", 3, "ok")
    assert row.compliance_pct == pytest.approx(100 * 7 / 8)  # 3 lowerings, 3 bottoms, 2 tops
    assert not [line for line in score.sentences if "help" in line]


def test_a_load_above_the_one_rep_max_without_declared_help_is_warned_of_first_and_once() -> None:
    score = scored(
        mine(),
        squats([3.0] * 5, load=110.0),
        squats([3.0] * 5, set_no=2, at=200.0, load=110.0),
        one_rm_kg=100,
    )
    assert "no help is declared" in score.sentences[0]
    assert sum("no help is declared" in line for line in score.sentences) == 1


def test_another_exercise_than_the_protocols_is_told() -> None:
    score = scored(protocol("step_down"), squats([4.0] * 8, con=2.0))
    assert any("is for step_down, and this was squat" in line for line in score.sentences)
    assert score.sentences[-1] == UNDER_A_CLINICIAN


def test_a_protocol_that_cannot_be_measured_is_not_scored() -> None:
    with pytest.raises(TempoError, match="to be read, not scored"):
        scored(protocol("heel_drop"), squats([4.0] * 15))


def test_a_session_without_sets_has_an_empty_table_with_every_column() -> None:
    score = scored(mine())
    assert score.table.empty
    assert list(score.table.columns) == list(scored(mine(), squats([3.0] * 5)).table.columns)
    assert score.sentences[0].startswith("0 sets of Mine")


def test_spans_and_rests_read_as_people_write_them() -> None:
    assert (str(Span(3, 3)), str(Span(3, 5)), 4 in Span(3, 5), 6 in Span(3, 5)) == ("3", "3-5", True, False)
    assert (duration(45), duration(90), duration(59.6)) == ("45 s", "1:30 min", "1:00 min")
