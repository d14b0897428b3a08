"""The figures of load-velocity profiles and of eccentric doses."""

from __future__ import annotations

import io
import math
from datetime import date, timedelta

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from imu_tempo.errors import TempoError
from imu_tempo.metrics.dose import eccentric_dose
from imu_tempo.metrics.load_velocity import load_velocity
from imu_tempo.plots import dose_calendar, load_velocity_profile, style
from imu_tempo.schema import table
from imu_tempo.schema.dose import DoseDayRow, DoseSetRow
from imu_tempo.schema.load_velocity import LoadPointRow

MONDAY = date(2026, 3, 2)


def points(
    loads: list[float], mcv: list[float], *, used: bool = True, exercise: str = "squat"
) -> pd.DataFrame:
    rows = [
        LoadPointRow(exercise=exercise, load_kg=x, mcv_mps=y, used=used)
        for x, y in zip(loads, mcv, strict=True)
    ]
    return table(rows, LoadPointRow)


FIVE = points([40, 60, 80, 90, 100], [1.11, 0.88, 0.71, 0.60, 0.49])


def doses(*done: tuple[int, float], told: dict[int, float] | None = None) -> pd.DataFrame:
    sets = [
        DoseSetRow(day=str(MONDAY + timedelta(days=d)), exercise="squat", load_kg=100, tut_ecc_s=s)
        for d, s in done
    ]
    answers = [{"day": str(MONDAY + timedelta(days=d)), "soreness": s} for d, s in (told or {}).items()]
    return eccentric_dose(table(sets, DoseSetRow), pd.DataFrame(answers))


def png(ax: Axes) -> bytes:
    buffer = io.BytesIO()
    style.figure_of(ax).savefig(buffer, format="png", dpi=60)
    return buffer.getvalue()


