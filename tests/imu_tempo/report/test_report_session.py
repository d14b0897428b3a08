"""Several recordings as one session: numbered through, summed up, told in words first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_sets import NAN, make_empty_result, make_reps, make_result

from imu_tempo.errors import TempoError
from imu_tempo.report import cards, facts
from imu_tempo.report.page import render
from imu_tempo.report.session_words import session_sentences, sums, totals
from imu_tempo.report.view import session_of, set_views
from imu_tempo.result import AnalysisResult

pytestmark = pytest.mark.usefixtures("without_figures")

FRESH = [(3.0, 1.0, 0.8, 1.0), (3.0, 1.0, 0.8, 1.0), (3.0, 1.0, 1.0, NAN)]
TIRED = [(2.5, 1.0, 1.0, 1.0), (2.5, 1.0, 1.1, 1.0), (2.5, 1.0, 2.0, NAN)]


def result(
    phases: list[tuple[float, float, float, float]], load_kg: float = 100.0, exercise: str = "squat"
) -> AnalysisResult:
    reps = [replace(rep, load_kg=load_kg, exercise=exercise) for rep in make_reps(phases)]
    return make_result("3-1-X-1", reps=reps, exercise=exercise, source=f"{exercise}.tempo")


TWO = [result(FRESH), result(TIRED)]


def test_sets_of_several_recordings_are_numbered_through_and_of_one_keep_their_numbers() -> None:
    session = session_of([make_result(sets=2), make_result(sets=1)])
    assert [view.number for view in session.views] == [1, 2, 3]
    assert [row.set_no for row in session.sets] == [1, 2, 3]
    [only] = set_views(
        replace(
            make_result(), sets=make_result().sets.assign(set_no=4), reps=make_result().reps.assign(set_no=4)
        )
    )
    assert only.number == 4


def test_a_session_adds_up_its_sets() -> None:
    *_, whole = sums(session_of(TWO))
    assert (whole.sets, whole.reps) == (2, 6)
    assert whole.tut_ecc_s == pytest.approx(3 * 3.0 + 3 * 2.5)
    # 6 reps lower 100 kg by 0.6 m at 9.80665 m/s^2
    assert whole.ecc_work_j == pytest.approx(6 * 100 * 9.80665 * 0.6, rel=0.02)
    by_label = {tile.label: tile.value for tile in totals(session_of(TWO))}
    assert by_label["Eccentric time under tension"] == "16.5 s"
    assert by_label["Work absorbed"] == "3.5 kJ"


def test_a_session_is_told_in_words() -> None:
    said = session_sentences(session_of(TWO))
    assert said[0].startswith(
        "Back squat: 2 sets, 6 reps, 16.5 s of lowering, 3.5 kJ absorbed; tempo kept in "
    )
    assert "Lowering went from 3.0 s in the first set to 2.5 s in the last." in said
    # 0.6 m in 0.8 s and in 1.0 s
    assert "The fastest lifting of a set went from 0.75 m/s in the first set to 0.60 m/s in the last." in said
    assert "Velocity loss within the sets was 20 to 50 %." in said


def test_velocity_is_not_compared_between_loads_nor_between_exercises() -> None:
    heavier = session_sentences(session_of([result(FRESH), result(TIRED, load_kg=120.0)]))
    assert not any("fastest lifting" in sentence for sentence in heavier)
    mixed = session_sentences(session_of([result(FRESH), result(TIRED, exercise="bench_press")]))
    assert not any("fastest lifting" in sentence for sentence in mixed)
    assert mixed[1].startswith("Bench press: 1 set, 3 reps")


def test_the_page_of_a_session_opens_with_its_words_and_holds_every_set() -> None:
    page = render([*TWO, result(FRESH, exercise="deadlift")])
    assert "imu-tempo session report" in page
    assert page.index("16.5") < page.index("<svg"), "words before figures"
    for heading in ("Set 1: back squat", "Set 2: back squat", "Set 3: deadlift", "By exercise"):
        assert heading in page


def test_exercises_are_summed_up_only_where_there_are_several() -> None:
    assert cards.exercises_card(session_of(TWO)) is None
    card = cards.exercises_card(session_of([*TWO, result(FRESH, exercise="deadlift")]))
    assert card is not None
    assert [line[0].value for line in card.lines] == ["Back squat", "Deadlift", "All"]


def test_a_recording_without_reps_takes_part_with_what_was_rejected() -> None:
    session = session_of([TWO[0], make_empty_result()])
    card = cards.rejected_card(session)
    assert card is not None
    assert [line[0].value for line in card.lines] == ["squat.tempo", "squat.tempo", "nothing.tempo"]
    assert "Moved by 0.05 m" in render([TWO[0], make_empty_result()])


def test_edits_are_told_at_the_end() -> None:
    reps = make_reps()
    reps[1] = replace(reps[1], quality="edited")
    edited = make_result(reps=reps, edits=2, edits_missed="edit 3 (delete rep 9): no such rep")
    told = facts.edits(session_of(edited))
    assert told == [
        ("Edits put on", "2"),
        ("Edits not put on", "edit 3 (delete rep 9): no such rep"),
        ("Reps changed", "set 1: rep 2"),
    ]
    assert "Changed by hand" in render(edited)
    assert "Changed by hand" not in render(make_result())


def test_compliance_is_told_by_phase() -> None:
    [view] = set_views(result(TIRED))
    card = cards.compliance_card(view)
    assert card is not None
    lowering = [cell.value for cell in card.lines[0]]
    assert lowering[:2] == ["lowering", "3"]
    assert lowering[3] == "\N{MINUS SIGN}0.5"
    assert cards.compliance_card(set_views(make_result(None))[0]) is None


def test_nothing_to_report_is_a_mistake() -> None:
    with pytest.raises(TempoError, match="at least one analysis"):
        session_of([])
