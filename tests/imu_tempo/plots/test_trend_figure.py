"""The trend figure says what it draws, and of whom."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace
from typing import get_args

import pytest
from matplotlib.axes import Axes

from imu_tempo.plots import session_trend, style, trend_figure
from imu_tempo.plots.trend import Measure
from imu_tempo.schema import table
from imu_tempo.schema.history import TrendRow

MEASURES = get_args(Measure)
FIRST = datetime.date(2026, 1, 5)


def week(number: int, exercise: str = "squat", athlete: str = "A12") -> TrendRow:
    return TrendRow(
        athlete=athlete,
        exercise=exercise,
        week=(FIRST + datetime.timedelta(days=7 * number)).isoformat(),
        sets=3,
        load_kg=100.0,
        mcv_mps=0.5 + 0.01 * number,
        e1rm_kg=120.0 + number,
        e1rm_kind="tested" if number == 1 else "estimated",
        tut_ecc_s=60.0,
        rom_m=0.6,
        compliance_pct=80.0,
    )


WEEKS = table([week(0), week(1), week(2), week(5), week(6)], TrendRow)


def names(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_names_its_axes_with_units(measure: Measure) -> None:
    ax = session_trend(WEEKS, measure)
    assert any(unit in ax.get_ylabel() for unit in ("(m/s)", "(kg;", "(s per week)", "(cm)", "(%)"))
    assert ax.get_xlabel() == "week of (2026)"


def test_values_are_drawn_where_they_are_and_the_line_breaks_where_weeks_are_missing() -> None:
    ax = session_trend(WEEKS, "rom_m")
    days = [float(x) for x in ax.lines[0].get_xdata()]
    heights = [float(y) for y in ax.lines[0].get_ydata()]
    assert days[0] == FIRST.toordinal()
    assert heights[0] == 60.0  # 0.6 m in cm
    assert [n for n, y in enumerate(heights) if y != y] == [3]


def test_tested_maxes_are_filled_and_estimates_hollow() -> None:
    ax = session_trend(WEEKS, "e1rm_kg")
    every, tested = ax.lines
    assert every.get_markerfacecolor() == style.LIGHT.paper
    assert [float(y) for y in tested.get_ydata()] == [121.0]


def test_lines_are_told_apart_by_name_and_mark() -> None:
    both = table([week(0), week(1), week(0, athlete="B7"), week(1, athlete="B7")], TrendRow)
    ax = session_trend(both, "mcv_mps")
    assert names(ax) == ["A12 (velocity at 100 kg)", "B7 (velocity at 100 kg)"]
    assert len({line.get_marker() for line in ax.lines}) == 2
    assert names(session_trend(WEEKS, "mcv_mps")) == ["squat (velocity at 100 kg)"]


def test_an_athlete_keeps_colour_and_mark_in_every_panel() -> None:
    nan = float("nan")
    weeks = [replace(week(0), e1rm_kg=nan), week(0, athlete="B7"), week(1, athlete="B7")]
    velocity, maxes = trend_figure(table(weeks, TrendRow)).axes[:2]
    looks = [(line.get_color(), line.get_marker()) for line in (velocity.lines[1], maxes.lines[0])]
    assert looks[0] == looks[1]


def test_a_dozen_lines_are_told_apart_and_leave_room_for_the_panels() -> None:
    dozen = table([week(n, athlete=f"athlete-{who}") for who in range(12) for n in (0, 1)], TrendRow)
    figure = trend_figure(dozen)
    figure.savefig(io.BytesIO(), format="png", dpi=40)  # a warning here fails
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == 12
    assert all(ax.get_position().height > 0.1 for ax in figure.axes)


def test_nothing_to_draw_says_so() -> None:
    for frame in (table([], TrendRow), WEEKS.assign(mcv_mps=float("nan"))):
        (text,) = session_trend(frame, "mcv_mps").texts
        assert "No week" in text.get_text()


def test_the_figure_holds_what_there_is_and_leaves_the_table_alone() -> None:
    before = WEEKS.copy()
    assert len(trend_figure(WEEKS).axes) == len(MEASURES)
    assert len(trend_figure(WEEKS.assign(e1rm_kg=float("nan"))).axes) == len(MEASURES) - 1
    buffer = io.BytesIO()
    trend_figure(table([], TrendRow)).savefig(buffer, format="png", dpi=40)
    assert buffer.getvalue().startswith(b"\x89PNG")
    assert WEEKS.equals(before)
