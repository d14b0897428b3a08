"""The tables that follow from an analysis, and stop rules, over the whole path: live, JSON, terminal."""

from __future__ import annotations

import functools
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from made_sets import make_empty_result
from rich.console import Console

from imu_tempo import AnalysisResult, analyze
from imu_tempo import replay as run_live
from imu_tempo.cli import main
from imu_tempo.errors import TempoError
from imu_tempo.events import RepEvent, SetEnded, StopReached, to_json
from imu_tempo.formats.analysis_json import analysis_object
from imu_tempo.live.terminal import SessionView
from imu_tempo.metrics import SetContext, StopRule
from imu_tempo.schema import ComplianceRow, EccentricRow, FatigueRow, SessionRow, columns

RECORDINGS = Path(__file__).parents[2] / "recordings"
SQUAT = RECORDINGS / "squat_3-1-X-1.tempo"
TABLES = {
    "eccentric": EccentricRow,
    "fatigue": FatigueRow,
    "compliance": ComplianceRow,
    "session": SessionRow,
}
STOP = SetContext(stop=StopRule(velocity_loss_pct=12))


@functools.cache
def offline() -> AnalysisResult:
    return analyze(SQUAT, load_kg=100, tempo="3-1-X-1", edits=False, context=STOP)


@functools.cache
def live(chunk: int | None = None) -> AnalysisResult:
    return run_live(SQUAT, load_kg=100, tempo="3-1-X-1", context=STOP, chunk=chunk)


@pytest.mark.parametrize(("name", "row_type"), TABLES.items())
def test_tables_have_their_columns_full_or_empty(name: str, row_type: type) -> None:
    full, empty = getattr(offline(), name), getattr(make_empty_result(), name)
    assert len(full) > 0
    assert len(empty) == 0
    assert list(full.columns) == [c.name for c in columns(row_type)]
    assert full.dtypes.to_dict() == empty.dtypes.to_dict()


@pytest.mark.parametrize("name", TABLES)
def test_live_and_offline_work_the_tables_out_alike(name: str) -> None:
    assert len(getattr(live(), name)) == len(getattr(offline(), name))
    if name == "eccentric":
        a, b = live().eccentric, offline().eccentric
        for column, tolerance in (("ecc_work_j", 15), ("control_score", 5), ("ecc_impulse_ns", 60)):
            assert a[column].to_numpy() == pytest.approx(b[column].to_numpy(), abs=tolerance)


def test_an_edited_result_works_its_tables_out_again() -> None:
    before = offline()
    heavier = before.reps.assign(load_kg=200.0)
    after = replace(before, reps=heavier)
    assert after.eccentric["ecc_work_j"].to_numpy() == pytest.approx(
        2 * before.eccentric["ecc_work_j"].to_numpy()
    )


def test_every_duration_of_a_rep_has_its_spread() -> None:
    reps = offline().reps
    for name in ("ecc_sd_s", "con_sd_s", "tut_sd_s", "bottom_sd_s", "mev_sd_mps"):
        assert ((reps[name] > 0) & (reps[name] < 0.5)).all(), name
    assert reps["top_sd_s"].iloc[:-1].notna().all()
    assert math.isnan(reps["top_sd_s"].iloc[-1])


def test_the_stop_is_told_live_at_the_rep_that_it_is_told_of_afterwards() -> None:
    told = [e for e in live().events if isinstance(e, StopReached)]
    assert [e.revision for e in told] == ["final"]
    assert told[0].rep_no == offline().sets["stop_rep"].iloc[0] == live().sets["stop_rep"].iloc[0]
    assert offline().sets["stop_reason"].iloc[0].endswith("limit 12 %.")


def test_the_stop_comes_right_after_its_rep() -> None:
    events = live().events
    at = next(i for i, e in enumerate(events) if isinstance(e, StopReached))
    before = events[at - 1]
    assert isinstance(before, RepEvent)
    assert before.rep.rep_no == events[at].rep_no  # type: ignore[union-attr]
    assert any(isinstance(e, SetEnded) for e in events[at:])


def test_packets_of_any_size_tell_the_same_stop() -> None:
    assert [repr(e) for e in live(13).events] == [repr(e) for e in live().events]


def test_a_rule_that_can_mean_nothing_is_refused_before_anything_is_read() -> None:
    for run in (analyze, run_live):
        with pytest.raises(TempoError, match="lifting all out"):
            run(SQUAT, tempo="3-1-1-1", context=STOP)


def test_json_holds_the_tables_and_no_nan() -> None:
    found = analysis_object(offline())
    assert list(found)[:8] == [
        "format", "source", "exercise", "rate_hz", "duration_s", "sets", "reps", "rejected",
    ]  # fmt: skip
    for name in TABLES:
        assert len(found[name]) == len(getattr(offline(), name))  # type: ignore[arg-type]
    json.dumps(found, allow_nan=False)


def test_the_stop_event_is_tagged() -> None:
    event = next(e for e in live().events if isinstance(e, StopReached))
    said = to_json(event)
    assert (said["event"], said["rule"], said["limit"]) == ("stop", "velocity_loss", 12)
    json.dumps(said, allow_nan=False)


def test_the_terminal_says_stop_on_a_pipe_and_on_a_screen() -> None:
    pipe, screen = io.StringIO(), io.StringIO()
    with SessionView(Console(file=pipe, width=80)) as view:
        for event in live().events:
            view.show(event)
    assert re.search(r"STOP after rep 4: 0\.5\d m/s: 15 % velocity loss, limit 12 %\.", pipe.getvalue())
    assert "stop reached rep 4" in pipe.getvalue()
    with SessionView(Console(file=screen, width=80, force_terminal=True)) as view:
        for event in live().events:
            view.show(event)
    assert "STOP after rep 4" in screen.getvalue()


def test_a_stop_taken_back_is_said() -> None:
    pipe = io.StringIO()
    event = next(e for e in live().events if isinstance(e, StopReached))
    with SessionView(Console(file=pipe, width=80)) as view:
        view.show(event)
        view.show(replace(event, revision="withdrawn"))
    assert "no stop after all" in pipe.getvalue()


def test_the_command_line_takes_the_facts_and_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    facts = ["--1rm", "160", "--body-mass", "80", "--body-ratio", "0.88", "--stop-loss", "15"]
    assert main(["analyze", str(SQUAT), *facts, "--no-history", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sets"][0]["load_pct_1rm"] == 62.5
    assert found["sets"][0]["stop_rep"] == 4
    assert found["eccentric"][0]["mass_basis"] == "bar+body"
    assert found["eccentric"][0]["mass_kg"] == pytest.approx(170.4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--stop-loss", "15", "--tempo", "3-1-1-1"], "lifting all out"),
        (["--stop-loss", "150"], "velocity loss is 150"),
        (["--body-ratio", "0.8"], "needs the body mass"),
        (["--tempo", "slow squats"], "did you mean slow_squat"),
    ],
)
def test_what_cannot_be_is_one_line_and_no_traceback(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(SQUAT), "--no-history", *options]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_terminal_tells_the_work_and_the_control_of_each_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["analyze", str(SQUAT), "--no-history"]) == 0
    said = capsys.readouterr().out
    work_j = offline().eccentric["ecc_work_j"].sum()
    assert f"work absorbed {work_j / 1000:.2f} kJ (bar)" in said
    assert "of 100 (exploratory)" in said
