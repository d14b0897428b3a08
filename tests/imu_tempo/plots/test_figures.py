import io
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from made_sets import NAN, make_empty_result, make_reps, make_result, make_samples
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from imu_tempo import plots
from imu_tempo.metrics import parse_tempo
from imu_tempo.plots import style
from imu_tempo.schema import RepRow, SetRow, table

RESULT = make_result("3-1-X-1")
EMPTY = make_empty_result()


def texts(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [t.get_text() for t in [*ax.texts, *(legend.get_texts() if legend else [])] if t.get_text()]


def drawn(ax: Axes) -> bytes:
    buffer = io.BytesIO()
    style.figure_of(ax).savefig(buffer, format="png", dpi=60)
    return buffer.getvalue()


FIGURES = {
    "velocity_time": lambda r, ax=None: plots.velocity_time(r.samples, r.reps, ax=ax),
    "bar_path_vertical": lambda r, ax=None: plots.bar_path_vertical(r.samples, r.reps, ax=ax),
    "rep_overlay": lambda r, ax=None: plots.rep_overlay(r.samples, r.reps, ax=ax),
    "tempo_bars": lambda r, ax=None: plots.tempo_bars(r.reps, parse_tempo("3-1-X-1"), ax=ax),
    "velocity_loss": lambda r, ax=None: plots.velocity_loss(r.reps, ax=ax),
    "tut_bars": lambda r, ax=None: plots.tut_bars(r.sets, ax=ax),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_and_names_its_axes_with_units(name: str) -> None:
    ax = FIGURES[name](RESULT)
    assert drawn(ax).startswith(b"\x89PNG")
    labels = ax.get_xlabel() + ax.get_ylabel()
    assert any(unit in labels for unit in ("(s)", "(m/s)", "(cm)"))


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_so_when_there_is_nothing(name: str) -> None:
    ax = FIGURES[name](EMPTY)
    assert len(ax.texts) == 1
    assert drawn(ax)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_on_given_axes_and_leaves_its_table_alone(name: str) -> None:
    before = RESULT.reps.copy(), RESULT.samples.copy(), RESULT.sets.copy()
    ax = style.new_axes()
    assert FIGURES[name](RESULT, ax) is ax
    for old, new in zip(before, (RESULT.reps, RESULT.samples, RESULT.sets), strict=True):
        assert old.equals(new)


def test_no_figure_is_held_by_global_state() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    for draw in FIGURES.values():
        draw(RESULT)
    assert pyplot is None or pyplot.get_fignums() == []


def test_velocity_time_shades_each_phase_in_its_colour_and_numbers_the_reps() -> None:
    ax = plots.velocity_time(RESULT.samples, RESULT.reps)
    shades = {to_hex(patch.get_facecolor()) for patch in ax.patches}
    assert shades == {style.LIGHT.ecc, style.LIGHT.bottom, style.LIGHT.con, style.LIGHT.top}
    assert len(ax.patches) == 4 * 3 + 3
    assert [t.get_text() for t in ax.texts] == ["1", "2", "3", "4"]
    assert "lowering" in texts(ax)
    assert any(list(line.get_ydata()) == [0, 0] for line in ax.get_lines())


def test_velocity_time_numbers_the_reps_of_every_set() -> None:
    result = make_result(sets=2)
    ax = plots.velocity_time(result.samples, result.reps)
    assert [t.get_text() for t in ax.texts] == ["1", "2", "3", "4"] * 2
    places = [t.xy[0] for t in ax.texts]
    assert places == sorted(places)


def test_velocity_time_without_reps_is_just_the_line() -> None:
    ax = plots.velocity_time(RESULT.samples)
    assert not ax.patches
    assert drawn(ax)


def test_unsolved_stretches_are_left_open() -> None:
    samples = RESULT.samples.assign(vel_up_mps=RESULT.samples["vel_up_mps"].where(RESULT.samples["t_s"] > 8))
    assert drawn(plots.velocity_time(samples, RESULT.reps))


def test_long_recordings_are_thinned() -> None:
    samples = make_samples(make_reps([(4.0, 1.0, 1.0, 1.0)] * 40))
    assert len(samples) > 20_000
    assert len(plots.velocity_time(samples).get_lines()[0].get_xdata()) < 3000


def test_tempo_bars_stack_each_phase_under_the_target() -> None:
    ax = plots.tempo_bars(RESULT.reps, parse_tempo("3-1-X-1"))
    filled = [p for p in ax.patches if p.get_fill()]
    outlines = [p for p in ax.patches if not p.get_fill()]
    assert (len(filled), len(outlines)) == (16, 4)
    first = sorted(
        (p for p in filled if math.isclose(p.get_y() + p.get_height() / 2, 0)), key=lambda p: p.get_x()
    )
    assert [p.get_width() for p in first] == pytest.approx([3.1, 1.0, 0.8, 1.2])
    assert [to_hex(p.get_facecolor()) for p in first] == [
        style.LIGHT.phase(p) for p in ("ecc", "bottom", "con", "top")
    ]
    assert [p.get_width() for p in outlines] == pytest.approx([3, 1, np.median([0.8, 0.85, 0.95, 1.2]), 1])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["target", "1", "2", "3", "4"]
    assert "X" in texts(ax)


def test_tempo_bars_start_with_the_phase_that_the_lift_starts_with() -> None:
    rep = RepRow(
        set_no=1, rep_no=1, con_start_s=1, con_end_s=2, ecc_start_s=3, ecc_end_s=6,
        con_s=1, top_s=1, ecc_s=3, tut_s=5,
    )  # fmt: skip
    ax = plots.tempo_bars(table([rep], RepRow))
    widths = [p.get_width() for p in sorted(ax.patches, key=lambda p: p.get_x()) if p.get_width()]
    assert widths == [1, 1, 3]


def test_velocity_loss_marks_the_first_rep_past_the_line() -> None:
    ax = plots.velocity_loss(RESULT.reps, threshold_pct=20)
    assert [p.get_height() for p in ax.patches] == pytest.approx(list(RESULT.reps["mcv_mps"]))
    marked = [t.get_text() for t in ax.get_xticklabels() if t.get_color() == style.LIGHT.alarm]
    assert marked == ["4"]
    [line] = [line for line in ax.get_lines() if line.get_color() == style.LIGHT.alarm]
    assert line.get_ydata()[0] == pytest.approx(0.75 * 0.8)
    assert "\N{MINUS SIGN}20 %" in texts(ax)


def test_velocity_loss_without_threshold_draws_no_line() -> None:
    ax = plots.velocity_loss(RESULT.reps, threshold_pct=None)
    assert not ax.get_lines()
    assert not any("%" in text for text in texts(ax))


def test_velocity_loss_draws_hollow_what_does_not_count() -> None:
    reps = make_reps()
    reps[1] = replace(reps[1], quality="partial", mcv_mps=1.5)
    ax = plots.velocity_loss(table(reps, RepRow))
    faces = [to_hex(p.get_facecolor()) for p in ax.patches]
    assert faces == [style.LIGHT.con, style.LIGHT.paper, style.LIGHT.con, style.LIGHT.con]
    [line] = ax.get_lines()
    assert line.get_ydata()[0] == pytest.approx(0.75 * 0.8)


def test_tut_bars_have_three_parts_a_set() -> None:
    sets = make_result("3-1-1-1", sets=2).sets
    ax = plots.tut_bars(sets)
    assert len(ax.patches) == 6
    assert sum(p.get_height() for p in ax.patches[::2]) == pytest.approx(
        sets["tut_ecc_s"][0] + sets["tut_con_s"][0] + sets["tut_pause_s"][0]
    )
    assert {"lowering", "lifting", "pauses", "prescribed"} <= set(texts(ax))


def test_rep_overlay_puts_every_lifting_at_zero() -> None:
    ax = plots.rep_overlay(RESULT.samples, RESULT.reps)
    lines = [line for line in ax.get_lines() if line.get_label().startswith("rep ")]
    assert len(lines) == 4
    for line in lines:
        time_s, speed_mps = (np.asarray(data) for data in line.get_data())
        assert speed_mps[time_s > 0.01].min() >= -1e-9
    assert texts(ax) == ["rep 1", "rep 4"]


def test_many_reps_still_fit() -> None:
    reps = make_reps([(2.0, 0.2, 0.9, 0.3)] * 29 + [(2.0, 0.2, 0.9, NAN)])
    frame = table(reps, RepRow)
    small = style.new_axes((5.4, 2.2))
    plots.tempo_bars(frame, parse_tempo("2-0-1-0"), ax=small)
    named = [t.get_text() for t in small.get_yticklabels() if t.get_text()]
    assert len(named) <= 16
    narrow = plots.velocity_loss(frame, ax=style.new_axes((2.5, 2.0)))
    assert not [t for t in texts(narrow) if t.startswith("0.")]
    assert drawn(small)
    assert drawn(narrow)


def test_one_set_without_any_number_is_drawn() -> None:
    row = SetRow(
        set_no=1, start_s=NAN, end_s=NAN, reps=1, tut_s=NAN, tut_moving_s=NAN, tut_ecc_s=NAN, tut_con_s=NAN,
        tut_pause_s=0.0,
    )  # fmt: skip
    assert drawn(plots.tut_bars(table([row], SetRow)))
