"""The benchmark's own arithmetic, on rows made by hand, and one small run of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from benchmarks import accuracy
from benchmarks.cases import Case, cases, select
from benchmarks.running import Task, first_finals, run
from benchmarks.scoring import Found, Outcome, Pair, Tally, coverage, match, score, spread
from benchmarks.tables import markdown_table, text_table
from benchmarks.targets import allowed_ecc_s, judge
from firmware_bridge.virtual import SCENARIOS, TruthRep
from imu_tempo.events import RepEvent
from imu_tempo.schema import RepRow


def true_rep(start_s: float, **changes: object) -> TruthRep:
    """A squat: 2 s down, 1 s pause, 1 s up over 0.5 m."""
    rep = TruthRep(
        set_no=1,
        rep_no=1,
        ecc_start_s=start_s,
        ecc_end_s=start_s + 2.0,
        con_start_s=start_s + 3.0,
        con_end_s=start_s + 4.0,
        ecc_s=2.0,
        bottom_s=1.0,
        con_s=1.0,
        rom_m=0.5,
        mcv_mps=0.5,
        mev_mps=0.25,
    )
    return replace(rep, **changes)  # type: ignore[arg-type]


def found_rep(start_s: float, told_s: float = math.nan, **changes: object) -> Found:
    """The same, as an analysis would tell it."""
    row = RepRow(
        set_no=1,
        rep_no=1,
        ecc_start_s=start_s,
        ecc_end_s=start_s + 2.0,
        con_start_s=start_s + 3.0,
        con_end_s=start_s + 4.0,
        ecc_s=2.0,
        bottom_s=1.0,
        con_s=1.0,
        tut_s=4.0,
        rom_m=0.5,
        mcv_mps=0.5,
        mev_mps=0.25,
        mcv_sd_mps=0.01,
    )
    return Found(replace(row, **changes), told_s)  # type: ignore[arg-type]


TWO = [true_rep(10.0), true_rep(20.0, rep_no=2)]


def test_every_rep_found_is_an_exact_set() -> None:
    outcome = score(TWO, [found_rep(10.1), found_rep(19.9)])
    assert (len(outcome.pairs), outcome.missed, outcome.ghosts) == (2, (), ())
    assert (outcome.sets, outcome.exact_sets) == (1, 1)


def test_a_rep_that_nobody_found_is_missed() -> None:
    outcome = score(TWO, [found_rep(20.0)])
    assert outcome.missed == (TWO[0],)
    assert outcome.exact_sets == 0


def test_a_rep_where_there_was_none_is_a_ghost() -> None:
    outcome = score(TWO, [found_rep(10.0), found_rep(15.0), found_rep(20.0)])
    assert [g.con_start_s for g in outcome.ghosts] == [18.0]
    assert outcome.exact_sets == 0


def test_one_lift_told_as_two_is_a_rep_and_a_ghost() -> None:
    halves = [found_rep(10.0, con_end_s=13.6, con_s=0.6), found_rep(10.0, con_start_s=13.6, con_s=0.4)]
    pairs, missed, ghosts = match(TWO[:1], halves)
    assert (len(pairs), len(missed), len(ghosts)) == (1, 0, 1)


def test_two_lifts_told_as_one_is_a_rep_and_a_miss() -> None:
    joined = found_rep(10.0, con_end_s=24.0, con_s=11.0)
    pairs, missed, ghosts = match(TWO, [joined])
    assert (len(pairs), len(missed), len(ghosts)) == (1, 1, 0)


def test_the_better_overlap_gets_the_rep() -> None:
    poor, good = found_rep(10.4, ecc_s=9.0), found_rep(10.1)
    pairs, _, ghosts = match(TWO[:1], [poor, good])
    assert pairs[0].found is good.rep
    assert ghosts == [poor]


def test_concentrics_that_only_touch_are_not_one_lift() -> None:
    pairs, missed, ghosts = match(TWO[:1], [found_rep(10.6)])
    assert (pairs, len(missed), len(ghosts)) == ([], 1, 1)


def test_what_is_found_on_a_cut_rep_is_left_out() -> None:
    cut = true_rep(-1.0, rep_no=0, cut=True)
    outcome = score(TWO, [found_rep(-0.5), found_rep(10.0), found_rep(20.0)], [cut])
    assert outcome.ghosts == ()
    assert outcome.exact_sets == 1


def test_a_failed_attempt_told_as_a_rep_is_a_ghost() -> None:
    failed = true_rep(30.0, rep_no=0, failed=True)
    outcome = score(TWO, [found_rep(10.0), found_rep(20.0), found_rep(30.0)], [failed])
    assert len(outcome.ghosts) == 1


def test_a_set_told_as_two_is_not_exact() -> None:
    assert score(TWO, [found_rep(10.0), found_rep(20.0, set_no=2)]).exact_sets == 0


def test_two_sets_told_as_one_are_not_exact() -> None:
    two_sets = [TWO[0], replace(TWO[1], set_no=2, rep_no=1)]
    outcome = score(two_sets, [found_rep(10.0), found_rep(20.0)])
    assert (outcome.sets, outcome.exact_sets) == (2, 0)


def test_nothing_in_nothing_out_is_clean() -> None:
    outcome = score([], [])
    assert (outcome.reps, outcome.sets, outcome.ghosts) == (0, 0, ())


def test_a_lowering_that_was_not_found_is_counted_not_averaged_away() -> None:
    tally = Tally([score(TWO[:1], [found_rep(10.0, ecc_s=math.nan)])])
    assert tally.spread("ecc_s").n == 0
    assert tally.lacking("ecc_s") == 1


def test_partials_that_are_not_called_so_are_counted() -> None:
    truth = [true_rep(10.0, partial=True), true_rep(20.0, rep_no=2)]
    said = score(truth, [found_rep(10.0, quality="gap partial"), found_rep(20.0)])
    unsaid = score(truth, [found_rep(10.0), found_rep(20.0, quality="partial")])
    assert (said.wrong_partials, unsaid.wrong_partials) == (0, 2)


def test_velocity_loss_is_compared_over_the_full_reps() -> None:
    truth = [true_rep(10.0), true_rep(20.0, rep_no=2, mcv_mps=0.4), true_rep(30.0, rep_no=3, partial=True)]
    found = [found_rep(10.0), found_rep(20.0, mcv_mps=0.45), found_rep(30.0, mcv_mps=0.1)]
    assert score(truth, found).loss_errors_pct == pytest.approx((-10.0,))


def test_spread_by_hand() -> None:
    found = spread([3.0, -4.0, math.nan])
    assert found.n == 2
    assert (found.bias, found.rmse, found.worst) == pytest.approx((-0.5, math.sqrt(12.5), -4.0))
    assert spread([]).n == 0


def test_coverage_counts_errors_below_two_standard_deviations() -> None:
    pairs = [
        Pair(TWO[0], found_rep(10.0, mcv_mps=0.519).rep),
        Pair(TWO[0], found_rep(10.0, mcv_mps=0.521).rep),
        Pair(TWO[0], found_rep(10.0, mcv_sd_mps=math.nan).rep),
    ]
    assert coverage(pairs) == (1, 2)


def test_delay_runs_from_the_true_end() -> None:
    assert Pair(TWO[0], found_rep(10.0).rep, told_s=14.3).delay_s == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("ecc_s", "allowed_s"), [(2.0, 0.05), (4.0, 0.05), (6.0, 0.075), (8.0, 0.1), (10.0, 0.1)]
)
def test_a_long_lowering_is_allowed_more(ecc_s: float, allowed_s: float) -> None:
    assert allowed_ecc_s(ecc_s) == pytest.approx(allowed_s)


def test_targets_are_judged_and_doubled_for_lesser_parts() -> None:
    tally = Tally([score(TWO[:1], [found_rep(10.0, mcv_mps=0.52)])])
    good = {j.target.title: j for j in judge(tally, "offline", "good")}
    cheap = {j.target.title: j for j in judge(tally, "offline", "cheap")}
    assert (good["MCV"].verdict, cheap["MCV"].verdict, good["ROM"].verdict) == ("NOT MET", "ok", "ok")
    assert good["ecc over 4 s"].verdict == "-"


def test_a_target_with_reps_but_no_value_is_not_met() -> None:
    tally = Tally([score(TWO[:1], [found_rep(10.0, ecc_s=math.nan)])])
    judged = {j.target.title: j for j in judge(tally, "offline", "good")}
    assert judged["ecc to 4 s"].verdict == "NOT MET"


def test_the_first_final_counts_though_it_is_corrected_later() -> None:
    rep = found_rep(10.0).rep
    other = found_rep(20.0).rep
    events = [
        RepEvent(t_s=14.2, revision="provisional", rep=replace(rep, ecc_s=1.0)),
        RepEvent(t_s=14.3, revision="final", rep=rep),
        RepEvent(t_s=24.3, revision="final", rep=other),
        RepEvent(t_s=40.0, revision="revised", rep=replace(rep, mcv_mps=0.7)),
        RepEvent(t_s=40.0, revision="withdrawn", rep=other),
        RepEvent(t_s=40.0, revision="final", rep=replace(other, rep_no=3)),
    ]
    found, corrections = first_finals(events)
    assert found == [Found(rep, 14.2, 14.3), Found(other, 24.3, 24.3)]
    assert corrections == 2


def test_kinds_go_by_gyro_part_and_rate() -> None:
    by_name = {name: case.kind for name, case in cases().items()}
    assert by_name["exercise/squat"] == "good"
    assert by_name["sensor/BMI270_no_gyro"] == "accelerometer"
    assert by_name["sensor/MPU6050_uncalibrated"] == "cheap"
    assert by_name["rate/52"] == "50 Hz"
    assert by_name["rate/25"] == "slower"


def test_every_scenario_is_a_case_and_names_select() -> None:
    assert set(SCENARIOS) <= set(cases())
    assert {c.name for c in select("nothing/")} == {name for name in SCENARIOS if name.startswith("nothing/")}
    assert all(isinstance(c, Case) and c.family == "cross" for c in select("cross/squat/*/200"))


def test_tables_line_up() -> None:
    assert text_table(["a", "bb"], [["long", "1"]]) == "a     bb\n----  --\nlong   1"
    assert markdown_table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_a_small_run_prints_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    accuracy.main(["--seeds", "1", "--jobs", "1", "--only", "partial/", "--no-real"])
    printed = capsys.readouterr().out
    assert "partial/squat " in printed
    assert "partial/curl " in printed
    assert "Targets: good six-axis part" in printed
    assert "\r" not in printed


def test_a_crash_is_scored_as_everything_missed() -> None:
    outcomes = run(Task("reps/2", 0, live=False, exercise="no such lift"))
    assert [type(o) for o in outcomes] == [Outcome]
    assert "no such lift" in outcomes[0].failure
    assert (outcomes[0].reps, len(outcomes[0].missed)) == (2, 2)


def test_the_readme_table_is_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    accuracy.main(["--seeds", "1", "--jobs", "1", "--only", "reps/1", "--no-live", "--markdown"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| RMSE |")
    assert len(lines) == 3