def texts(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [t.get_text() for t in [*ax.texts, *(legend.get_texts() if legend else [])]]


def test_a_profile_shows_points_line_band_and_e1rm_with_its_interval() -> None:
    ax = load_velocity_profile(FIVE)
    [fit] = load_velocity(FIVE).to_dict("records")
    assert png(ax).startswith(b"\x89PNG")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("load (kg)", "mean lifting velocity (m/s)")
    said = f"e1RM {fit['e1rm_kg']:.0f} kg ({fit['e1rm_low_kg']:.0f} to {fit['e1rm_high_kg']:.0f})"
    assert said in texts(ax)
    assert {"95 % confidence", "MVT 0.30 m/s", "fastest rep of a load"} <= set(texts(ax))
    assert ax.get_xlim()[1] > fit["e1rm_high_kg"]


def test_the_drawn_line_passes_through_the_exact_points_it_was_made_from() -> None:
    ax = load_velocity_profile(points([40, 60, 80, 100], [1.1, 0.9, 0.7, 0.5]))
    line = next(drawn for drawn in ax.get_lines() if to_hex(drawn.get_color()) == style.LIGHT.con)
    for x, y in zip(*line.get_data(), strict=True):
        assert y == pytest.approx(1.5 - 0.01 * x)


def test_reps_that_are_not_used_are_hollow() -> None:
    ax = load_velocity_profile(pd.concat([FIVE, points([70], [0.5], used=False)]))
    faces = [to_hex(group.get_facecolor()[0]) for group in ax.collections if group.get_label() == "not used"]
    assert faces == [style.LIGHT.paper]


def test_two_points_have_no_band() -> None:
    ax = load_velocity_profile(FIVE, method="two-point")
    assert "95 % confidence" not in texts(ax)
    assert any("interval unknown" in text for text in texts(ax))


def test_an_e1rm_far_beyond_the_loads_does_not_stretch_the_figure() -> None:
    ax = load_velocity_profile(points([20, 30, 40, 50], [1.30, 1.29, 1.27, 1.26]))
    assert ax.get_xlim()[1] < 60
    assert png(ax)


def test_a_profile_that_cannot_be_drawn_says_why() -> None:
    assert texts(load_velocity_profile(table([], LoadPointRow))) == ["No lift with a load was found."]
    assert "two loads" in texts(load_velocity_profile(points([100], [0.5])))[0]
    with pytest.raises(TempoError, match="of 2 athletes or exercises"):
        load_velocity_profile(pd.concat([FIVE, points([60, 80], [0.9, 0.7], exercise="deadlift")]))


def test_rising_velocity_has_no_e1rm_and_is_drawn_all_the_same() -> None:
    ax = load_velocity_profile(points([40, 60, 80, 100], [0.5, 0.6, 0.7, 0.8]))
    assert not any("e1RM" in text for text in texts(ax))
    assert png(ax)


def test_the_calendar_has_a_cell_a_day_with_its_dose_in_its_weekday() -> None:
    ax = dose_calendar(doses((0, 30), (3, 20)), weeks=2)
    placed = {t.get_text(): t.get_position() for t in ax.texts}
    assert placed["3,000"][0] == 0  # Monday
    assert placed["2,000"][0] == 3  # Thursday
    assert [t.get_text() for t in ax.get_xticklabels()] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["23 Feb", "2 Mar"]
    assert png(ax).startswith(b"\x89PNG")


def test_the_calendar_marks_the_soreness_window_and_what_was_answered() -> None:
    ax = dose_calendar(doses((0, 30), told={1: 6}), weeks=1)
    bars = [p for p in ax.patches if to_hex(p.get_facecolor()) == style.LIGHT.alarm and p.get_height() < 0.5]
    assert sorted(round(bar.get_x() + bar.get_width() / 2) for bar in bars) == [1, 2, 3]
    assert "(6)" in texts(ax)
    assert {"new", "soreness likely", "lowering (kg s)"} <= set(texts(ax))


def test_a_window_that_runs_into_the_next_week_is_shown() -> None:
    ax = dose_calendar(doses((5, 30)))
    assert [t.get_text() for t in ax.get_yticklabels()][-1] == "9 Mar"


def test_the_highest_dose_is_the_darkest() -> None:
    ax = dose_calendar(doses((0, 15), (1, 30)), weeks=1)
    shades = sorted(
        p.get_alpha() for p in ax.patches if p.get_alpha() and to_hex(p.get_facecolor()) == style.LIGHT.ecc
    )
    assert shades[-1] == 1
    assert 0 < shades[-2] < 1


def test_days_before_the_calendar_are_left_out_and_an_end_can_be_chosen() -> None:
    found = doses((0, 30), (70, 30))
    assert [t.get_text() for t in ax_weeks(found, until="2026-03-08")] == ["2 Mar"]
    assert "3,000" in texts(dose_calendar(found, weeks=1, until=MONDAY))


def ax_weeks(found: pd.DataFrame, until: str) -> list[object]:
    return dose_calendar(found, weeks=1, until=until).get_yticklabels()


def test_several_exercises_are_added_up_and_unknown_masses_count_by_seconds() -> None:
    squat, curl = doses((0, 30)), doses((0, 10)).assign(exercise="biceps_curl")
    assert "4,000" in texts(dose_calendar(pd.concat([squat, curl]), weeks=1))
    unknown = curl.assign(ecc_exposure_kgs=math.nan)
    ax = dose_calendar(pd.concat([squat, unknown]), weeks=1)
    assert {"40", "lowering (s)"} <= set(texts(ax))


def test_an_empty_calendar_says_so() -> None:
    assert texts(dose_calendar(table([], DoseDayRow))) == ["No lowering under load is on record."]


def test_figures_draw_on_given_axes_and_leave_their_tables_alone() -> None:
    found, ax = doses((0, 30)), style.new_axes()
    before = found.copy(), FIVE.copy()
    assert dose_calendar(found, ax=ax) is ax
    ax = style.new_axes()
    assert load_velocity_profile(FIVE, ax=ax) is ax
    assert found.equals(before[0])
    assert FIVE.equals(before[1])
